import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { shortPath } from "../../common/shell.ts";
import { allOf, parseXml } from "../xml.ts";
import { receipt } from "./receipts.ts";
import { throughline } from "./throughline.ts";

const folder = mkdtempSync(join(tmpdir(), "picture-"));
afterAll(() => rmSync(folder, { recursive: true }));

it("a trace is drawn with every span it has, and again from Jaeger by its id", async () => {
  const [fresh, again] = [join(folder, "fresh.svg"), join(folder, "again.svg")];
  const { traceId, spans } = await receipt("--expect", "frontend,quotes", "--svg", fresh);
  const picture = parseXml(readFileSync(fresh, "utf8"));
  const drawn = allOf(picture).flatMap(({ attributes }) => attributes["data-span"] ?? []);
  expect(drawn.toSorted()).toEqual(spans.map(({ spanId }) => spanId).toSorted());
  for (const service of ["throughline-cli", "frontend", "quotes"]) expect(picture.text).toContain(service);

  const { code, stdout, stderr } = await throughline(["trace", "--id", traceId, "--svg", again, "--expect", "quotes"]);
  expect(code, stderr + stdout).toBe(0);
  expect(stdout).toMatch(/^Trace complete$/m);
  expect(stdout).toContain(`Drawn in ${shortPath(again)}`);
  expect(readFileSync(again, "utf8")).toBe(readFileSync(fresh, "utf8"));

  const lacking = await throughline(["trace", "--id", traceId, "--expect", "till", "--output", "json"]);
  expect(lacking.code).toBe(1);
  expect(JSON.parse(lacking.stdout)).toMatchObject({ traceId, complete: false, missingServices: ["till"] });
});

it("a trace that Jaeger does not have ends with 1 and the reason", async () => {
  const { code, stderr } = await throughline(["trace", "--id", "1".repeat(32)]);
  expect(code).toBe(1);
  expect(stderr).toContain("of which Jaeger at jaeger.observability:16686 has no span");
});
