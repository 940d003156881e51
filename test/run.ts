// Runs the project's suites and ends with one line: `N passed, N failed`. Usage: run.ts static|e2e [--all]
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { terminalProgress } from "../common/progress.ts";
import { checkoutRoot } from "../sandbox/paths.ts";
import { buildTools } from "../sandbox/tools/build.ts";

interface Count {
  passed: number;
  failed: number;
}

/** Every suite of `npm test`, quickest first; the e2e suite needs root and the embedded cluster. */
const suites = { static: ["unit", "golden", "policy", "engine"], e2e: ["e2e"] };

async function main([which, ...options]: string[]): Promise<number> {
  if (which !== "static" && which !== "e2e") {
    console.error(`test/run.ts: got ${JSON.stringify(which)}; write static or e2e`);
    return 2;
  }
  const unknown = options.find((option) => which === "static" || option !== "--all");
  if (unknown !== undefined) {
    console.error(`test/run.ts ${which}: got ${JSON.stringify(unknown)}; e2e knows --all, static no option`);
    return 2;
  }
  // See vitest.config.ts: the heavy backends and judges too.
  if (options.includes("--all")) process.env["THROUGHLINE_TEST_ALL"] = "1";
  const counts: Count[] = [];
  if (which === "static") {
    // The engine suite's own time limits are for tests, not for the first build of the engine.
    await buildTools(["pulumi"], terminalProgress()).pulumi;
    counts.push(
      check("types", "tsc", ["--noEmit"]),
      check("lint", "biome", ["ci", "--colors=off", "--log-level=warn", "."]),
    );
  } else {
    // The suite's cluster stands beside the developer's own, never on it.
    process.env["THROUGHLINE_STATE"] ??= join(checkoutRoot, ".throughline", "e2e");
  }
  for (const suite of suites[which]) counts.push(vitest(suite));
  const passed = counts.reduce((sum, count) => sum + count.passed, 0);
  const failed = counts.reduce((sum, count) => sum + count.failed, 0);
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

function check(name: string, program: string, args: string[]): Count {
  console.log(`\n== ${name}`);
  const { status } = spawnSync(join(checkoutRoot, "node_modules/.bin", program), args, {
    cwd: checkoutRoot,
    stdio: "inherit",
  });
  return status === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

function vitest(suite: string): Count {
  console.log(`\n== ${suite}`);
  const scratch = mkdtempSync(join(tmpdir(), "throughline-"));
  try {
    const report = join(scratch, "report.json");
    const args = ["run", "--project", suite, "--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
    const { status } = spawnSync(join(checkoutRoot, "node_modules/.bin/vitest"), args, {
      cwd: checkoutRoot,
      stdio: "inherit",
    });
    const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = readReport(report);
    // What was left out has proved nothing.
    const left = numPendingTests + numTodoTests;
    // A suite without tests, or one that broke outside a test, has failed whatever it counted.
    const broke = numPassedTests + numFailedTests === 0 || (status !== 0 && numFailedTests === 0);
    if (broke) console.error(`suite ${suite} ${numPassedTests === 0 ? "ran no test" : "failed outside its tests"}`);
    return { passed: numPassedTests, failed: numFailedTests + left + (broke ? 1 : 0) };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

type Report = Record<"numPassedTests" | "numFailedTests" | "numPendingTests" | "numTodoTests", number>;

function readReport(path: string): Report {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0 };
  }
}

process.exitCode = await main(process.argv.slice(2));
