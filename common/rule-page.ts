/** A rule as a page of the documentation shows it. */
export interface Described {
  /** Its stable id, which is also the section's heading. */
  readonly id: string;
  readonly severity: "error" | "warning";
  /** What must hold, as a sentence. */
  readonly title: string;
  /** What happens otherwise, as a sentence; may be empty. */
  readonly why: string;
}

/** A page of the documentation that is written by a program, in Markdown: heading, introduction and parts, with an empty line between them. */
export function page(title: string, introduction: readonly string[], parts: readonly (readonly string[])[]): string {
  return [`# ${title}`, "", ...introduction, "", ...parts.flatMap((part) => [...part, ""])]
    .join("\n")
    .trimEnd()
    .concat("\n");
}

/** A table of two columns, one row for each pair. */
export function table(heading: readonly [string, string], rows: readonly (readonly [string, string])[]): string[] {
  return [`| ${heading.join(" | ")} |`, "|---|---|", ...rows.map((row) => `| ${row.join(" | ")} |`)];
}

/** A link to the section of a rule on the same page. */
export function ruleLink(id: string): string {
  return `[\`${id}\`](#${id})`;
}

/** The section of a rule. */
export function ruleSection({ id, severity, title, why }: Described): string[] {
  return [`### ${id}`, "", `${severity}. ${title}${why === "" ? "" : ` ${why}`}`];
}
