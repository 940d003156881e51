import { UserError } from "../../../common/errors.ts";
import { parseSettings } from "../../../infra/settings/settings.ts";

/** A kubeconfig with these contexts. */
export const found =
  (...names: string[]) =>
  () => ({ where: "~/.kube/config", names, problem: "no kubeconfig with contexts at ~/.kube/config" });

/** What is wrong with a configuration; empty when it can be read. */
export function problemsOf(raw: Record<string, string>, contexts?: ReturnType<typeof found>): readonly string[] {
  try {
    parseSettings(raw, contexts);
    return [];
  } catch (error) {
    if (error instanceof UserError) return error.problems;
    throw error;
  }
}
