import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { silentProgress } from "../../../common/progress.ts";
import { buildTools } from "../../../sandbox/tools/build.ts";
import { families } from "../../../sandbox/tools/families.ts";
import { serve } from "../../unit/receipt/http.ts";
import { startTrace } from "./requests.ts";

interface PrintedSpan {
  Name: string;
  SpanKind: number;
  SpanContext: { TraceID: string };
  Parent: { SpanID: string };
  Resource: { Key: string; Value: { Value: unknown } }[];
}

it("prints its spans to standard output by one variable, without a Collector, and the last ones on SIGTERM", async () => {
  const folder = await buildTools(["shop"], silentProgress).shop;
  const free = await serve(() => {});
  await free.close();
  const child = spawn(join(folder, "stock"), {
    env: { OTEL_TRACES_EXPORTER: "console", OTEL_SERVICE_NAME: "stock", LISTEN: `127.0.0.1:${free.port}` },
    stdio: ["ignore", "pipe", "ignore"],
  });
  let printed = "";
  child.stdout.setEncoding("utf8").on("data", (piece: string) => {
    printed += piece;
  });
  const ended = once(child, "close");
  try {
    while (!(await fetch(`${free.url}/healthz`).catch(() => undefined))?.ok) await sleep(50);
    const { traceId, rootSpanId, headers } = startTrace();
    expect(await (await fetch(`${free.url}/stock/lamp`, { headers })).json()).toEqual({ count: 7 });
    child.kill("SIGTERM");
    expect(await ended).toEqual([0, null]);

    const spans = printed
      .split("\n")
      .filter(Boolean)
      .map((text) => JSON.parse(text) as PrintedSpan);
    expect(spans).toEqual([
      expect.objectContaining({
        Name: "GET /stock/{item}",
        SpanKind: 2,
        SpanContext: expect.objectContaining({ TraceID: traceId }),
        Parent: expect.objectContaining({ SpanID: rootSpanId }),
      }),
    ]);
    const name = spans[0]?.Resource.find(({ Key }) => Key === "service.name");
    expect(name?.Value.Value).toBe("stock");
  } finally {
    child.kill("SIGKILL");
  }
});

const thorough = process.env["THROUGHLINE_TEST_ALL"] === "1" ? it : () => {};
thorough("go vet finds nothing in the shop's programs", async () => {
  const env = { ...process.env, CGO_ENABLED: "0", GOTOOLCHAIN: "local", GOFLAGS: "-mod=readonly" };
  const { stderr } = await promisify(execFile)("go", ["vet", "./..."], { cwd: families.shop.directory, env });
  expect(stderr.replace(/^go: downloading .*\n/gm, "")).toBe("");
});
