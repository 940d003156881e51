import { expect, it } from "vitest";
import { throughline } from "./throughline.ts";

it("20 traces are queryable within the time of the batching delays", async () => {
  const args = ["--repeat", "20", "--expect", "frontend,quotes", "--output", "json"];
  const { code, stdout, stderr } = await throughline(["trace", ...args]);
  expect(code, `${stderr}${stdout}`).toBe(0);
  const { queryableAfterMs } = JSON.parse(stdout) as {
    queryableAfterMs: { count: number; median: number; max: number };
  };
  const { count, median, max } = queryableAfterMs;
  console.log(`span end to queryable over ${count} traces: median ${median} ms, max ${max} ms`);
  expect(count).toBe(20);
  // The SDKs' schedule delay (1 s) and the Collectors' batching, with room for a busy machine.
  expect(median).toBeLessThan(3_000);
  expect(max).toBeLessThan(10_000);
});
