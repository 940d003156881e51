import { expect, test } from "vitest";
import { parseBench } from "../../../bench/options.ts";
import { table } from "../../../bench/table.ts";

test("each command has its own rate", () => {
  expect(parseBench(["loss"])).toMatchObject({ command: "loss", spansPerSecond: 200, outage: 180, kills: 2, seed: 1 });
  expect(parseBench(["throughput"])).toMatchObject({ spansPerSecond: 10_000, sizes: [10, 100, 1000] });
  expect(parseBench(["inject", "--rounds", "5"])).toMatchObject({ command: "inject", workloads: 1_000, rounds: 5 });
  expect(parseBench(["latency", "--rate", "50"])).toMatchObject({ spansPerSecond: 50, spans: 1_000 });
});

test("help asks for nothing else", () => {
  expect(parseBench(["--help"])).toBeUndefined();
});

test("every mistake is told at once, with a line to write", () => {
  const run = () => parseBench(["lose", "--seed", "x", "--outage", "1", "--sizes", "10,none", "--away", "dead"]);
  for (const part of ["npm run bench -- loss", "--seed 1", "5 to 3600", "--sizes 100", "stopped or frozen"]) {
    expect(run).toThrow(part);
  }
});

test("an option that is not there is a mistake of the user's", () => {
  expect(() => parseBench(["loss", "--speed", "9"])).toThrow(/--speed.*--help/s);
});

test("columns have even width", () => {
  expect(
    table([
      ["side", "n"],
      ["a", "1,000"],
    ]),
  ).toBe("side      n\na     1,000");
});
