import { createRequire } from "node:module";
import type grpc from "@grpc/grpc-js";
import plugin from "@pulumi/pulumi/proto/plugin_pb.js";
import services from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import provider from "@pulumi/pulumi/proto/provider_pb.js";
import emptyProto from "google-protobuf/google/protobuf/empty_pb.js";
import { fieldManager } from "./adopt.ts";
import { check, isAutonamed } from "./check.ts";
import { type Cluster, type Operation, openCluster } from "./cluster.ts";
import { connect, readSettings, unsupported } from "./config.ts";
import { changes, parsePath } from "./diff.ts";
import type { EngineLog } from "./engine.ts";
import { ProviderError } from "./errors.ts";
import { needsReplacement } from "./immutable.ts";
import { idOf, type Target, targetOf } from "./kinds.ts";
import { type Applied, create, managerOf, read, update } from "./lifecycle.ts";
import {
  checkResponse,
  clusterIdentity,
  diffResponse,
  secretContents,
  secretStrings,
  secretsOf,
  targetFor,
} from "./messages.ts";
import { previewCreate, previewUpdate } from "./preview.ts";
import { PartialError, toServiceError } from "./protocol.ts";
import { driftedInputs, inputsOf } from "./refresh.ts";
import { remove } from "./remove.ts";
import { carrySecrets, fromStruct, type Marked, toStruct } from "./structs.ts";
import { at, equal, isProps, type Props } from "./values.ts";

type Call<Q> = { request: Q };
type Reply<R> = grpc.sendUnaryData<R>;

/**
 * The stand-in for pulumi-resource-kubernetes on Pulumi's provider protocol: every method reads its message, hands plain values to the
 * modules beside this one, and writes the answer. Secrets are opened here and sealed again here.
 */
