import { readFileSync } from "node:fs";
import { expect } from "vitest";
import { UserError } from "../common/errors.ts";
import { nearest } from "../common/nearest.ts";
import { check, report, rules } from "./check.ts";
import { applyExceptions, type Exception, parseExceptions, readExceptions } from "./exceptions.ts";
import type { Manifest, Rule, Violation } from "./types.ts";

/** What `toSatisfyPolicies` may be told. */
export interface PolicyOptions {
  /** Names of rules to leave out. Default: none. */
  readonly without?: readonly string[];
  /** `error` lets warnings pass. Default: warning. */
  readonly severity?: "error" | "warning";
  /** Findings that are put up with: the path of a file as `throughline check --exceptions` takes it, or its entries. Default: none. */
  readonly exceptions?: string | readonly Omit<Exception, "place">[];
  /** The day that exceptions are held against, `YYYY-MM-DD`. Default: today. */
  readonly today?: string;
  /** Rules to ask, also ones of your own. Default: all of policy/check.ts. */
  readonly rules?: readonly Rule[];
}

/** A rendering, or objects as they would be applied. */
export type Judged = { readonly manifests: readonly Manifest[] } | readonly Manifest[];

declare module "vitest" {
  interface Matchers<R extends void | Promise<void>> {
    /**
     * Passes when the objects keep every rule: `expect(await render(program)).toSatisfyPolicies()`.
     * An exception that has ended or excuses nothing fails it too.
     */
    toSatisfyPolicies(options?: PolicyOptions): R;
  }
}

expect.extend({
  toSatisfyPolicies(received: unknown, options: PolicyOptions = {}) {
    const { violations, remarks } = judge(manifestsOf(received), options);
    const count = violations.length === 1 ? "1 finding" : `${violations.length} findings`;
    return {
      pass: violations.length === 0 && remarks.length === 0,
      message: () =>
        violations.length === 0 && remarks.length === 0
          ? "expected some policy to find something, but none did"
          : [
              `expected all policies to be satisfied: ${count}`,
              ...(violations.length > 0 ? [report(violations)] : []),
              ...remarks,
              ...(violations[0] ? [`Why: throughline check --explain ${violations[0].rule}`] : []),
            ].join("\n"),
    };
  },
});

function judge(
  manifests: readonly Manifest[],
  { without = [], severity = "warning", exceptions = [], today, rules: asked = rules }: PolicyOptions,
): { violations: Violation[]; remarks: readonly string[] } {
  const names = asked.map(({ name }) => name);
  const { exceptions: read, problems } =
    typeof exceptions === "string"
      ? readExceptions(exceptions, readFileSync(exceptions, "utf8"), names)
      : parseExceptions("exceptions", exceptions, names);
  const unknown = without
    .filter((name) => !names.includes(name))
    .map((name) => {
      const meant = nearest(name, names);
      return `without has ${JSON.stringify(name)}, which is no rule. Write: ${meant ? JSON.stringify(meant) : "one of throughline check --list"}`;
    });
  if (problems.length + unknown.length > 0) throw new UserError([...unknown, ...problems]);
  const found = check(
    manifests,
    asked.filter(({ name }) => !without.includes(name)),
  ).map((violation) => ({ ...violation, id: violation.rule }));
  // An object here comes from no file, so what is for a file is for somebody else.
  const { standing, remarks } = applyExceptions(
    found,
    read.filter(({ file }) => file === undefined),
    today,
  );
  return { violations: standing.filter((one) => severity === "warning" || one.severity === "error"), remarks };
}

function manifestsOf(received: unknown): readonly Manifest[] {
  const list = Array.isArray(received) ? received : (received as { manifests?: unknown } | null)?.manifests;
  if (!Array.isArray(list)) {
    throw new UserError([
      "toSatisfyPolicies is for a rendering or a list of manifests. Write: expect(await render(program)).toSatisfyPolicies()",
    ]);
  }
  return list as readonly Manifest[];
}
