import type { Manifest } from "../../policy/types.ts";

/** What an outside judge found wrong with an object. */
export interface Finding {
  readonly judge: Judge;
  /** The judge's own id of the rule. */
  readonly rule: string;
  /** See `objectName`. */
  readonly object: string;
  readonly message: string;
}

export type Judge = "monokle" | "kube-score" | "checkov";

/** Findings that were looked at and stay. */
export interface Accepted {
  /** Rules that say the same, each as `judge rule`. */
  readonly rules: readonly `${Judge} ${string}`[];
  /** Each of them must be found by each of the rules in some stack; `every` is for rules that no object could keep. */
  readonly objects: readonly string[] | "every";
  readonly reason: string;
}

/** `Kind name`, without the hash of the content at the end of a ConfigMap's name. */
export function objectName({ kind, metadata }: Pick<Manifest, "kind" | "metadata">): string {
  return `${kind} ${metadata.name.replace(/-[0-9a-f]{10}$/, "")}`;
}

/** Findings of some judges that nobody has accepted, and what was accepted of them but is not found any more; a sentence each. */
export function verdict(
  judges: readonly Judge[],
  found: readonly Finding[],
  accepted: readonly Accepted[],
): readonly string[] {
  const key = (rule: string, object: string) => `${rule}: ${object}`;
  const ruleOf = ({ judge, rule }: Finding) => `${judge} ${rule}`;
  const listed = accepted
    .flatMap(({ rules, objects }) => rules.map((rule) => ({ rule, objects })))
    .filter(({ rule }) => judges.some((judge) => rule.startsWith(`${judge} `)));
  const known = new Set(
    listed.flatMap(({ rule, objects }) => (objects === "every" ? [rule] : objects.map((one) => key(rule, one)))),
  );
  const seen = new Set(found.flatMap((one) => [ruleOf(one), key(ruleOf(one), one.object)]));
  const fresh = found
    .filter((one) => !known.has(ruleOf(one)) && !known.has(key(ruleOf(one), one.object)))
    .map((one) => `${key(ruleOf(one), one.object)}: ${one.message}`);
  const stale = [...known].filter((one) => !seen.has(one)).map((one) => `${one} is accepted, but found no more`);
  return [...new Set([...fresh, ...stale])].sort();
}
