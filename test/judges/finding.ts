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
  const ofThese = accepted.map((entry) => ({
    ...entry,
    rules: entry.rules.filter((rule) => judges.some((judge) => rule.startsWith(`${judge} `))),
  }));
  const seen = new Set(found.flatMap((one) => [ruleOf(one), key(ruleOf(one), one.object)]));
  const stale = [...keysOf(ofThese)]
    .filter((one) => !seen.has(one))
    .map((one) => `${one} is accepted, but found no more`);
  return [...unaccepted(found, accepted), ...stale].sort();
}

/** Findings that nobody has accepted; a sentence each. */
export function unaccepted(found: readonly Finding[], accepted: readonly Accepted[]): string[] {
  const known = keysOf(accepted);
  const fresh = found
    .filter((one) => !known.has(ruleOf(one)) && !known.has(key(ruleOf(one), one.object)))
    .map((one) => `${key(ruleOf(one), one.object)}: ${one.message}`);
  return [...new Set(fresh)];
}

const key = (rule: string, object: string) => `${rule}: ${object}`;
const ruleOf = ({ judge, rule }: Finding) => `${judge} ${rule}`;

function keysOf(accepted: readonly Accepted[]): Set<string> {
  return new Set(
    accepted.flatMap(({ rules, objects }) =>
      rules.flatMap((rule) => (objects === "every" ? [rule] : objects.map((one) => key(rule, one)))),
    ),
  );
}
