import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { stringify } from "yaml";
import { UserError } from "../common/errors.ts";
import { run } from "../common/run.ts";
import { backends } from "../sandbox/images/backends.ts";

/** A running OpenSearch node without security. */
export interface OpenSearch {
  /** Base URL of its HTTP API. */
  readonly url: string;
  pid(): number;
  end(): Promise<void>;
  /** Makes all that was written searchable and counts the documents of the indices. */
  count(indices: string): Promise<number>;
}

const heap = "512m";
const startTimeoutMs = 120_000;
const [uid, gid] = backends.opensearch.user.split(":").map(Number) as [number, number];
const port = 9200;

/** The server's own jvm.options. The image's, which are for short tests, would leave out the optimizing compiler. */
const jvm = [
  `-Xms${heap}`,
  `-Xmx${heap}`,
  "-XX:+UseG1GC",
  "-XX:G1ReservePercent=25",
  "-XX:InitiatingHeapOccupancyPercent=30",
];

const logging = [
  "appender.console.type = Console",
  "appender.console.name = console",
  "appender.console.layout.type = PatternLayout",
  "appender.console.layout.pattern = %d{ISO8601} %p %c{1.} %m%n",
  "rootLogger.level = info",
  "rootLogger.appenderRef.console.ref = console",
].join("\n");

/**
 * Starts OpenSearch from the archive of its image as a plain process on a loopback address, and waits until it answers. It refuses to run
 * as root, so it gets the image's user; the caller must be root.
 * @param folder is made, and becomes that user's
 */
export async function startOpenSearch(image: string, address: string, folder: string): Promise<OpenSearch> {
  const root = join(folder, "root");
  await unpack(image, root);
  const [data, tmp] = [join(folder, "data"), join(folder, "tmp")];
  for (const made of [data, tmp]) mkdirSync(made);
  const [java = "", ...args] = backends.opensearch.entrypoint.map((arg) => arg.replace("/usr/", `${root}/usr/`));
  const settings = {
    "cluster.name": "bench",
    "discovery.type": "single-node",
    "network.host": address,
    "http.port": port,
    "path.data": data,
    "path.logs": tmp,
    "cluster.routing.allocation.disk.threshold_enabled": false,
  };
  const config = join(root, "usr/share/opensearch-2.19.4/config");
  writeFileSync(join(config, "opensearch.yml"), stringify(settings));
  writeFileSync(join(config, "log4j2.properties"), logging);
  await run("chown", ["-R", `${uid}:${gid}`, folder]);
  // Its user has to get through the folder that holds all of a measurement's files.
  chmodSync(join(folder, ".."), 0o711);

  const log = join(folder, "opensearch.log");
  const output = openSync(log, "a");
  const own = [...jvm, `-Djava.io.tmpdir=${tmp}`, ...args.filter((arg) => !arg.startsWith("-XX:"))];
  const child = spawn(java, own, { stdio: ["ignore", output, output], env: {}, cwd: folder, uid, gid });
  child.on("error", () => {});
  closeSync(output);
  const url = `http://${address}:${port}`;
  await healthy(url, child, log);
  return {
    url,
    pid: () => child.pid ?? 0,
    async end() {
      if (hasEnded(child)) return;
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
    },
    async count(indices) {
      await ask(`${url}/${indices}/_refresh`, "POST");
      const { count } = await ask(`${url}/${indices}/_count`, "GET");
      return count ?? 0;
    },
  };
}

/** The only layer of an image, as our own archives have it. */
async function unpack(image: string, root: string): Promise<void> {
  mkdirSync(root, { recursive: true });
  const [manifest] = JSON.parse(await run("tar", ["-xOf", image, "./manifest.json"])) as { Layers: [string] }[];
  const layer = manifest?.Layers[0] ?? "";
  await run("tar", ["-C", root, "-xf", image, `./${layer}`]);
  await run("tar", ["-C", root, "--no-same-owner", "-xf", join(root, layer)]);
  rmSync(join(root, layer));
  // Java's settings are links to /etc, which is the host's here.
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isSymbolicLink()) continue;
    const link = join(entry.parentPath, entry.name);
    const target = readlinkSync(link);
    // A folder that is a link itself leads to the same links again.
    if (!target.startsWith("/") || target.startsWith(root)) continue;
    rmSync(link);
    symlinkSync(join(root, target), link);
  }
}

const hasEnded = ({ pid, exitCode, signalCode }: ChildProcess) =>
  pid === undefined || exitCode !== null || signalCode !== null;

async function healthy(url: string, child: ChildProcess, log: string): Promise<void> {
  const until = Date.now() + startTimeoutMs;
  while (!(await ask(`${url}/_cluster/health`, "GET").catch(() => undefined))) {
    if (hasEnded(child)) {
      const lines = readFileSync(log, "utf8").trim().split("\n").slice(-40).join("\n");
      throw new UserError([`OpenSearch ended (${child.exitCode ?? child.signalCode}). Its log ends with:\n${lines}`]);
    }
    if (Date.now() > until) throw new UserError([`OpenSearch did not answer after ${startTimeoutMs / 1000} s`]);
    await sleep(100);
  }
}

async function ask(url: string, method: "GET" | "POST"): Promise<{ count?: number }> {
  const response = await fetch(url, { method, signal: AbortSignal.timeout(30_000) });
  const text = await response.text();
  if (!response.ok) throw new Error(`OpenSearch answered ${response.status} to ${method} ${url}: ${text}`);
  return JSON.parse(text);
}
