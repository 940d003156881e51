import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { run } from "../../common/run.ts";
import type { Span } from "../../receipt/otlp.ts";
import { checkoutRoot } from "../../sandbox/paths.ts";
import { type LoopbackCollector, startCollector } from "./loopback-collector.ts";
import {
  all,
  type Check,
  carries,
  failed,
  linkedToEach,
  named,
  oneTrace,
  services,
  withinParents,
} from "./pitfall-checks.ts";

const source = join(checkoutRoot, "examples/shop/pitfalls");
const env = { CGO_ENABLED: "0", GOTOOLCHAIN: "local", GOFLAGS: "-mod=readonly", GOWORK: "off" };
/** As the cluster's programs are built, so that what they have in common is compiled once. */
const flags = ["-trimpath", "-buildvcs=false", "-gcflags=all=-dwarf=false"];

let collector: LoopbackCollector;
let folder: string;
let program: string;
beforeAll(async () => {
  collector = await startCollector();
  folder = mkdtempSync(join(tmpdir(), "pitfalls-"));
  program = join(folder, "pitfalls");
  await run("go", ["vet", ...flags, "."], { cwd: source, env });
  await run("go", ["build", ...flags, "-o", program, "."], { cwd: source, env });
});
afterAll(async () => {
  await collector?.stop();
  if (folder) rmSync(folder, { recursive: true });
});

interface Outcome {
  /** What the user of the program saw. */
  seen: string;
  /** What the Collector got. */
  spans: Span[];
}
const outcomes = new Map<string, Promise<Outcome>>();

/** Runs a variant to its end, once for all tests. */
function outcome(name: string, variant: "wrong" | "right"): Promise<Outcome> {
  const id = `${name}-${variant}`;
  const running = outcomes.get(id) ?? execute(name, variant, id);
  outcomes.set(id, running);
  return running;
}

async function execute(name: string, variant: string, id: string): Promise<Outcome> {
  const variables = {
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_EXPORTER_OTLP_PROTOCOL: "http/protobuf",
    OTEL_RESOURCE_ATTRIBUTES: `run=${id}`,
  };
  const seen = await run(program, [name, variant], { env: variables, timeoutMs: 30_000 });
  return { seen, spans: await collector.spansOf(id) };
}

/** For each pitfall what must hold, and what the wrong variant is found out by. */
const pitfalls: readonly [name: string, check: Check, findings: string[]][] = [
  ["goroutine", all(oneTrace, named("price")), ["2 traces"]],
  [
    "outlives",
    all(oneTrace, services("browser", "shop", "mail"), failed("HTTP GET", false)),
    ["services: browser, shop", "HTTP GET is an error"],
  ],
  ["baggage", all(oneTrace, carries("mail", "customer", "ada")), ['customer of mail is ""']],
  ["request", all(oneTrace, services("edge", "orders")), ["2 traces"]],
  [
    "ended-early",
    all(oneTrace, withinParents, failed("charge")),
    ["charge ended before ask bank", "charge is no error"],
  ],
  ["never-ended", all(oneTrace, named("reserve")), ["the parent of ask bank is missing", "0 spans reserve"]],
  ["open-body", all(oneTrace, services("edge", "orders")), ["the parent of GET is missing"]],
  ["not-flushed", named("nightly report"), ["0 spans nightly report"]],
  ["status", all(named("charge"), failed("charge")), ["charge is no error"]],
  ["span-names", named("GET /orders/{id}", 3), ["0 spans GET /orders/{id}"]],
  ["propagator", all(oneTrace, services("edge", "orders")), ["2 traces"]],
  ["https", named("GET /cart"), ["0 spans GET /cart"]],
  ["carrier", all(oneTrace, services("shop", "mailer")), ["2 traces"]],
  ["carrier-case", all(oneTrace, services("shop", "mailer")), ["2 traces"]],
  ["batch", linkedToEach, ["0 of 3 messages are linked", "the batch is the child of one message"]],
];

describe.each(pitfalls)("%s", (name, check, findings) => {
  it("is right: nothing is missing, and its user sees the same as with the mistake", async () => {
    const [right, wrong] = [await outcome(name, "right"), await outcome(name, "wrong")];
    expect(right.seen).toBe(wrong.seen);
    expect(right.seen.trim()).not.toBe("");
    expect({ spans: right.spans, findings: check(right.spans) }).toMatchObject({ findings: [] });
  });

  it("is wrong: the same check finds it", async () => {
    const { spans } = await outcome(name, "wrong");
    expect({ spans, findings: check(spans) }).toMatchObject({ findings });
  });
});

it("the README tells of each, and every pitfall of the program is checked", async () => {
  const readme = readFileSync(join(source, "README.md"), "utf8");
  const told = [...readme.matchAll(/^## .*`([a-z-]+)`$/gm)].map(([, name]) => name);
  const names = pitfalls.map(([name]) => name);
  expect(told.toSorted()).toEqual(names.toSorted());
  await expect(run(program, ["bogus", "wrong"])).rejects.toThrow(`write one of ${names.toSorted().join(", ")}`);
});
