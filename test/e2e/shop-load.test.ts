import { expect, it } from "vitest";
import type { Report } from "../../examples/shop/load/drive.ts";
import { loadDriver } from "./throughline.ts";

const workload = ["--workload", "demo/frontend:8080/", "--output", "json"];

async function load(...args: string[]): Promise<Report & { code: number | null }> {
  const { code, stdout, stderr } = await loadDriver([...workload, ...args]);
  if (stdout === "") throw new Error(stderr);
  return { code, ...(JSON.parse(stdout) as Report) };
}

it("100 requests at 20/s through both examples: every trace is complete", async () => {
  const report = await load("--rate", "20", "--count", "100", "--edges", "throughline-cli>frontend,frontend>quotes");
  console.log(JSON.stringify(report.latencyMs));
  expect(report).toMatchObject({ code: 0, requests: 100, answered: 100, complete: 100, refused: {}, incomplete: {} });
  expect(report.perSecond).toBeLessThan(21);
});

it("an edge that is not there is found missing in every trace", async () => {
  const report = await load("--count", "5", "--edges", "quotes>frontend", "--timeout", "3s");
  expect(report).toMatchObject({ code: 1, answered: 5, complete: 0, incomplete: { "no edge quotes>frontend": 5 } });
  expect(report.examples).toHaveLength(5);
});

it("a rate or a count beyond its bounds is refused before anything is called", async () => {
  const { code, stderr } = await loadDriver([...workload, "--rate", "1000", "--count", "1000000"]);
  expect(code).toBe(1);
  expect(stderr).toContain('--rate is "1000"; write a whole number from 1 to 200');
  expect(stderr).toContain('--count is "1000000"; write a whole number from 1 to 100000');
});
