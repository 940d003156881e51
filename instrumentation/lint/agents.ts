import type { LintRule } from "./rule.ts";

export const agentRules: readonly LintRule[] = [];
