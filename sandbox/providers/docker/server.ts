import { createHash } from "node:crypto";
import type grpc from "@grpc/grpc-js";
import plugin from "@pulumi/pulumi/proto/plugin_pb.js";
import services from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import provider from "@pulumi/pulumi/proto/provider_pb.js";
import type Docker from "dockerode";
import emptyProto from "google-protobuf/google/protobuf/empty_pb.js";
import { fieldManager } from "../kubernetes/adopt.ts";
import { changes } from "../kubernetes/diff.ts";
import type { EngineLog } from "../kubernetes/engine.ts";
import { CanceledError, ProviderError } from "../kubernetes/errors.ts";
import { nameOf } from "../kubernetes/kinds.ts";
import { checkResponse, diffResponse, secretStrings, secretsOf } from "../kubernetes/messages.ts";
import { toServiceError } from "../kubernetes/protocol.ts";
import { fromStruct, type Marked, toStruct } from "../kubernetes/structs.ts";
import { equal, type Props, unknown, withoutNulls } from "../kubernetes/values.ts";
import { connect, sdkVersion, socketOf } from "./engine-api.ts";
import { text } from "./inputs.ts";
import { foreignInputs, type Kind, type Made, type Operation } from "./kind.ts";
import { kindOf, kinds, typeOf } from "./kinds.ts";

type Call<Q> = { request: Q };
type Reply<R> = grpc.sendUnaryData<R>;

/** Settings of the provider that are about an engine elsewhere. */
const elsewhere = ["sshOpts", "certPath", "certMaterial", "keyMaterial", "caMaterial", "context", "registryAuth"];

/**
 * The stand-in for pulumi-resource-docker on Pulumi's provider protocol, for the resources in kinds.ts and an engine on this machine.
 * Every method reads its message, hands plain values on, and writes the answer; secrets are opened and sealed again here.
 */
