import { createRequire } from "node:module";
import Docker from "dockerode";
import { withoutCredentials } from "../../../common/credentials.ts";
import { ProviderError } from "../kubernetes/errors.ts";

/** The oldest Docker Engine API this speaks: Docker 20.10's. */
export const oldestApi = "1.41";

/** A label on everything made here: the resource that made it, see providers/kubernetes/adopt.ts. */
export const ownerLabel = "throughline.dev/resource";

/** What the engine refused, with its HTTP status. */
export class EngineError extends ProviderError {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** @throws ProviderError for an address that is no socket of this machine */
export function socketOf(host: string): string {
  const path = /^unix:\/\/(\/.+)$/.exec(host)?.[1];
  if (path === undefined) {
    throw new ProviderError(
      `host is ${JSON.stringify(withoutCredentials(host))}; the stand-in provider knows the engine's socket on this machine only, such as unix:///var/run/docker.sock. Others need the official Docker provider (--provider official).`,
    );
  }
  return path;
}

/**
 * Connects to the engine at a socket.
 * @throws ProviderError when none answers, or one that is too old
 */
export async function connect(host: string): Promise<Docker> {
  const docker = new Docker({ socketPath: socketOf(host) });
  const { ApiVersion, Version } = await asked(docker.version(), host);
  if (isOlder(ApiVersion, oldestApi)) {
    throw new ProviderError(
      `the Docker Engine ${Version} at ${host} speaks API version ${ApiVersion}; allowed: ${oldestApi} (Docker 20.10) or newer. Upgrade the engine, or name another one.`,
    );
  }
  return docker;
}

/** Whether an API version such as 1.9 is older than another such as 1.41. */
export function isOlder(version: string, than: string): boolean {
  const [[major = 0, minor = 0], [wantedMajor = 0, wantedMinor = 0]] = [version, than].map((text) =>
    text.split(".").map(Number),
  ) as [number[], number[]];
  return major < wantedMajor || (major === wantedMajor && minor < wantedMinor);
}

/** The engine's answer. @throws EngineError for what it refused, ProviderError when it does not answer */
export async function asked<T>(answer: Promise<T>, host = "the engine's socket"): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    const { statusCode, json, code, message } = error as {
      statusCode?: number;
      json?: { message?: string };
      code?: string;
      message: string;
    };
    // Where the answer is a stream, the client puts words of its own around what the engine said.
    const said = json?.message ?? message.replace(/^\(HTTP code \d+\) .*? - /, "").trim();
    if (statusCode !== undefined) throw new EngineError(statusCode, said);
    if (code === undefined) throw error;
    throw new ProviderError(`no Docker Engine answers at ${host} (${code}). Start it, or name another one.`);
  }
}

/** The same, with undefined for what is not there. */
export function found<T>(answer: Promise<T>): Promise<T | undefined> {
  return asked(answer).catch((error: unknown) => {
    if (error instanceof EngineError && error.status === 404) return undefined;
    throw error;
  });
}

/** Waits until the engine has done what it tells the progress of. @throws EngineError with what it says went wrong, which is an event like any other */
export async function followed(docker: Docker, progress: NodeJS.ReadableStream): Promise<void> {
  const events = await new Promise<{ error?: string }[]>((resolve, reject) => {
    docker.modem.followProgress(progress, (error, all) => (error ? reject(error) : resolve(all)));
  }).catch((error: Error) => {
    throw new EngineError(500, error.message);
  });
  const failure = events.find(({ error }) => error !== undefined)?.error;
  if (failure !== undefined) throw new EngineError(500, failure);
}

export const sdkVersion = (): string => createRequire(import.meta.url)("@pulumi/docker/package.json").version;
