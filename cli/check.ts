import { UserError } from "../common/errors.ts";
import { nearest } from "../common/nearest.ts";
import { rules } from "../policy/check.ts";
import { type Read, readDocuments } from "../policy/documents.ts";
import { applyExceptions, type Exception, readExceptions } from "../policy/exceptions.ts";
import { review } from "../policy/review.ts";
import { type Told, toSarif } from "../policy/sarif.ts";
import type { Rule } from "../policy/types.ts";
import { jsonReport, textReport } from "./check-report.ts";
import { parseArguments } from "./options.ts";
import { readTexts } from "./texts.ts";

const help = `Usage: throughline check [options] FILE...|DIR|-

Judges Collector configurations and Kubernetes manifests (Helm output, Lists and OpenTelemetryCollectors too) without a cluster.
All files are judged together, so that Services, pods and configurations can be related. "-" reads standard input.
Exits with 1 when it finds something.

  --output text|json|sarif      (default text)
  --exceptions FILE             findings that are put up with: a YAML list of {rule, object or file, reason, until: YYYY-MM-DD};
                                * stands for any characters. One that has ended excuses nothing
  --severity error|warning      tell only of errors, or of everything (default warning)
  --explain ID                  say what a rule wants and why, with an example
  --list                        print all ids

  helm template my-release my-chart | throughline check -`;

/** `throughline check`: resolves to the exit code. @throws UserError for wrong options and input that can't be read. */
export async function checkCommand(argv: string[]): Promise<number> {
  const text = { type: "string" } as const;
  const options = { output: text, severity: text, exceptions: text, explain: text, list: { type: "boolean" } } as const;
  const parsed = parseArguments("check", options, help, argv);
  if (!parsed) return 0;
  const { output = "text", severity = "warning", exceptions: exceptionsFile, explain, list } = parsed.values;
  if (list) {
    console.log(rules.map((rule) => `${rule.name.padEnd(32)}${rule.severity.padEnd(9)}${rule.description}`).join("\n"));
    return 0;
  }
  if (explain !== undefined) {
    console.log(explanation(ruleOf(explain)));
    return 0;
  }
  const problems: string[] = [];
  if (output !== "text" && output !== "json" && output !== "sarif") {
    problems.push(`--output is ${JSON.stringify(output)}; write --output text, json or sarif`);
  }
  if (severity !== "error" && severity !== "warning") {
    problems.push(`--severity is ${JSON.stringify(severity)}; write --severity error or --severity warning`);
  }
  if (parsed.positionals.length === 0) {
    problems.push("no file is named; write throughline check FILE..., or - for standard input");
  }
  if (problems.length > 0) throw new UserError(problems);

  const exceptions = exceptionsFile === undefined ? [] : exceptionsIn(exceptionsFile);
  const documents = readInputs(parsed.positionals);
  const all = review(documents);
  const { excepted, remarks } = applyExceptions(all, exceptions);
  const excuses = new Map(excepted.map(({ finding, exception }) => [finding, exception]));
  const found = all
    .filter((one) => severity === "warning" || one.severity === "error")
    .map((one): Told => ({ ...one, ...(excuses.has(one) && { exception: excuses.get(one)! }) }));
  for (const remark of remarks) console.error(`warning: ${remark}`);
  if (output === "sarif") console.log(JSON.stringify(toSarif(found, rules), null, 2));
  else console.log(output === "json" ? jsonReport(documents, found, remarks) : textReport(documents, found));
  return found.some(({ exception }) => exception === undefined) ? 1 : 0;
}

/** @throws UserError with everything that is wrong with the file */
function exceptionsIn(file: string): Exception[] {
  const [one] = readTexts([file]);
  if (one === undefined || typeof one === "string" || one.inFolder) {
    throw new UserError([`--exceptions is ${file}, which can't be read. Write: --exceptions with the name of a file`]);
  }
  const { exceptions, problems } = readExceptions(
    one.name,
    one.text,
    rules.map(({ name }) => name),
  );
  if (problems.length > 0) throw new UserError(problems);
  return exceptions;
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
        problems.push(`${one.file}, document ${one.document}: ${one.reason}. Write: ${one.fix}`);
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
