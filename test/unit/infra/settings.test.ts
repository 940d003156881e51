import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { UserError } from "../../../common/errors.ts";
import { parseSettings, settingNames } from "../../../infra/settings.ts";

const found =
  (...names: string[]) =>
  () => ({ where: "~/.kube/config", names, problem: "no kubeconfig with contexts at ~/.kube/config" });

function problemsOf(raw: Record<string, string>, contexts?: ReturnType<typeof found>): readonly string[] {
  try {
    parseSettings(raw, contexts);
    return [];
  } catch (error) {
    if (error instanceof UserError) return error.problems;
    throw error;
  }
}

test("nothing set means the defaults", () => {
  expect(parseSettings({})).toEqual({
    target: "kubernetes",
    profile: "laptop",
    context: "",
    kubeconfig: undefined,
    namespace: "observability",
    createNamespace: true,
    workloads: [],
    sampler: "parentbased_always_on",
    samplerArgument: undefined,
    propagators: ["tracecontext", "baggage"],
    maxTraces: undefined,
    storageClass: undefined,
  });
});

test("everything set is read", () => {
  const raw = {
    target: "kubernetes",
    profile: "standard",
    context: "kind",
    kubeconfig: "~/.kube/other",
    namespace: "tracing",
    createNamespace: "false",
    workloads: '["a.yaml","b"]',
    sampler: "parentbased_traceidratio",
    samplerArgument: "0.25",
    propagators: '["b3"]',
    maxTraces: "1000",
    storageClass: "fast",
  };
  expect(parseSettings(raw, found("kind"))).toEqual({
    ...raw,
    createNamespace: false,
    workloads: ["a.yaml", "b"],
    propagators: ["b3"],
    maxTraces: 1000,
  });
});

test("Pulumi.yaml describes each setting, and its defaults are ours", () => {
  const project = parse(readFileSync(new URL("../../../Pulumi.yaml", import.meta.url), "utf8"));
  expect(Object.keys(project.config).sort()).toEqual([...settingNames].sort());
  const entries = Object.entries<{ default: unknown; description: string }>(project.config);
  expect(entries.filter(([, { description }]) => !description)).toEqual([]);
  const raw = entries.map(([key, { default: value }]) => [
    key,
    typeof value === "object" ? JSON.stringify(value) : String(value),
  ]);
  expect(parseSettings(Object.fromEntries(raw))).toEqual(parseSettings({}));
});

describe("each mistake names the setting, the value, what is allowed and the line to write", () => {
  test.each([
    [
      { profile: "lapto" },
      'throughline:profile is "lapto"; allowed: laptop, standard. Did you mean laptop? Write: pulumi config set throughline:profile laptop',
    ],
    [
      { target: "docker" },
      'throughline:target is "docker"; allowed: kubernetes. Write: pulumi config set throughline:target kubernetes',
    ],
    [
      { namespace: "Obs!" },
      'throughline:namespace is "Obs!"; allowed: a namespace name (a-z, 0-9, -; 63 at most). Write: pulumi config set throughline:namespace observability',
    ],
    [
      { createNamespace: "yes" },
      'throughline:createNamespace is "yes"; allowed: true, false. Write: pulumi config set throughline:createNamespace true',
    ],
    [
      { workloads: "examples" },
      "throughline:workloads is \"examples\"; allowed: a list of paths of YAML files or folders. Write: pulumi config set --path 'throughline:workloads[0]' examples",
    ],
    [
      { propagators: '["b4"]' },
      'throughline:propagators is "[\\"b4\\"]"; allowed: a list of tracecontext, baggage, b3, b3multi, jaeger, ottrace, xray. Write: pulumi config set --path \'throughline:propagators[0]\' tracecontext',
    ],
    [
      { maxTraces: "-1" },
      'throughline:maxTraces is "-1"; allowed: a whole number from 1 to 10000000, or 0 for the profile\'s own. Write: pulumi config set throughline:maxTraces 5000',
    ],
    [
      { sampler: "traceidratio", samplerArgument: "10" },
      'throughline:samplerArgument is "10"; allowed: a share of traces from 0 to 1. Write: pulumi config set throughline:samplerArgument 0.1',
    ],
    [
      { samplerArgument: "0.1" },
      'throughline:samplerArgument is "0.1", but the sampler parentbased_always_on takes none; it goes with traceidratio and parentbased_traceidratio. Write: pulumi config rm throughline:samplerArgument',
    ],
    [
      { sampler: "traceidratio" },
      "throughline:sampler is traceidratio, which needs a share of traces from 0 to 1. Write: pulumi config set throughline:samplerArgument 0.1",
    ],
    [
      { storageClass: "fast" },
      'throughline:storageClass is "fast", but the profile laptop keeps nothing on disk. Write: pulumi config set throughline:profile standard',
    ],
    [
      { profil: "laptop" },
      "throughline:profil is not a setting; did you mean profile? Write: pulumi config rm throughline:profil",
    ],
  ])("%j", (raw, problem) => {
    expect(problemsOf(raw as Record<string, string>)).toContain(problem);
  });

  test("all of them at once", () => {
    const problems = problemsOf({ profile: "x", namespace: "-", nonsense: "1", maxTraces: "many" }, found("kind"));
    expect(problems.map((problem) => problem.split(" ")[0])).toEqual([
      "throughline:nonsense",
      "throughline:profile",
      "throughline:namespace",
      "throughline:maxTraces",
      "throughline:context",
    ]);
  });
});

describe("context", () => {
  test.each([
    [
      {},
      found("kind", "prod"),
      "throughline:context is not set; nothing is deployed to a cluster you did not name (contexts in ~/.kube/config: kind, prod). Write: pulumi config set throughline:context CONTEXT",
    ],
    [
      {},
      found("kind"),
      "throughline:context is not set; nothing is deployed to a cluster you did not name (contexts in ~/.kube/config: kind). Write: pulumi config set throughline:context kind",
    ],
    [
      {},
      found(),
      "throughline:context is not set; nothing is deployed to a cluster you did not name (no kubeconfig with contexts at ~/.kube/config). Write: pulumi config set throughline:context CONTEXT",
    ],
    [
      { context: "knd" },
      found("prod", "kind"),
      'throughline:context is "knd", which is not there (contexts in ~/.kube/config: prod, kind). Write: pulumi config set throughline:context kind',
    ],
  ])("%j", (raw, contexts, problem) => {
    expect(problemsOf(raw as Record<string, string>, contexts)).toEqual([problem]);
  });
});

test("any configuration at all gives settings or a UserError with whole sentences", () => {
  const key = fc.oneof(fc.constantFrom<string>(...settingNames), fc.string());
  const value = fc.oneof(
    fc.string(),
    fc.json(),
    fc.constantFrom("standard", "0.5", "traceidratio", "[]", '["b3"]', "true"),
  );
  fc.assert(
    fc.property(fc.dictionary(key, value), fc.array(fc.string()), (raw, contexts) => {
      const problems = problemsOf(raw, found(...contexts));
      expect(
        problems.every((problem) => problem.startsWith("throughline:") && problem.includes("Write: pulumi config")),
      ).toBe(true);
      if (problems.length === 0) expect(parseSettings(raw).workloads.every((path) => path !== "")).toBe(true);
    }),
    { numRuns: 500 },
  );
});
