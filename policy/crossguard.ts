import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { StackValidationArgs, StackValidationPolicy } from "@pulumi/policy";
import { fields } from "../common/objects.ts";
import { nameOf, rules } from "./check.ts";
import { type Analysis, analyze, type Standing } from "./crossguard-analysis.ts";
import { type Exception, parseExceptions, readExceptions } from "./exceptions.ts";
import type { Rule } from "./types.ts";

/** Name of the policy that judges the exceptions; its configuration holds them. */
export const exceptionsPolicy = "exceptions";

export interface PackOptions {
  /** Default: all of policy/check.ts. */
  readonly checked?: readonly Rule[];
  /** The folder to which a path in the pack's configuration is relative. Default: the working directory. */
  readonly startedIn?: string;
}

/**
 * Every rule as a policy of a CrossGuard pack, and first one that takes the exceptions. All look at the whole stack, so they speak at the end
 * of a preview, before anything is applied. An error is mandatory and a warning advisory, which the pack's configuration may change.
 * @see https://www.pulumi.com/docs/insights/policy/policy-packs/
 */
export function policies({ checked = rules, startedIn = process.cwd() }: PackOptions = {}): StackValidationPolicy[] {
  let current: { analysis: Analysis; urns: string; asked: Set<string> } | undefined;
  /** Policies are asked one after another about the same stack, each with a copy of its own of all resources. */
  const analysisFor = (name: string, { resources }: StackValidationArgs): Analysis => {
    const urns = resources.map(({ urn }) => urn).join("\n");
    if (current === undefined || current.urns !== urns || current.asked.has(name)) {
      current = { analysis: analyze(resources, checked), urns, asked: new Set() };
    }
    current.asked.add(name);
    return current.analysis;
  };
  return [
    {
      name: exceptionsPolicy,
      description:
        "Every exception names a rule, an object, a reason and a day that has not passed, and excuses something.",
      enforcementLevel: "advisory",
      severity: "low",
      configSchema: {
        properties: {
          file: { type: "string", description: "A file as throughline check --exceptions takes it." },
          list: { type: "array", description: "Exceptions themselves: rule, object, reason, until." },
        },
      },
      validateStack: (args, report) => {
        const { exceptions, problems } = configured(args.getConfig(), startedIn, checked);
        // What is for a file is for somebody else: a resource comes from none.
        const { remarks } = analysisFor(exceptionsPolicy, args).except(
          exceptions.filter(({ file }) => file === undefined),
        );
        for (const sentence of [...problems, ...remarks]) report(sentence);
      },
    },
    ...checked.map(
      (rule): StackValidationPolicy => ({
        name: rule.name,
        description: `${rule.description} ${rule.why}`,
        enforcementLevel: rule.severity === "error" ? "mandatory" : "advisory",
        severity: rule.severity === "error" ? "high" : "medium",
        remediationSteps: `Write, for example:\n${rule.example.right}`,
        url: rule.source,
        validateStack: (args, report) => {
          const standing = analysisFor(rule.name, args).standing.filter(({ id }) => id === rule.name);
          for (const one of standing) report(sentence(one), one.urn);
        },
      }),
    ),
  ];
}

function sentence({ id, finding: { object, path, message, fix } }: Standing): string {
  return `${nameOf(object)}: ${path === undefined ? "" : `${path} `}${message} [${id}]. Write: ${fix}`;
}

function configured(
  config: object,
  startedIn: string,
  checked: readonly Rule[],
): { exceptions: Exception[]; problems: string[] } {
  const { file, list } = fields(config) as { file?: string; list?: unknown[] };
  const names = checked.map(({ name }) => name);
  const all = [
    ...(file ? [fromFile(resolve(startedIn, file), names)] : []),
    ...(list ? [parseExceptions("the pack's configuration", list, names)] : []),
  ];
  return {
    exceptions: all.flatMap(({ exceptions }) => exceptions),
    problems: all.flatMap(({ problems }) => problems),
  };
}

function fromFile(file: string, names: readonly string[]): { exceptions: Exception[]; problems: string[] } {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    return {
      exceptions: [],
      problems: [
        `exceptions.file is ${file}, which can't be read. Write: {"exceptions": {"file": "/path/of/exceptions.yaml"}}`,
      ],
    };
  }
  return readExceptions(file, text, names);
}
