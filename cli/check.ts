import { UserError } from "../common/errors.ts";
import { nearest } from "../common/nearest.ts";
import { rules } from "../policy/check.ts";
import { type Read, readDocuments } from "../policy/documents.ts";
import { type Reviewed, review } from "../policy/review.ts";
import type { Rule } from "../policy/types.ts";
import { parseArguments } from "./options.ts";
import { readTexts } from "./texts.ts";

const help = `Usage: throughline check [options] FILE...|DIR|-

Judges Collector configurations and Kubernetes manifests (Helm output, Lists and OpenTelemetryCollectors too) without a cluster.
All files are judged together, so that Services, pods and configurations can be related. "-" reads standard input.
Exits with 1 when it finds something.

  --output text|json            (default text)
  --severity error|warning      tell only of errors, or of everything (default warning)
  --explain ID                  say what a rule wants and why, with an example
  --list                        print all ids

  helm template my-release my-chart | throughline check -`;

/** `throughline check`: resolves to the exit code. @throws UserError for wrong options and input that can't be read. */
export async function checkCommand(argv: string[]): Promise<number> {
  const text = { type: "string" } as const;
  const options = { output: text, severity: text, explain: text, list: { type: "boolean" } } as const;
  const parsed = parseArguments("check", options, help, argv);
  if (!parsed) return 0;
  const { output = "text", severity = "warning", explain, list } = parsed.values;
  if (list) {
    console.log(rules.map((rule) => `${rule.name.padEnd(32)}${rule.severity.padEnd(9)}${rule.description}`).join("\n"));
    return 0;
  }
  if (explain !== undefined) {
    console.log(explanation(ruleOf(explain)));
    return 0;
  }
  const problems: string[] = [];
  if (output !== "text" && output !== "json") {
    problems.push(`--output is ${JSON.stringify(output)}; write --output text or --output json`);
  }
  if (severity !== "error" && severity !== "warning") {
    problems.push(`--severity is ${JSON.stringify(severity)}; write --severity error or --severity warning`);
  }
  if (parsed.positionals.length === 0) {
    problems.push("no file is named; write throughline check FILE..., or - for standard input");
  }
  if (problems.length > 0) throw new UserError(problems);

  const documents = readInputs(parsed.positionals);
  const found = review(documents).filter((one) => severity === "warning" || one.severity === "error");
  console.log(output === "json" ? jsonReport(documents, found) : textReport(documents, found));
  return found.length > 0 ? 1 : 0;
}

/** Every document of the files and folders. @throws UserError that lists all that can't be read. */
export function readInputs(paths: readonly string[], standardInput?: () => string): Read[] {
  const problems: string[] = [];
  const documents: Read[] = [];
  for (const one of readTexts(paths, standardInput)) {
    if (typeof one === "string") {
      problems.push(one);
      continue;
    }
    const { name, text, inFolder } = one;
    const { read, problems: unreadable } = readDocuments(name, text);
    problems.push(...unreadable);
    documents.push(...read);
    if (inFolder || unreadable.length > 0) continue;
    // A file that was named must be judged; in a folder others may lie beside.
    for (const one of read) {
      if (one.kind === "other")
        problems.push(`${one.file}, document ${one.document}: ${one.reason}. Write: the name of one that is`);
    }
    if (read.length === 0) problems.push(`${name} is empty. Write: a Collector configuration or manifests`);
  }
  if (problems.length > 0) throw new UserError(problems);
  return documents;
}

/** @throws UserError with the nearest name for an id that no rule has. */
function ruleOf(id: string): Rule {
  const found = rules.find(({ name }) => name === id) ?? rules.find(({ name }) => name === `collector-${id}`);
  if (found) return found;
  const names = rules.map(({ name }) => name);
  const meant = nearest(id, names) ?? nearest(`collector-${id}`, names);
  throw new UserError([
    `--explain is ${JSON.stringify(id)}, which is no rule; write ${meant ? `--explain ${meant}` : "throughline check --list"}`,
  ]);
}

function explanation({ name, severity, description, why, source, example }: Rule): string {
  const indented = (yaml: string) => yaml.replace(/^/gm, "    ");
  return `${name} (${severity})
${description} ${why}

  wrong:
${indented(example.wrong)}

  right:
${indented(example.right)}

${source}`;
}

function textReport(documents: readonly Read[], found: readonly Reviewed[]): string {
  const lines: string[] = [];
  let before = "";
  for (const { id, severity, file, document, object, path, message, fix } of found) {
    const place = `${file}, document ${document}${object === null ? "" : `, ${object}`}`;
    if (place !== before) lines.push(place);
    before = place;
    lines.push(`  ${severity}: ${path === null ? "" : `${path} `}${message} [${id}]`, `    Write: ${fix}`);
  }
  const other = documents.filter(({ kind }) => kind === "other");
  for (const { file, document } of other) lines.push(`${file}, document ${document}: not judged`);
  const errors = found.filter(({ severity }) => severity === "error").length;
  const summary = `${count(documents.length - other.length, "document")} judged: ${count(errors, "error")}, ${count(found.length - errors, "warning")}`;
  const [first] = found;
  return [...lines, summary, ...(first ? [`Why: throughline check --explain ${first.id}`] : [])].join("\n");
}

function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? "" : "s"}`;
}

/**
 * `{judged, errors, warnings, findings, notJudged}`: numbers, then a list of `Reviewed` in the order of the documents
 * (`id`, `severity`, `file`, `document`, `object` or null, `path` or null, `message`, `fix`), then a list of `{file, document, reason}`.
 */
function jsonReport(documents: readonly Read[], findings: readonly Reviewed[]): string {
  const notJudged = documents.flatMap((one) =>
    one.kind === "other" ? [{ file: one.file, document: one.document, reason: one.reason }] : [],
  );
  const errors = findings.filter(({ severity }) => severity === "error").length;
  const judged = documents.length - notJudged.length;
  return JSON.stringify({ judged, errors, warnings: findings.length - errors, findings, notJudged }, null, 2);
}
