import { defineConfig } from "vitest/config";

const suite = (name: string, options: object = {}) => ({
  test: { name, include: [`test/${name}/**/*.test.ts`], testTimeout: 60_000, hookTimeout: 60_000, ...options },
});

/** One module graph for all files of a worker: loading it anew for each takes as long as the tests. They put back what they change. */
const shared = { isolate: false, setupFiles: ["test/seed.ts"] };

/** Set by `npm run test:e2e -- --all`. */
const all = process.env["THROUGHLINE_TEST_ALL"] === "1";

// One project per folder under test/. `generated` judges hundreds of settings by the real programs, without a cluster. `e2e` needs the embedded cluster and runs its files one after another.
export default defineConfig({
  test: {
    // By itself vitest leaves one core free, which is half of a small machine.
    maxWorkers: "100%",
    projects: [
      suite("unit", shared),
      suite("golden", shared),
      suite("policy", { ...shared, include: ["test/policy/**/*.test.ts", "examples/programs/**/*.test.ts"] }),
      suite("generated", {
        fileParallelism: false,
        setupFiles: ["test/seed.ts"],
        testTimeout: 1_800_000,
        hookTimeout: 1_800_000,
      }),
      suite("engine", { testTimeout: 120_000, hookTimeout: 120_000, fileParallelism: false }),
      suite("e2e", {
        globalSetup: "test/e2e/setup.ts",
        exclude: all ? [] : ["test/e2e/**/heavy/**"],
        testTimeout: 600_000,
        hookTimeout: 900_000,
        fileParallelism: false,
      }),
    ],
  },
});
