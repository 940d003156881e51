import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { sandboxDefaults } from "../../cli/deployment.ts";
import { terminalProgress } from "../../common/progress.ts";
import { agentImages } from "../../infra/versions.ts";
import type { Receipt } from "../../receipt/trace.ts";
import { languageTar } from "../../sandbox/images/build.ts";
import type { LanguageImage } from "../../sandbox/images/languages.ts";
import { importImage, status } from "../../sandbox/node/cluster.ts";
import { checkoutRoot } from "../../sandbox/paths.ts";
import { kubectl, objects } from "./kubectl.ts";
import { receipt, up } from "./receipts.ts";
import { type Stored, storedTrace, tracesOf } from "./stored.ts";

interface Pod {
  metadata: { name: string; uid: string; labels: Record<string, string> };
  spec: { nodeName: string; initContainers?: { image: string }[] };
  status: { phase: string };
}

/** `npm run test:e2e -- --all`: without it the chain leaves Java out. */
const withJava = process.env["THROUGHLINE_TEST_ALL"] === "1";
const namespace = "languages";
const examples = sandboxDefaults["throughline:workloads"] as string[];
const setWorkloads = (...paths: string[]) => up("--set", `workloads=${JSON.stringify([...examples, ...paths])}`);
const podsOf = (app: string) => objects<Pod>("pods", "-n", namespace, "-l", `app.kubernetes.io/name=${app}`);

/** Each service of the chain in order, its SDK, and the agent that was brought in; Go has its own SDK. */
const chain = [
  { service: "frontend", sdk: "go", agents: [] },
  { service: "quotes", sdk: "nodejs", agents: [agentImages.nodejs] },
  ...(withJava ? [{ service: "ratings", sdk: "java", agents: [agentImages.java] }] : []),
  { service: "words", sdk: "python", agents: [agentImages.python] },
];
const services = chain.map(({ service }) => service);
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "throughline-languages-"));
  const cluster = await status();
  if (!cluster) throw new Error("the embedded cluster does not run");
  const needed: readonly LanguageImage[] = withJava
    ? ["pythonAgent", "words", "javaAgent", "ratings"]
    : ["pythonAgent", "words"];
  for (const name of needed) await importImage(cluster, await languageTar(name, terminalProgress()));
  cpSync(join(checkoutRoot, "examples/languages"), folder, { recursive: true });
  if (!withJava) {
    rmSync(join(folder, "ratings.yaml"));
    const quotes = join(folder, "quotes.yaml");
    writeFileSync(quotes, readFileSync(quotes, "utf8").replace("http://ratings:8080/", "http://words:8080/"));
  }
  await setWorkloads(folder);
});

afterAll(async () => {
  await setWorkloads();
  expect(await objects("namespaces", "--field-selector", `metadata.name=${namespace}`)).toEqual([]);
  rmSync(folder, { recursive: true });
});

describe("one request through services in several languages, each opted in by an annotation alone", () => {
  let whole: Receipt;
  let stored: Stored;

  beforeAll(async () => {
    const ask = async () => {
      const found = await receipt("--workload", `${namespace}/frontend:8080/`, "--expect", services.join(","));
      expect(found.status).toBe(200);
      return found;
    };
    // The first request of all waits for classes to be loaded, which takes Java seconds.
    whole = await vi.waitFor(ask, { timeout: 120_000, interval: 1000 });
    stored = await storedTrace(whole.traceId);
  });

  it("is one whole trace, in which each service calls the next", () => {
    expect(whole).toMatchObject({ complete: true, status: 200, missingParents: [] });
    const byId = new Map(whole.spans.map((span) => [span.spanId, span]));
    const path: string[] = [];
    let span = whole.spans.find(({ service, kind }) => service === services.at(-1) && kind === "server");
    for (; span !== undefined; span = byId.get(span.parentSpanId)) path.unshift(`${span.service} ${span.kind}`);
    const hops = services.flatMap((service) => [`${service} server`, `${service} client`]).slice(0, -1);
    expect(path.filter((hop) => !hop.endsWith(" internal"))).toEqual(["throughline-cli client", ...hops]);
  });

  it.each(chain)("$service: says in $sdk who it is, and where it runs", async ({ service, sdk }) => {
    const pods = await podsOf(service);
    const attributes = stored.resources[service];
    expect(pods.map(({ metadata }) => metadata.name)).toEqual([attributes?.["k8s.pod.name"]]);
    expect(attributes).toMatchObject({
      "service.name": service,
      "service.version": "0.1.0",
      "service.namespace": namespace,
      "telemetry.sdk.language": sdk,
      "k8s.namespace.name": namespace,
      "k8s.deployment.name": service,
      "k8s.container.name": service,
      "k8s.pod.uid": pods[0]?.metadata.uid,
      "k8s.node.name": pods[0]?.spec.nodeName,
    });
  });

  it.each(chain)("$service: holds the agent that upstream names", async ({ service, agents }) => {
    const [pod] = await podsOf(service);
    expect((pod?.spec.initContainers ?? []).map(({ image }) => image)).toEqual(agents);
  });
});

describe("programs that run to their end", () => {
  let since: number;

  beforeAll(async () => {
    since = Date.now();
    await setWorkloads(folder, join(folder, "jobs"));
  });

  /** The one trace that a run to the end has left. What a process does not send before it ends never arrives. */
  async function traceOfRun(service: string): Promise<Stored> {
    await kubectl(
      "-n",
      namespace,
      "wait",
      "--for=jsonpath={.status.phase}=Succeeded",
      "--timeout=150s",
      "pod",
      "-l",
      `app.kubernetes.io/name=${service}`,
    );
    return vi.waitFor(
      async () => {
        const [first] = await tracesOf(service, since);
        expect(Object.keys(first?.resources ?? {})).toEqual(expect.arrayContaining([service, ...services.slice(1)]));
        return first!;
      },
      { timeout: 30_000, interval: 1000 },
    );
  }

  it("a Job in Python sends its spans before it ends", async () => {
    const { resources, spans } = await traceOfRun("report");
    const [pod] = await podsOf("report");
    expect(spans.filter(({ service }) => service === "report").map(({ kind }) => kind)).toEqual(["client"]);
    expect(resources["report"]).toMatchObject({
      "service.version": "0.1.0",
      "telemetry.sdk.language": "python",
      "k8s.namespace.name": namespace,
      "k8s.job.name": "report",
      "k8s.pod.name": pod?.metadata.name,
    });
  });

  it("a CronJob in Node.js sends its spans before it ends", async () => {
    // Its first run begins with the next minute.
    await vi.waitFor(async () => expect(await podsOf("tick")).not.toEqual([]), { timeout: 90_000, interval: 1000 });
    const { resources, spans } = await traceOfRun("tick");
    expect(spans.filter(({ service }) => service === "tick").map(({ kind }) => kind)).toEqual(["client"]);
    expect(resources["tick"]).toMatchObject({
      "service.version": "0.1.0",
      "telemetry.sdk.language": "nodejs",
      "k8s.namespace.name": namespace,
      "k8s.cronjob.name": "tick",
      "k8s.job.name": expect.stringMatching(/^tick-\d+$/),
      "k8s.pod.name": expect.stringMatching(/^tick-\d+-/),
    });
  });
});
