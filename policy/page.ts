import { page, ruleLink, ruleSection, table } from "../common/rule-page.ts";
import { groups } from "./check.ts";
import type { Rule } from "./types.ts";

/** The page of the documentation with every rule for manifests, why it is there, and both examples, in Markdown. */
export function policiesPage(): string {
  const count = groups.reduce((sum, { rules }) => sum + rules.length, 0);
  return page(
    "Rules for manifests",
    [
      `The ${count} rules that \`throughline check\` and our own tests hold manifests to, ours and those of others (Helm output too). All manifests of a stack are judged`,
      "together, so that they can be related; what is not among them may be in the cluster, and no rule guesses it. Every finding has one of these ids and ends",
      "with the line to write. `error`: something does not start, or data is lost, falsified or shown to others. `warning`: it works, with a known weakness.",
      "`throughline check --explain ID` prints the same. This page is written by `policy/page.ts`.",
    ],
    groups.flatMap(({ title, rules }) => [
      [`## ${title}`],
      table(
        ["what must hold", "rule"],
        rules.map(({ name, description }) => [cell(description), ruleLink(name)]),
      ),
      ...rules.map(section),
    ]),
  );
}

function section({ name, severity, description, why, source, example }: Rule): string[] {
  return [
    ...ruleSection({ id: name, severity, title: description, why }),
    "",
    "```yaml",
    "# wrong",
    example.wrong.trim(),
    "# right",
    example.right.trim(),
    "```",
    "",
    `See <${source}>.`,
  ];
}

/** A text in a table, whose columns a bar would end. */
function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}
