import { lintRules } from "./lint.ts";
import { refusals } from "./refusals.ts";

/** The page of the documentation that says which way to lose a trace is caught by which id, in Markdown. */
export function lintPage(): string {
  const all = [...refusals.map((refusal) => ({ ...refusal, severity: "error" as const, why: "" })), ...lintRules];
  const table = all.flatMap(({ id, catches }) => catches.map((way) => `| ${way} | [\`${id}\`](#${id}) |`));
  const sections = all.map(
    ({ id, severity, title, why }) => `### ${id}\n\n${severity}. ${title}${why === "" ? "" : ` ${why}`}\n`,
  );
  return [
    "# What lint finds in annotated workloads",
    "",
    "Every finding has one of these ids and ends with the line to write. Errors of injection itself refuse it; the others are warnings in `pulumi up`",
    "and in `throughline inject`. This page is written by `instrumentation/lint/page.ts`.",
    "",
    "| way to lose a trace | caught by |",
    "|---|---|",
    ...table,
    "",
    ...sections,
  ].join("\n");
}
