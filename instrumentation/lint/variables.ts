import type { LintRule } from "./rule.ts";

export const variableRules: readonly LintRule[] = [];
