import { readFile } from "node:fs/promises";
import type Docker from "dockerode";
import type { Container, ContainerCreateOptions, ContainerInspectInfo } from "dockerode";
import { ProviderError } from "../kubernetes/errors.ts";
import type { Props } from "../kubernetes/values.ts";
import { createOptions, endpointOf, nestedOptions, optionInputs, resources } from "./container-options.ts";
import { asked, EngineError, found, ownerLabel } from "./engine-api.ts";
import { ensureImage } from "./image.ts";
import { flag, given, number, objects, text } from "./inputs.ts";
import type { Kind, Made, Operation } from "./kind.ts";
import { tarOf } from "./tar.ts";

/** What the provider itself goes by. */
const lifecycleInputs = ["attach", "logs", "start", "mustRun", "removeVolumes", "destroyGraceSeconds", "uploads"];
const uploadKeys = ["file", "content", "contentBase64", "source", "executable", "permissions", "owner", "group"];
const ofRunning = ["restart", "maxRetryCount", "memory", "memoryReservation", "memorySwap", "cpuShares", "cpuSet"];

/** docker:index/container:Container. */
export const container: Kind = {
  inputs: new Set([...optionInputs, ...lifecycleInputs]),
  updatable: new Set([...ofRunning, ...lifecycleInputs.filter((name) => name !== "uploads")]),
  late: ["networkDatas", "exitCode", "containerLogs", "bridge"],
  autonamed: true,
  deletedFirst: true,
  nested: { ...nestedOptions, uploads: uploadKeys },
  create: async (docker, inputs, operation) => {
    await ensureImage(docker, text(inputs, "image") ?? "", operation);
    const made = await make(docker, inputs, operation);
    try {
      await joinOthers(docker, made, inputs);
      for (const upload of objects(inputs, "uploads")) await put(made, upload);
      if (flag(inputs, "start") ?? true) await asked(made.start());
      const outputs = flag(inputs, "attach") ? await ended(made, inputs, operation) : {};
      return { id: made.id, outputs: { ...outputs, ...outputsOf(await asked(made.inspect())) } };
    } catch (error) {
      // What was only half made would stand in the way of the next attempt.
      await made.remove({ force: true }).catch(() => {});
      throw failure(error, inputs);
    }
  },
  update: async (docker, id, before, inputs) => {
    const live = docker.getContainer(id);
    const state = await asked(live.inspect());
    if (ofRunning.some((key) => JSON.stringify(before[key]) !== JSON.stringify(inputs[key]))) {
      await asked(live.update(resources(inputs)));
    }
    if (wantedRunning(inputs) && !state.State.Running) await asked(live.start());
    return { id, outputs: outputsOf(await asked(live.inspect())) };
  },
  read: async (docker, id, inputs) => {
    const live = await found(docker.getContainer(id).inspect());
    if (live === undefined) return undefined;
    const stopped = wantedRunning(inputs) && !live.State.Running;
    return { id: live.Id, outputs: outputsOf(live), ...(stopped && { drift: { mustRun: false } }) };
  },
  remove: async (docker, id, inputs) => {
    const live = docker.getContainer(id);
    const seconds = number(inputs, "destroyGraceSeconds") ?? 0;
    if (!flag(inputs, "attach")) await stop(live, seconds);
    await found(live.remove({ force: true, v: flag(inputs, "removeVolumes") ?? true }));
  },
};

const wantedRunning = (inputs: Props) =>
  (flag(inputs, "mustRun") ?? true) && (flag(inputs, "start") ?? true) && !flag(inputs, "attach");

async function stop(live: Container, seconds: number): Promise<void> {
  await found(live.stop({ t: seconds })).catch((error: unknown) => {
    // It was not running.
    if (!(error instanceof EngineError) || error.status !== 304) throw error;
  });
}

/** Makes it; one that an interrupted run of this very resource left is made anew. */
async function make(docker: Docker, inputs: Props, { owner }: Operation): Promise<Container> {
  const { name: asNamed, ...body } = createOptions(inputs, { [ownerLabel]: owner });
  // Told apart, since the client writes everything into the address otherwise, and addresses are logged.
  const parts = { _query: given({ name: asNamed }), _body: body } as unknown as ContainerCreateOptions;
  const attempt = () => asked(docker.createContainer(parts));
  try {
    return await attempt();
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    const name = text(inputs, "name") ?? "";
    if (error.status !== 409) throw failure(error, inputs);
    const other = await found(docker.getContainer(name).inspect());
    if (other?.Config.Labels[ownerLabel] !== owner) {
      throw new ProviderError(
        `container ${name} already exists and was not made by this stack. Write: docker rm -f ${name}; or give this one another name`,
      );
    }
    await found(docker.getContainer(other.Id).remove({ force: true }));
    return attempt();
  }
}

