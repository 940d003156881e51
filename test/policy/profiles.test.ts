import { describe, expect, test } from "vitest";
import { profileNames } from "../../infra/profiles.ts";
import { readWorkloads } from "../../infra/workload-files.ts";
import { check, report, rules } from "../../policy/check.ts";
import { sourceRules } from "../../policy/sources.ts";
import { golden } from "./goldens.ts";

describe.each(profileNames)("profile %s", (profile) => {
  test.each(rules)("keeps the rule $name", (rule) => {
    expect(report(check(golden(profile), [rule]))).toBe("");
  });

  test("is really seen by the rules: each object without its fields breaks some", () => {
    const bare = golden(profile).map(({ apiVersion, kind, metadata }) => ({
      apiVersion,
      kind,
      metadata: { name: metadata.name, ...(metadata.namespace && { namespace: metadata.namespace }) },
      spec: { selector: { a: "b" }, ports: [{ port: 1 }], template: { spec: { containers: [{ name: "c" }] } } },
    }));
    const broken = new Set(check(bare).map(({ object }) => object.split(" ")[0]));
    // Without content these are objects that Kubernetes and everyone else accepts.
    const sound = ["ClusterRole", "ConfigMap", "Secret"];
    const kinds = new Set(golden(profile).map(({ kind }) => kind));
    expect([...broken].sort()).toEqual([...kinds].filter((kind) => !sound.includes(kind)).sort());
  });
});

test("the examples opt in by annotation alone", () => {
  const examples = readWorkloads(["examples", "examples/frontend", "examples/quotes"]);
  expect(report(check(examples, sourceRules))).toBe("");
  expect(examples.filter(({ kind }) => kind === "Deployment")).toHaveLength(2);
});
