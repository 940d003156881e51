import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { type Rendering, render } from "../../../infra/render/render.ts";
// This import gives `expect` the matcher.
import "../../../policy/vitest.ts";

let rendering: Rendering<unknown>;
beforeAll(async () => {
  const config = { "throughline-policies:context": "nowhere" };
  rendering = await render(() => import("./index.ts"), { project: "throughline-policies", config });
});

test("the program keeps the policies, but for what exceptions.yaml excuses", () => {
  expect(rendering).toSatisfyPolicies({ exceptions: join(import.meta.dirname, "exceptions.yaml") });
});

test("its workload is traced", () => {
  expect(JSON.stringify(rendering.manifests)).toContain("http://otel-agent.observability.svc:4318");
});