export function createProvider(log: EngineLog): {
  service: grpc.ServiceDefinition;
  implementation: grpc.UntypedServiceImplementation;
  cancel: () => void;
} {
  const canceler = new AbortController();
  let cluster: Cluster | undefined;
  // Resources that have an old state: a create that follows in the same run replaces it.
  const diffed = new Set<string>();

  const connected = (): Cluster => {
    if (!cluster) throw new ProviderError("the provider's settings (kubeconfig, context) are not known yet");
    return cluster;
  };
  const operationOf = (urn: string, seconds: number, ...marked: Marked[]): Operation => {
    const secrets = marked.flatMap(secretStrings);
    return {
      urn,
      signal: canceler.signal,
      secrets,
      ...(seconds > 0 ? { timeout: seconds * 1000 } : {}),
      warn: (message) => log.warn(urn, message, secrets),
      status: (message) => log.status(urn, message, secrets),
    };
  };
  const stateOf = (live: Props, inputs: Marked, manager: string): Marked => {
    const metadata = isProps(live["metadata"])
      ? Object.entries(live["metadata"]).filter(([key]) => key !== "managedFields")
      : [];
    // The two fields that the official provider keeps in the state under the same names.
    const own = { __fieldManager: manager, __initialApiVersion: String(live["apiVersion"]) };
    const value = { ...live, metadata: Object.fromEntries(metadata), ...own };
    return { value, secrets: carrySecrets(inputs, value) };
  };
  const finish = ({ live, notReady }: Applied, inputs: Marked, manager: string): Marked => {
    const state = stateOf(live, inputs, manager);
    if (notReady) throw new PartialError(notReady, idOf(targetOf(live)), state, inputs);
    return state;
  };

  async function handleCheckConfig({ request }: Call<provider.CheckRequest>) {
    const news = fromStruct(request.getNews());
    const failures = unsupported(news.value);
    const settings = readSettings(news.value);
    if (settings && failures.length === 0) {
      try {
        connect(settings);
      } catch (error) {
        if (!(error instanceof ProviderError)) throw error;
        failures.push({ property: "", reason: error.message });
      }
    }
    return checkResponse(news, failures);
  }

  async function handleDiffConfig({ request }: Call<provider.DiffRequest>) {
    const [olds, news] = [
      fromStruct(request.getOldInputs() ?? request.getOlds()).value,
      fromStruct(request.getNews()).value,
    ];
    const found = changes(olds, news);
    // Another cluster means that everything on the old one is replaced; another port or context of the same cluster does not.
    const [before, after] = [clusterIdentity(olds), clusterIdentity(news)];
    const replaces = before !== undefined && after !== undefined && before !== after;
    return diffResponse(
      found.map((change) => ({ ...change, replaces })),
      false,
    );
  }

  async function handleConfigure({ request }: Call<provider.ConfigureRequest>) {
    const settings = readSettings(fromStruct(request.getArgs()).value);
    if (settings) cluster = await openCluster(connect(settings), settings);
    return new provider.ConfigureResponse().setAcceptsecrets(true).setSupportspreview(true);
  }

  async function handleCheck({ request }: Call<provider.CheckRequest>) {
    const seed = request.getRandomseed_asU8();
    const checked = await check(
      request.getUrn(),
      fromStruct(request.getNews()),
      fromStruct(request.getOlds()),
      cluster,
      seed,
    );
    return checkResponse(checked.inputs, checked.failures);
  }

  async function handleDiff({ request }: Call<provider.DiffRequest>) {
    diffed.add(request.getUrn());
    const before = fromStruct(request.getOldInputs() ?? request.getOlds()).value;
    const after = fromStruct(request.getNews()).value;
    const mutable = cluster?.settings ?? { enableConfigMapMutable: false, enableSecretMutable: false };
    const found = changes(before, after).map((change) => ({
      ...change,
      replaces: needsReplacement(change.path, before, after, mutable),
    }));
    const sameName = ["name", "namespace"].every((key) =>
      equal(at(before, ["metadata", key]), at(after, ["metadata", key])),
    );
    return diffResponse(found, sameName && !isAutonamed(after));
  }

  async function handleCreate({ request }: Call<provider.CreateRequest>) {
    const inputs = fromStruct(request.getProperties());
    const manager = fieldManager(request.getUrn());
    const operation = operationOf(request.getUrn(), request.getTimeout(), inputs);
    const response = new provider.CreateResponse();
    if (request.getPreview()) {
      if (!cluster) return response.setProperties(toStruct(inputs));
      const replaces = diffed.has(request.getUrn());
      const live = await previewCreate(cluster, inputs.value, manager, replaces, operation);
      return response.setProperties(toStruct(stateOf(live, inputs, manager)));
    }
    const applied = await create(connected(), inputs.value, manager, operation);
    return response.setId(idOf(targetOf(applied.live))).setProperties(toStruct(finish(applied, inputs, manager)));
  }

  async function handleUpdate({ request }: Call<provider.UpdateRequest>) {
    const inputs = fromStruct(request.getNews());
    const olds = fromStruct(request.getOlds());
    const manager = managerOf(olds.value, request.getUrn());
    const operation = operationOf(request.getUrn(), request.getTimeout(), inputs, olds);
    const ignored = request.getIgnorechangesList().map(parsePath);
    const response = new provider.UpdateResponse();
    if (request.getPreview()) {
      if (!cluster) return response.setProperties(toStruct(inputs));
      const live = await previewUpdate(cluster, inputs.value, manager, ignored, operation);
      return response.setProperties(toStruct(stateOf(live, inputs, manager)));
    }
    const applied = await update(connected(), inputs.value, manager, ignored, operation);
    return response.setProperties(toStruct(finish(applied, inputs, manager)));
  }

  async function handleDelete({ request }: Call<provider.DeleteRequest>) {
    const state = fromStruct(request.getProperties());
    const inputs = fromStruct(request.getOldInputs());
    const target = targetFor(request.getUrn(), request.getId(), state.value);
    // The annotations that count are those the program asked for last.
    const object = inputs.value["metadata"] === undefined ? state.value : inputs.value;
    await remove(connected(), target, object, operationOf(request.getUrn(), request.getTimeout(), state, inputs));
    return new emptyProto.Empty();
  }

  async function handleRead({ request }: Call<provider.ReadRequest>) {
    const state = fromStruct(request.getProperties());
    const inputs = fromStruct(request.getInputs());
    const target = targetFor(request.getUrn(), request.getId(), state.value);
    const operation = operationOf(request.getUrn(), request.getTimeout(), state, inputs);
    const manager = managerOf(state.value, request.getUrn());
    const found = await read(connected(), withDefaultNamespace(target, await isNamespaced(target)), operation);
    const response = new provider.ReadResponse();
    if (!found) return response;
    const isImport = Object.keys(inputs.value).length === 0;
    const value = isImport
      ? inputsOf(found.live)
      : await driftedInputs(connected(), inputs.value, found.live, manager, operation);
    const now: Marked = { value, secrets: isImport ? secretContents(value) : inputs.secrets };
    return response
      .setId(idOf(targetOf(found.live)))
      .setInputs(toStruct(now))
      .setProperties(toStruct(finish(found, now, manager)));
  }

  const isNamespaced = async ({ apiVersion, kind }: Target) =>
    (await connected().discover(apiVersion, kind))?.namespaced ?? false;
  const withDefaultNamespace = (target: Target, namespaced: boolean): Target =>
    namespaced && !target.namespace ? { ...target, namespace: connected().connection.namespace } : target;

  async function handleConstruct({ request }: Call<provider.ConstructRequest>): Promise<never> {
    throw new ProviderError(
      `${request.getType()}: the stand-in provider has no remote components (Helm charts, YAML files, kustomizations). ` +
        "Use typed resources, or the official Kubernetes provider (--provider official).",
    );
  }

  const handlers = {
    getPluginInfo: async () =>
      new plugin.PluginInfo().setVersion(createRequire(import.meta.url)("@pulumi/kubernetes/package.json").version),
    getSchema: async () => new provider.GetSchemaResponse().setSchema("{}"),
    attach: async () => new emptyProto.Empty(),
    cancel: async () => {
      canceler.abort();
      return new emptyProto.Empty();
    },
    checkConfig: handleCheckConfig,
    diffConfig: handleDiffConfig,
    configure: handleConfigure,
    check: handleCheck,
    diff: handleDiff,
    create: handleCreate,
    update: handleUpdate,
    delete: handleDelete,
    read: handleRead,
    construct: handleConstruct,
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

function answering(handler: (call: Call<unknown>) => Promise<unknown>) {
  return (call: Call<unknown>, reply: Reply<unknown>) => {
    handler(call).then(
      (response) => reply(null, response),
      (error) => reply(toServiceError(error, secretsOf(call.request)), null),
    );
  };
}
