import { createServer } from "node:net";
import Docker from "dockerode";
import { isEverywhere, isLoopback } from "../../collector-config/listeners.ts";
import { UserError } from "../../common/errors.ts";
import { within } from "../../receipt/within.ts";
import { engineAddressOf, socketPath } from "../engine-address.ts";
import type { Settings } from "../settings/settings.ts";
import type { Published } from "./container.ts";
import { imageProblems } from "./images.ts";

const timeoutMs = 5_000;
/** The API version of Docker 20.10, the oldest that is tried here. */
const oldest = [1, 41] as const;

/** The engine that settings name, and how to ask it. Undefined where nothing is deployed. */
export function engineOf(settings: Pick<Settings, "dockerHost">): { host: string; docker: Docker } | undefined {
  const host = engineAddressOf(settings);
  if (host === undefined) return undefined;
  return { host, docker: new Docker({ socketPath: socketPath(host) }) };
}

/** What the engine has to have. */
export interface Needs {
  /** Free. */
  readonly ports: readonly Published[];
  /** There, or to be had from a registry. */
  readonly images: readonly string[];
}

/**
 * Finds out before anything is made whether the engine answers, is new enough, and has what is needed.
 * @throws UserError with every problem
 */
export async function checkEngine(settings: Pick<Settings, "dockerHost">, { ports, images }: Needs): Promise<void> {
  const engine = engineOf(settings);
  if (engine === undefined) return;
  const { docker, host } = engine;
  const version = await within(timeoutMs, docker.version(), "no answer").catch((error: unknown) => {
    throw new UserError([notRunning(host, error)]);
  });
  if (isTooOld(version.ApiVersion)) {
    throw new UserError([
      `the Docker Engine ${version.Version} at ${host} speaks version ${version.ApiVersion} of its API; allowed: ${oldest.join(".")} (Docker 20.10) or newer. Write: pulumi config set throughline:dockerHost <the socket of a newer one>`,
    ]);
  }
  const containers = await docker.listContainers();
  const taken = ports.map((port) => portProblems(port, containers));
  const problems = (await Promise.all([...taken, imageProblems(docker, images)])).flat();
  if (problems.length > 0) throw new UserError(problems);
}

async function portProblems({ part, port }: Published, containers: readonly Docker.ContainerInfo[]): Promise<string[]> {
  // Its own container has it: that is as it should be.
  const holder = containers.find(({ Ports }) => Ports.some((one) => one.PublicPort === port && isInTheWay(one)));
  const own = holder?.Names.includes(`/${part}`) && holder.Labels["app.kubernetes.io/part-of"] === "throughline";
  if (own || (holder === undefined && (await isFree(port)))) return [];
  const who = holder === undefined ? "another program" : `container ${holder.Names[0]?.slice(1)}`;
  const line = holder === undefined ? `ss -ltnp 'sport = :${port}'` : `docker stop ${holder.Names[0]?.slice(1)}`;
  return [`port ${port} of this machine, which ${part} needs, is taken by ${who}. Write: ${line}`];
}

/** Whether a published port keeps others from the same number on loopback. */
const isInTheWay = ({ IP = "", Type }: Docker.Port) => Type === "tcp" && (isLoopback(IP) || isEverywhere(IP));

/** Whether an API version, such as 1.9, is older than the oldest that will do. */
export function isTooOld(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major < oldest[0] || (major === oldest[0] && minor < oldest[1]);
}

function notRunning(host: string, error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  const may = code === "EACCES" ? "this user may not use it" : "no Docker Engine answers there";
  const line =
    code === "EACCES"
      ? "sudo usermod -aG docker $USER, and log in again"
      : "sudo systemctl start docker; or name another: pulumi config set throughline:dockerHost unix:///var/run/docker.sock";
  return `throughline:dockerHost is ${JSON.stringify(host)}, but ${may} (${code ?? message}). Write: ${line}`;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => server.close(() => resolve(true)));
  });
}
