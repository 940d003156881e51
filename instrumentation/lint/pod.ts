import type { LintRule } from "./rule.ts";

export const podRules: readonly LintRule[] = [];
