import { expect, it, vi } from "vitest";
import { throughline } from "./throughline.ts";

it("20 traces are queryable within the time of the batching delays", async () => {
  const args = ["--repeat", "20", "--expect", "frontend,quotes", "--output", "json"];
  const measured = async () => {
    const { code, stdout, stderr } = await throughline(["trace", ...args]);
    expect(code, `${stderr}${stdout}`).toBe(0);
    const { count, median, max } = JSON.parse(stdout).queryableAfterMs;
    console.log(`span end to queryable over ${count} traces: median ${median} ms, max ${max} ms`);
    expect(count).toBe(20);
    // The SDKs' schedule delay (1 s) and the Collectors' batching, with room for a busy machine.
    expect(median).toBeLessThan(3_000);
    expect(max).toBeLessThan(10_000);
  };
  // A stack that is too slow is so each time, a machine that stood still for a moment is not.
  await vi.waitFor(measured, { timeout: 300_000, interval: 1000 });
});
