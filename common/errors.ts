/**
 * A mistake of the user's, or a condition only the user can change. Entry points print its message without a stack trace and exit with 1.
 *
 * Each problem is one sentence or short paragraph that names the setting, the value got, what is allowed and the line to write.
 */
export class UserError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.length === 1 ? problems[0] : problems.map((problem) => `- ${problem}`).join("\n"));
    this.name = "UserError";
    this.problems = problems;
  }
}
