// Runs the project's suites and ends with one line: `N passed, N failed`. Usage: run.ts static|e2e [--all]
import { spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { constants, setPriority, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { terminalProgress } from "../common/progress.ts";
import { checkoutRoot } from "../sandbox/paths.ts";
import { buildTools, toolsToBuild } from "../sandbox/tools/build.ts";

interface Count {
  passed: number;
  failed: number;
}

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
    // One file after the other, and it mostly waits for the engine: the other suites fit beside it.
    const engine = vitest("engine", "later");
    counts.push(
      await check("types", "tsc", ["--noEmit"]),
      await check("lint", "biome", ["ci", "--colors=off", "--log-level=warn", "."]),
    );
    for (const suite of ["unit", "golden", "policy"]) counts.push(await vitest(suite));
    counts.push(await engine);
  } else {
    // The suite's cluster stands beside the developer's own, never on it.
    process.env["THROUGHLINE_STATE"] ??= join(checkoutRoot, ".throughline", "e2e");
    let over = false;
    const e2e = vitest("e2e").finally(() => {
      over = true;
    });
    // A cluster mostly waits. What it leaves of the processors is enough for what needs no cluster, once its programs are built.
    while (!over && toolsToBuild(["collector", "jaeger"]).length > 0) await sleep(1000);
    const generated = vitest("generated", "later");
    counts.push(await e2e, await generated);
  }
  const passed = counts.reduce((sum, count) => sum + count.passed, 0);
  const failed = counts.reduce((sum, count) => sum + count.failed, 0);
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

async function check(name: string, program: string, args: string[]): Promise<Count> {
  console.log(`\n== ${name}`);
  return (await run(program, args, "inherit")) === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

/** Runs a suite. @param output Whether it is seen as it comes, or later, when the suite is through. */
async function vitest(suite: string, output: "now" | "later" = "now"): Promise<Count> {
  if (output === "now") console.log(`\n== ${suite}`);
  const scratch = mkdtempSync(join(tmpdir(), "throughline-"));
  try {
    const [report, log] = [join(scratch, "report.json"), join(scratch, "log")];
    const args = ["run", "--project", suite, "--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
    const file = output === "later" ? openSync(log, "w") : undefined;
    const status = await run(
      "vitest",
      args,
      file ?? "inherit",
      suite === "generated" ? priorities.low : priorities.usual,
    );
    if (file !== undefined) {
      closeSync(file);
      console.log(`\n== ${suite}\n${readFileSync(log, "utf8")}`);
    }
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

const priorities = { usual: constants.priority.PRIORITY_NORMAL, low: constants.priority.PRIORITY_BELOW_NORMAL };

/** Runs a program of the checkout, and resolves to its exit code, null after a signal. */
function run(
  program: string,
  args: string[],
  output: "inherit" | number,
  priority = priorities.usual,
): Promise<number | null> {
  const path = join(checkoutRoot, "node_modules/.bin", program);
  return new Promise((resolve, reject) => {
    const child = spawn(path, args, { cwd: checkoutRoot, stdio: ["inherit", output, output] });
    if (child.pid !== undefined && priority > 0) setPriority(child.pid, priority);
    child.on("error", reject);
    child.on("close", resolve);
  });
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
