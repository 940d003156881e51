import type { Mutant } from "./mutants.ts";

/** Mutants that change nothing of meaning, or nothing that manifests alone can tell of: each class with its reason. */
export const meaningless: readonly { readonly reason: string; covers(mutant: Mutant): boolean }[] = [];
