import { maskedIn } from "../../common/credentials.ts";
import { addressRules } from "./addresses.ts";
import { extensionRules } from "./extensions.ts";
import { failoverRules } from "./failover.ts";
import { memoryRules } from "./memory.ts";
import { metricRules } from "./metrics.ts";
import { pipelineRules } from "./pipelines.ts";
import { queueRules } from "./queues.ts";
import { type Reading, read } from "./reading.ts";
import { referenceRules } from "./references.ts";
import { removedRules } from "./removed.ts";
import type { Context, Problem, Rule } from "./rule.ts";
import { samplingRules } from "./sampling.ts";
import { secretRules, secretsIn } from "./secrets.ts";
import { shapeRules } from "./shape.ts";
import { valueRules } from "./values.ts";

/** Everything that must hold of a Collector configuration. The Collector's own `validate` finds only some of it. */
export const rules: readonly Rule[] = [
  ...shapeRules,
  ...referenceRules,
  ...pipelineRules,
  ...extensionRules,
  ...removedRules,
  ...memoryRules,
  ...samplingRules,
  ...metricRules,
  ...queueRules,
  ...failoverRules,
  ...addressRules,
  ...secretRules,
  ...valueRules,
];

/**
 * Everything that is wrong with a configuration, in the order of the rules; empty when it is sound.
 * @param config A Collector configuration, also one of others in any shape. Never throws.
 * @param context What is known of the place where it runs. Default: nothing.
 */
export function judge(config: unknown, context: Context = {}): Problem[] {
  const reading = read(config);
  return rules.flatMap((rule) => findings(rule, reading, context));
}

/** What one rule finds. */
export function findings(rule: Rule, config: Reading, context: Context): Problem[] {
  const found = rule.check(config, context);
  // A rule about an address repeats it, with the login that may stand in it.
  const secrets = found.length > 0 ? secretsIn(config.written) : [];
  return found.map(({ path, message, fix }) => ({
    id: rule.id,
    severity: rule.severity,
    path,
    message: maskedIn(message, secrets),
    fix: fix === undefined ? rule.fix : maskedIn(fix, secrets),
  }));
}

/** A problem as one paragraph that ends with the line to write. */
export function describe({ id, path, message, fix }: Problem): string {
  return `${path} ${message} [${id}]. Write: ${fix}`;
}
