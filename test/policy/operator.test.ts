import { beforeAll, expect, test } from "vitest";
import { program } from "../../infra/program.ts";
import { render } from "../../infra/render/render.ts";
import { parseSettings } from "../../infra/settings/settings.ts";
import { check, report, rules } from "../../policy/check.ts";
import type { Manifest } from "../../policy/types.ts";
import { operatorStack } from "../stacks.ts";

let manifests: readonly Manifest[];

beforeAll(async () => {
  ({ manifests } = await render(() => program(parseSettings(operatorStack))));
});

test.each(rules)("the stack with the operator keeps the rule $name", (rule) => {
  expect(report(check(manifests, [rule]))).toBe("");
});

test("the rules see the operator: without its budget and its policy's door they speak", () => {
  const spoilt = manifests
    .filter(({ kind, metadata }) => kind !== "PodDisruptionBudget" || metadata.name !== "otel-operator")
    .map((manifest) =>
      manifest.kind === "NetworkPolicy" && manifest.metadata.name === "otel-operator"
        ? { ...manifest, spec: { ...(manifest["spec"] as object), ingress: [] } }
        : manifest,
    );
  expect(check(spoilt).map(({ rule, object }) => `${rule} ${object}`)).toEqual([
    "disruption-budget Deployment observability/otel-operator",
    "network-policy-admits-service Service observability/otel-operator",
  ]);
});
