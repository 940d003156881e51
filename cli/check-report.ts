import type { Read } from "../policy/documents.ts";
import type { Told } from "../policy/sarif.ts";

/** What was found, for people. */
export function textReport(documents: readonly Read[], found: readonly Told[]): string {
  const lines: string[] = [];
  let before = "";
  for (const { id, severity, file, document, object, path, message, fix, exception } of found) {
    const place = `${file}, document ${document}${object === null ? "" : `, ${object}`}`;
    if (place !== before) lines.push(place);
    before = place;
    const what = `${path === null ? "" : `${path} `}${message} [${id}]`;
    if (exception === undefined) lines.push(`  ${severity}: ${what}`, `    Write: ${fix}`);
    else lines.push(`  excepted until ${exception.until}: ${what}`, `    Reason: ${exception.reason}`);
  }
  const other = documents.filter(({ kind }) => kind === "other");
  for (const { file, document } of other) lines.push(`${file}, document ${document}: not judged`);
  const { errors, warnings, excepted } = counts(found);
  const summary = `${count(documents.length - other.length, "document")} judged: ${count(errors, "error")}, ${count(warnings, "warning")}${excepted > 0 ? `, ${excepted} excepted` : ""}`;
  const first = found.find(({ exception }) => exception === undefined);
  return [...lines, summary, ...(first ? [`Why: throughline check --explain ${first.id}`] : [])].join("\n");
}

/**
 * `{judged, errors, warnings, findings, excepted, remarks, notJudged}`: numbers, then a list of `Reviewed` in the order of the documents
 * (`id`, `severity`, `file`, `document`, `line`, `object` or null, `path` or null, `message`, `fix`), the same of what exceptions excuse with
 * `reason` and `until`, what is to be said of the exceptions, and a list of `{file, document, reason}`.
 */
export function jsonReport(documents: readonly Read[], found: readonly Told[], remarks: readonly string[]): string {
  const notJudged = documents.flatMap((one) =>
    one.kind === "other" ? [{ file: one.file, document: one.document, reason: one.reason }] : [],
  );
  const { errors, warnings } = counts(found);
  const judged = documents.length - notJudged.length;
  const findings = found.filter(({ exception }) => exception === undefined);
  const excepted = found.flatMap(({ exception, ...finding }) =>
    exception === undefined ? [] : [{ ...finding, reason: exception.reason, until: exception.until }],
  );
  return JSON.stringify({ judged, errors, warnings, findings, excepted, remarks, notJudged }, null, 2);
}

function counts(found: readonly Told[]): { errors: number; warnings: number; excepted: number } {
  const standing = found.filter(({ exception }) => exception === undefined);
  const errors = standing.filter(({ severity }) => severity === "error").length;
  return { errors, warnings: standing.length - errors, excepted: found.length - standing.length };
}

function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? "" : "s"}`;
}
