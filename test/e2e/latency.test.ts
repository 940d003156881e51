import { expect, it } from "vitest";
import { receipt } from "./receipts.ts";

it("20 traces are queryable within the time of the batching delays", async () => {
  const delays: number[] = [];
  for (let i = 0; i < 20; i++) delays.push((await receipt()).queryableAfterMs!);
  delays.sort((a, b) => a - b);
  console.log(`span end to queryable over ${delays.length} traces: median ${delays[10]} ms, max ${delays.at(-1)} ms`);
  // The SDK's schedule delay (1 s) and the Collectors' batching, with room for a busy machine.
  expect(delays[10]).toBeLessThan(5000);
});
