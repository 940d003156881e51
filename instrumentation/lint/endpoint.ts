import type { LintRule } from "./rule.ts";

export const endpointRules: readonly LintRule[] = [];
