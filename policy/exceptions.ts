import { posix } from "node:path";
import { nearest } from "../common/nearest.ts";
import { fields, isObject } from "../common/objects.ts";
import { parseYaml, valueIn } from "../common/yaml.ts";

/** Findings of one rule that are known and put up with until a day. */
export interface Exception {
  /** Name of the rule, such as `image-pinned`. */
  readonly rule: string;
  /** `Kind namespace/name`; `*` stands for any characters, such as in `ConfigMap traces/otel-agent-*`. Default: any object. */
  readonly object?: string;
  /** The file that the object comes from, as a report names it; `*` as above. Default: any file. */
  readonly file?: string;
  /** Why, for those who come later. */
  readonly reason: string;
  /** The last day, `YYYY-MM-DD`. */
  readonly until: string;
  /** Where it stands, for people. */
  readonly place: string;
}

/** What an exception may fit. */
export interface Subject {
  /** Name of the rule. */
  readonly id: string;
  /** `Kind namespace/name`; null where there is no object. */
  readonly object: string | null;
  /** Where it comes from. Default: from no file. */
  readonly file?: string;
}

/** Findings after exceptions. */
export interface Excepted<T extends Subject> {
  /** What no exception excuses. */
  readonly standing: readonly T[];
  readonly excepted: readonly { readonly finding: T; readonly exception: Exception }[];
  /** What is to be said of the exceptions themselves: those that ended, and those that excuse nothing. A sentence each. */
  readonly remarks: readonly string[];
}

const keys = ["rule", "object", "file", "reason", "until"] as const;
const example =
  '- {rule: image-pinned, object: Deployment shop/web, reason: "the vendor has no tags", until: 2027-06-30}';

/**
 * Reads a file of exceptions: a YAML list of `{rule, object or file, reason, until}`.
 * @param file Only to name the text in problems.
 * @param known Names of all rules.
 * @returns the exceptions, and what is wrong with them, a sentence each
 */
export function readExceptions(
  file: string,
  text: string,
  known: readonly string[],
): { exceptions: Exception[]; problems: string[] } {
  // No manifest but a file of ours, in which `no` may be a name.
  const { documents, problems } = parseYaml(file, text, "check", {});
  if (problems.length > 0) return { exceptions: [], problems };
  if (documents.length > 1) {
    return { exceptions: [], problems: [`${file} has ${documents.length} documents. Write: one list in one document`] };
  }
  let value: unknown;
  try {
    value = documents[0] && valueIn(documents[0]);
  } catch {
    return { exceptions: [], problems: [`${file} has aliases that lead nowhere. Write: the values themselves`] };
  }
  return parseExceptions(file, value ?? [], known);
}

/** The same for a list that was read already. */
export function parseExceptions(
  file: string,
  value: unknown,
  known: readonly string[],
): { exceptions: Exception[]; problems: string[] } {
  if (!Array.isArray(value)) {
    return { exceptions: [], problems: [`${file} is no list of exceptions. Write: ${example}`] };
  }
  const problems: string[] = [];
  const exceptions = value.flatMap((one: unknown, index) => {
    const place = `${file}, entry ${index + 1}`;
    const found = problemsOf(one, known);
    problems.push(...found.map((problem) => `${place}: ${problem}`));
    if (found.length > 0) return [];
    const { rule, object, file: of, reason, until } = fields(one) as Record<string, string>;
    return [
      {
        ...{ rule, reason, until, place },
        ...(object !== undefined && { object }),
        ...(of !== undefined && { file: of }),
      } as Exception,
    ];
  });
  return { exceptions, problems };
}

function problemsOf(one: unknown, known: readonly string[]): string[] {
  if (!isObject(one)) return [`is ${JSON.stringify(one)}, not an exception. Write: ${example}`];
  const problems: string[] = [];
  for (const key of Object.keys(one).filter((key) => !keys.some((known) => known === key))) {
    const meant = nearest(key, keys);
    problems.push(
      `${key} is not known; ${meant ? `did you mean ${meant}?` : `allowed: ${keys.join(", ")}.`} Write: ${meant ?? "nothing"}`,
    );
  }
  const { rule, object, file, reason, until } = one;
  if (typeof rule !== "string" || !known.includes(rule)) {
    const meant = typeof rule === "string" ? (nearest(rule, known) ?? nearest(`collector-${rule}`, known)) : undefined;
    const said = rule === undefined ? "rule is missing" : `rule is ${JSON.stringify(rule)}, which is no rule`;
    problems.push(
      `${said}; ${meant ? `did you mean ${meant}?` : "throughline check --list names them all."} Write: rule: ${meant ?? "image-pinned"}`,
    );
  }
  if (object === undefined && file === undefined) {
    problems.push("neither object nor file is named. Write: object: Deployment shop/web, or file: manifests/web.yaml");
  }
  for (const [key, value] of Object.entries({ object, file })) {
    if (value !== undefined && (typeof value !== "string" || value.trim() === "")) {
      problems.push(
        `${key} is ${JSON.stringify(value)}. Write: ${key}: ${key === "file" ? "manifests/web.yaml" : "Deployment shop/web"}`,
      );
    }
  }
  if (typeof reason !== "string" || reason.trim() === "") {
    problems.push(
      `reason is ${reason === undefined ? "missing" : JSON.stringify(reason)}. Write: reason: "why this is put up with"`,
    );
  }
  if (typeof until !== "string" || !isDay(until)) {
    problems.push(
      `until is ${until === undefined ? "missing" : JSON.stringify(until)}; allowed: a day. Write: until: 2027-06-30`,
    );
  }
  return problems;
}

function isDay(text: string): boolean {
  const time = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

/** Today in UTC, as an exception writes it. */
export function today(): string {
  return new Date().toISOString().slice(0, 10);
}

/**
 * Takes out what exceptions excuse. One that has ended excuses nothing any more.
 * @param day `YYYY-MM-DD`. Default: today.
 */
export function applyExceptions<T extends Subject>(
  findings: readonly T[],
  exceptions: readonly Exception[],
  day: string = today(),
): Excepted<T> {
  const [running, ended] = [
    exceptions.filter(({ until }) => until >= day),
    exceptions.filter(({ until }) => until < day),
  ];
  const used = new Set<Exception>();
  const standing: T[] = [];
  const excepted: { finding: T; exception: Exception }[] = [];
  for (const finding of findings) {
    const fitting = running.filter((exception) => fits(exception, finding));
    for (const one of fitting) used.add(one);
    const [exception] = fitting;
    if (exception === undefined) standing.push(finding);
    else excepted.push({ finding, exception });
  }
  const remarks = [
    ...ended.map(
      (one) => `${described(one)} ended on ${one.until}. Write: nothing in its place, and mend what it excused`,
    ),
    ...running
      .filter((one) => !used.has(one))
      .map((one) => `${described(one)} excuses nothing. Write: nothing in its place`),
  ];
  return { standing, excepted, remarks };
}

function described({ place, rule, object, file }: Exception): string {
  return `${place}: the exception of ${object ?? file} from ${rule}`;
}

function fits({ rule, object, file }: Exception, finding: Subject): boolean {
  if (rule !== finding.id) return false;
  if (object !== undefined && (finding.object === null || !matches(object, finding.object))) return false;
  if (file === undefined) return true;
  return finding.file !== undefined && matches(posix.normalize(file), posix.normalize(finding.file));
}

function matches(pattern: string, text: string): boolean {
  const parts = pattern.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`, "s").test(text);
}
