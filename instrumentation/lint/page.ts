import { page, ruleLink, ruleSection, table } from "../../common/rule-page.ts";
import { lintRules } from "./lint.ts";
import { refusals } from "./refusals.ts";

/** The page of the documentation that says which way to lose a trace is caught by which id, in Markdown. */
export function lintPage(): string {
  const all = [...refusals.map((refusal) => ({ ...refusal, severity: "error" as const, why: "" })), ...lintRules];
  const rows = all.flatMap(({ id, catches }) => catches.map((way) => [way, ruleLink(id)] as const));
  return page(
    "What lint finds in annotated workloads",
    [
      "Every finding has one of these ids and ends with the line to write. Errors of injection itself refuse it; the others are warnings in `pulumi up`",
      "and in `throughline inject`. This page is written by `instrumentation/lint/page.ts`.",
    ],
    [table(["way to lose a trace", "caught by"], rows), ...all.map(ruleSection)],
  );
}
