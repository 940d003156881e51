import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { stringify } from "yaml";
import { silentProgress } from "../../common/progress.ts";
import { decodeSpans, type ResourceSpans, type Span } from "../../receipt/otlp.ts";
import { buildTools } from "../../sandbox/tools/build.ts";

/** The real Collector on this machine, with one OTLP receiver, that keeps what it gets. */
export interface LoopbackCollector {
  /** Where it takes OTLP/HTTP, without a path. */
  url: string;
  /** Spans it took so far whose resource has `run` as its attribute `run`; once all it took before this call are among them. */
  spansOf(run: string): Promise<Span[]>;
  stop(): Promise<void>;
}

/** Starts it; the program is built first where it is not in the cache. Throws what it said when it does not come up. */
export async function startCollector(): Promise<LoopbackCollector> {
  const program = await buildTools(["collector"], silentProgress).collector;
  const folder = mkdtempSync(join(tmpdir(), "collector-"));
  const taken = join(folder, "spans.json");
  const port = await freePort();
  const config = join(folder, "config.yaml");
  writeFileSync(
    config,
    stringify({
      receivers: { otlp: { protocols: { http: { endpoint: `127.0.0.1:${port}` } } } },
      exporters: { file: { path: taken, flush_interval: "50ms" } },
      service: {
        telemetry: { metrics: { level: "none" } },
        pipelines: { traces: { receivers: ["otlp"], exporters: ["file"] } },
      },
    }),
  );
  const child = spawn(program, ["--config", config], { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  const ended = once(child, "exit");
  const url = `http://127.0.0.1:${port}`;
  const stop = async () => {
    child.kill("SIGTERM");
    await ended;
    rmSync(folder, { recursive: true });
  };
  for (let tries = 0; !(await send(url, "up")); tries++) {
    if (child.exitCode !== null || tries === 300) {
      await stop();
      throw new Error(`the Collector did not come up:\n${said}`);
    }
    await sleep(100);
  }
  let marks = 0;
  return {
    url,
    stop,
    async spansOf(run) {
      // One at a time through one pipeline: once the mark is in the file, so is all that came before it.
      const mark = `mark-${++marks}`;
      if (!(await send(url, mark))) throw new Error(`the Collector took no span any more:\n${said}`);
      for (;;) {
        const lines = readFileSync(taken, "utf8").split("\n").slice(0, -1);
        const resources = lines.flatMap(
          (line) => (JSON.parse(line) as { resourceSpans: ResourceSpans[] }).resourceSpans,
        );
        if (resources.some((resource) => runOf(resource) === mark))
          return decodeSpans(resources.filter((resource) => runOf(resource) === run));
        await sleep(50);
      }
    },
  };
}

const runOf = ({ resource }: ResourceSpans) =>
  resource?.attributes?.find(({ key }) => key === "run")?.value?.stringValue;

/** Sends one span; whether it was taken. */
async function send(url: string, run: string): Promise<boolean> {
  const span = { traceId: "1".repeat(32), spanId: "1".repeat(16), name: run };
  const resource = { attributes: [{ key: "run", value: { stringValue: run } }] };
  const answer = await fetch(`${url}/v1/traces`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans: [span] }] }] }),
    signal: AbortSignal.timeout(30_000),
  }).catch(() => undefined);
  await answer?.arrayBuffer();
  return answer?.ok === true;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  return typeof address === "object" && address ? address.port : 0;
}