/** Joins the networks after the first one: engines before Docker 25 make a container in one only. */
async function joinOthers(docker: Docker, made: Container, inputs: Props): Promise<void> {
  for (const one of objects(inputs, "networksAdvanced").slice(1)) {
    const joined = docker.getNetwork(text(one, "name") ?? "");
    await asked(joined.connect({ Container: made.id, EndpointConfig: endpointOf(one) }));
  }
}

async function put(made: Container, upload: Props): Promise<void> {
  const path = text(upload, "file") ?? "";
  const content = await contentOf(upload);
  const mode = Number.parseInt(text(upload, "permissions") ?? (flag(upload, "executable") ? "0744" : "0644"), 8);
  const [uid, gid] = [idAt(upload, "owner"), idAt(upload, "group")];
  await asked(made.putArchive(tarOf({ path, content, mode, uid, gid }), { path: "/" }));
}

function idAt(upload: Props, key: "owner" | "group"): number {
  const given = text(upload, key) ?? "0";
  if (/^\d+$/.test(given)) return Number(given);
  throw new ProviderError(`uploads.${key} is ${JSON.stringify(given)}; allowed: the number of a user or group.`);
}

async function contentOf(upload: Props): Promise<Buffer> {
  const [base64, source] = [text(upload, "contentBase64"), text(upload, "source")];
  if (base64 !== undefined) return Buffer.from(base64, "base64");
  if (source === undefined) return Buffer.from(text(upload, "content") ?? "");
  return readFile(source).catch((error: NodeJS.ErrnoException) => {
    throw new ProviderError(`uploads: the source ${JSON.stringify(source)} can't be read (${error.code}).`);
  });
}

/** Waits for the end of a program that is not meant to run on. @throws ProviderError when it fails */
async function ended(made: Container, inputs: Props, { signal }: Operation): Promise<Props> {
  const { StatusCode } = (await asked(made.wait({ abortSignal: signal }))) as { StatusCode: number };
  const said = await asked(made.logs({ stdout: true, stderr: true, tail: 20 }));
  const logs = plainLog(said);
  if (StatusCode !== 0) {
    throw new ProviderError(
      `container ${text(inputs, "name")} ended with ${StatusCode}: ${logs.trim() || "it said nothing"}`,
    );
  }
  return { exitCode: StatusCode, ...(flag(inputs, "logs") && { containerLogs: logs }) };
}

/** Without the 8 bytes before each piece that tell standard output from standard error. */
function plainLog(log: Buffer): string {
  const pieces: Buffer[] = [];
  for (let at = 0; at + 8 <= log.length; ) {
    const length = log.readUInt32BE(at + 4);
    pieces.push(log.subarray(at + 8, at + 8 + length));
    at += 8 + length;
  }
  return Buffer.concat(pieces).toString("utf8");
}

/** The error in a user's words where the engine's own leave open what to do. */
function failure(error: unknown, inputs: Props): unknown {
  if (!(error instanceof EngineError)) return error;
  const name = text(inputs, "name") ?? "";
  const port = /(?:Bind for|listen tcp4?) \S*?:(\d+)/.exec(error.message)?.[1];
  if (port !== undefined) {
    return new ProviderError(
      `container ${name}: port ${port} of this machine is taken (${error.message.trim()}). Find who has it: ss -ltnp 'sport = :${port}'`,
    );
  }
  return new ProviderError(`container ${name}: ${error.message.trim()}`);
}

function outputsOf(live: ContainerInspectInfo): Props {
  const networks = Object.entries(live.NetworkSettings.Networks).map(([networkName, one]) => ({
    networkName,
    ipAddress: one.IPAddress,
    gateway: one.Gateway,
    macAddress: one.MacAddress,
  }));
  return { name: live.Name.replace(/^\//, ""), networkDatas: networks, exitCode: live.State.ExitCode } satisfies Props &
    Made["outputs"];
}
