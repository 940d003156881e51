import { acceptedRules } from "./accepted.ts";
import { budgetRules } from "./budgets.ts";
import { collectorRules } from "./collector.ts";
import { collectorContainerRules } from "./collector-containers.ts";
import { endingRules } from "./ending.ts";
import { endpointRules } from "./endpoints.ts";
import { entranceRules } from "./entrances.ts";
import { exposureRules } from "./exposure.ts";
import { fileRules } from "./files.ts";
import { formatRules } from "./formats.ts";
import { injectionRules } from "./instrumentations.ts";
import { leftoverRules } from "./leftovers.ts";
import { lifecycleRules } from "./lifecycle.ts";
import { narrowRules } from "./narrow.ts";
import { networkRules } from "./network.ts";
import { operationsRules } from "./operations.ts";
import { rbacRules } from "./rbac.ts";
import { referenceRules } from "./references.ts";
import { relationRules } from "./relations.ts";
import { rolloutRules } from "./rollout.ts";
import { secretRules } from "./secrets.ts";
import { securityRules } from "./security.ts";
import { spellingRules } from "./spelt.ts";
import type { Finding, Manifest, Rule, Violation } from "./types.ts";
import { volumeRules } from "./volumes.ts";
import { webhookRules } from "./webhooks.ts";
import { workloadRules } from "./workloads.ts";

/** The rules by what they guard. A new file of rules is a word in one of the lists. */
export const groups: readonly { readonly title: string; readonly rules: readonly Rule[] }[] = [
  {
    title: "Safety",
    rules: [...securityRules, ...secretRules, ...exposureRules, ...narrowRules, ...rbacRules, ...operationsRules],
  },
  {
    title: "Telemetry flow",
    rules: [
      ...networkRules,
      ...entranceRules,
      ...endpointRules,
      ...referenceRules,
      ...relationRules,
      ...workloadRules,
      ...injectionRules,
      ...collectorContainerRules,
      ...fileRules,
    ],
  },
  {
    title: "Lifecycle",
    rules: [
      ...endingRules,
      ...rolloutRules,
      ...lifecycleRules,
      ...volumeRules,
      ...webhookRules,
      ...acceptedRules,
      ...formatRules,
      ...spellingRules,
      ...budgetRules,
      ...leftoverRules,
    ],
  },
  { title: "Collector configurations", rules: collectorRules },
];

/** Every rule for manifests as they are applied. */
export const rules: readonly Rule[] = groups.flatMap((group) => group.rules);

/** What the rules find wrong with the manifests of one stack; empty when all is well. */
export function check(manifests: readonly Manifest[], checked: readonly Rule[] = rules): Violation[] {
  return findings(manifests, checked).map(({ rule, finding: { object, path, message, fix } }) => ({
    rule: rule.name,
    severity: rule.severity,
    object: nameOf(object),
    ...(path !== undefined && { path }),
    message,
    fix,
  }));
}

/** The same with the objects themselves, so that a caller can tell where each came from. */
export function findings(
  manifests: readonly Manifest[],
  checked: readonly Rule[] = rules,
): { readonly rule: Rule; readonly finding: Finding }[] {
  return checked.flatMap((rule) => rule.check(manifests).map((finding) => ({ rule, finding })));
}

/** `Kind namespace/name`. */
export function nameOf({ kind, metadata }: Manifest): string {
  return `${kind} ${metadata.namespace ? `${metadata.namespace}/` : ""}${metadata.name}`;
}

/** The violations as text, one paragraph each. */
export function report(violations: readonly Violation[]): string {
  return violations
    .map(({ rule, object, path, message, fix }) => {
      return `${object}: ${path === undefined ? "" : `${path} `}${message} [${rule}]. Write: ${fix}`;
    })
    .join("\n");
}