export function createProvider(log: EngineLog): {
  service: grpc.ServiceDefinition;
  implementation: grpc.UntypedServiceImplementation;
  /** Ends all operations, as the engine does when the user cancels. */
  cancel(): void;
} {
  const canceler = new AbortController();
  let host: string | undefined;
  let connection: Promise<Docker> | undefined;

  const engine = (): Promise<Docker> => {
    if (host === undefined) throw new ProviderError("the provider's setting host is not known yet");
    connection ??= connect(host);
    return connection;
  };
  const kind = (urn: string): Kind => {
    const known = kindOf(urn);
    if (known) return known;
    throw new ProviderError(
      `${typeOf(urn)}: the stand-in provider knows ${Object.keys(kinds).join(", ")}. Others need the official Docker provider (--provider official).`,
    );
  };
  const operation = (urn: string, inputs: Marked): Operation => ({
    owner: fieldManager(urn),
    status: (message) => log.status(urn, message, secretStrings(inputs)),
    signal: canceler.signal,
  });
  /** What is made; when the user cancels, that is the error, however the client of the engine puts it. */
  const unlessCanceled = (making: Promise<Made>): Promise<Made> =>
    making.catch((error: unknown) => {
      throw canceler.signal.aborted ? new CanceledError() : error;
    });
  const state = ({ outputs }: Pick<Made, "outputs">, inputs: Marked): Marked => ({
    value: { ...inputs.value, ...outputs },
    secrets: inputs.secrets,
  });
  const planned = (of: Kind, inputs: Marked): Marked =>
    state({ outputs: Object.fromEntries(of.late.map((name) => [name, unknown])) }, inputs);

  async function checkConfig({ request }: Call<provider.CheckRequest>) {
    const news = fromStruct(request.getNews());
    const failures = elsewhere
      .filter((name) => news.value[name] !== undefined)
      .map((name) => ({ property: name, reason: `the stand-in provider has no ${name}; --provider official has` }));
    const given = text(news.value, "host");
    try {
      if (given !== undefined) socketOf(given);
    } catch (error) {
      failures.push({ property: "host", reason: (error as Error).message });
    }
    return checkResponse(news, failures);
  }

  async function diffConfig({ request }: Call<provider.DiffRequest>) {
    const [olds, news] = [fromStruct(request.getOldInputs() ?? request.getOlds()), fromStruct(request.getNews())];
    const found = changes(olds.value, news.value);
    // Another engine has none of what the old one has.
    return diffResponse(
      found.map((change) => ({ ...change, replaces: change.path[0] === "host" })),
      false,
    );
  }

  async function configure({ request }: Call<provider.ConfigureRequest>) {
    host = text(fromStruct(request.getArgs()).value, "host");
    return new provider.ConfigureResponse().setAcceptsecrets(true).setSupportspreview(true);
  }

  async function check({ request }: Call<provider.CheckRequest>) {
    const urn = request.getUrn();
    const of = kind(urn);
    const news = fromStruct(request.getNews());
    const value = named(of, urn, withoutNulls(news.value), fromStruct(request.getOlds()).value, request);
    const failures = foreignInputs(value, of).map((name) => ({
      property: name,
      reason: "the stand-in provider has no such input; --provider official has",
    }));
    const checked = failures.length > 0 ? value : ((await of.check?.(value)) ?? value);
    return checkResponse({ value: checked, secrets: news.secrets }, failures);
  }

  async function diff({ request }: Call<provider.DiffRequest>) {
    const before = fromStruct(request.getOldInputs() ?? request.getOlds()).value;
    const after = fromStruct(request.getNews()).value;
    const of = kind(request.getUrn());
    const found = changes(before, after).map((change) => ({
      ...change,
      replaces: !of.updatable.has(String(change.path[0])),
    }));
    // Two of one name can't be there at once.
    return diffResponse(found, of.deletedFirst ?? equal(before["name"], after["name"]));
  }

  async function create({ request }: Call<provider.CreateRequest>) {
    const urn = request.getUrn();
    const of = kind(urn);
    const inputs = fromStruct(request.getProperties());
    const response = new provider.CreateResponse();
    if (request.getPreview()) return response.setProperties(toStruct(planned(of, inputs)));
    const made = await unlessCanceled(of.create(await engine(), inputs.value, operation(urn, inputs)));
    return response.setId(made.id).setProperties(toStruct(state(made, inputs)));
  }

  async function update({ request }: Call<provider.UpdateRequest>) {
    const urn = request.getUrn();
    const of = kind(urn);
    const inputs = fromStruct(request.getNews());
    const before = fromStruct(request.getOldInputs() ?? request.getOlds());
    const response = new provider.UpdateResponse();
    if (request.getPreview()) {
      if (of.lateAgain) return response.setProperties(toStruct(planned(of, inputs)));
      const old = fromStruct(request.getOlds()).value;
      const kept: Props = Object.fromEntries(Object.entries(old).filter(([name]) => of.late.includes(name)));
      return response.setProperties(toStruct(state({ outputs: kept }, inputs)));
    }
    const updating = of.update(await engine(), request.getId(), before.value, inputs.value, operation(urn, inputs));
    const made = await unlessCanceled(updating);
    return response.setProperties(toStruct(state(made, inputs)));
  }

  async function remove({ request }: Call<provider.DeleteRequest>) {
    const inputs = fromStruct(request.getOldInputs() ?? request.getProperties()).value;
    await kind(request.getUrn()).remove(await engine(), request.getId(), inputs);
    return new emptyProto.Empty();
  }

  async function read({ request }: Call<provider.ReadRequest>) {
    const inputs = fromStruct(request.getInputs());
    if (Object.keys(inputs.value).length === 0) {
      throw new ProviderError("the stand-in provider can't import; --provider official can");
    }
    const live = await kind(request.getUrn()).read(await engine(), request.getId(), inputs.value);
    const response = new provider.ReadResponse();
    if (!live) return response;
    const now: Marked = { ...inputs, value: { ...inputs.value, ...live.drift } };
    return response
      .setId(live.id)
      .setInputs(toStruct(now))
      .setProperties(toStruct(state(live, now)));
  }

  const empty = async () => new emptyProto.Empty();
  const handlers = {
    getPluginInfo: async () => new plugin.PluginInfo().setVersion(sdkVersion()),
    getSchema: async () => new provider.GetSchemaResponse().setSchema("{}"),
    attach: empty,
    cancel: async () => {
      canceler.abort();
      return new emptyProto.Empty();
    },
    checkConfig,
    diffConfig,
    configure,
    check,
    diff,
    create,
    update,
    delete: remove,
    read,
  };
  const implementation = Object.entries(handlers).map(([name, handler]) => [
    name,
    answering(handler as (call: Call<unknown>) => Promise<unknown>),
  ]);
  return {
    service: services.ResourceProviderService as unknown as grpc.ServiceDefinition,
    implementation: Object.fromEntries(implementation),
    cancel: () => canceler.abort(),
  };
}

/** The inputs with a name: the program's, the one of before, or one with a random end. */
function named(of: Kind, urn: string, value: Props, before: Props, request: provider.CheckRequest): Props {
  if (!of.autonamed || value["name"] !== undefined) return value;
  const old = text(before, "name");
  const seed = createHash("sha256").update(request.getRandomseed_asU8()).update(urn).digest("hex");
  return { ...value, name: old ?? `${nameOf(urn)}-${seed.slice(0, 7)}` };
}

function answering(handler: (call: Call<unknown>) => Promise<unknown>) {
  return (call: Call<unknown>, reply: Reply<unknown>) => {
    handler(call).then(
      (response) => reply(null, response),
      (error) => reply(toServiceError(error, secretsOf(call.request)), null),
    );
  };
}
