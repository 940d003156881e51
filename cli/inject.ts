import { UserError } from "../common/errors.ts";
import { nearest } from "../common/nearest.ts";
import { injectDocuments, type Report } from "../instrumentation/documents/documents.ts";
import { parseArguments } from "./options.ts";
import { type NamedText, readTexts } from "./texts.ts";

const help = `Usage: throughline inject [options] FILE...|DIR|-

Injects OpenTelemetry into the workloads of Kubernetes manifests that opt in by annotation, with the result the OpenTelemetry
operator gives at admission, and prints the documents: multi-document YAML or JSON, comments and order kept. "-" reads standard input.
Instrumentation, Namespace, Secret and ConfigMap documents play the part they play in a cluster, and are the whole cluster.
Warnings and errors go to standard error, each with an id. Exits with 1 and prints no document when an injection has to be refused.

  --instrumentation FILE   more such documents, which are not printed; may be given several times
  --namespace NAME         namespace of objects that name none (default default)
  --keep-going             print the documents all the same, unchanged where refused; still exits with 1

  kubectl kustomize overlays/prod | throughline inject --instrumentation otel.yaml - | kubectl apply -f -`;

const text = { type: "string" } as const;
const options = {
  instrumentation: { type: "string", multiple: true },
  namespace: text,
  "keep-going": { type: "boolean" },
} as const;

/** `throughline inject`: resolves to the exit code. @throws UserError for wrong options, input that can't be read, and refusals. */
export async function injectCommand(argv: string[]): Promise<number> {
  refuseUnknown(argv);
  const parsed = parseArguments("inject", options, help, argv);
  if (!parsed) return 0;
  const { instrumentation = [], namespace = "default", "keep-going": keepGoing = false } = parsed.values;
  const problems: string[] = [];
  if (!/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(namespace)) {
    problems.push(
      `--namespace is ${JSON.stringify(namespace)}, which no namespace is called; write --namespace default`,
    );
  }
  if (parsed.positionals.length === 0) {
    problems.push("no file is named; write throughline inject FILE..., or - for standard input");
  }
  if ([...parsed.positionals, ...instrumentation].filter((path) => path === "-").length > 1) {
    problems.push("standard input can be read once only; write - once");
  }
  const read = (paths: readonly string[]): NamedText[] =>
    readTexts(paths).flatMap((one) => {
      if (typeof one !== "string") return [one];
      problems.push(one);
      return [];
    });
  if (problems.length > 0) throw new UserError(problems);
  const [texts, around] = [read(parsed.positionals), read(instrumentation)] as const;
  if (problems.length > 0) throw new UserError(problems);

  const result = injectDocuments({ texts, around, defaultNamespace: namespace });
  if (result.unreadable.length > 0) throw new UserError(result.unreadable);
  for (const warning of result.warnings) console.error(`warning: ${line(warning)}`);
  if (result.refused.length > 0 && !keepGoing) throw new UserError(result.refused.map(line));
  for (const refusal of result.refused) console.error(`error: ${line(refusal)}`);
  await print(joined(result.outputs));
  return result.refused.length > 0 ? 1 : 0;
}

function line({ file, document, object, message, id }: Report): string {
  return `${file}, document ${document}, ${object}: ${message} [${id}]`;
}

/** Unknown options by name, with the nearest one; the parser itself knows no nearest. */
function refuseUnknown(argv: readonly string[]): void {
  const known = [...Object.keys(options), "help"];
  const end = argv.indexOf("--");
  const names = (end === -1 ? argv : argv.slice(0, end)).flatMap((word) => /^--([^=]+)/.exec(word)?.[1] ?? []);
  const problems = names
    .filter((name) => !known.includes(name))
    .map((name) => {
      const meant = nearest(name, known);
      return `there is no option --${name}${meant === undefined ? "" : `; did you mean --${meant}?`} throughline inject --help lists the options`;
    });
  if (problems.length > 0) throw new UserError(problems);
}

/** The texts one after the other, still multi-document YAML: a mark between two where the second begins without one. */
export function joined(outputs: readonly string[]): string {
  let all = "";
  for (const output of outputs) {
    if (output.trim() === "" && outputs.length > 1) continue;
    if (all !== "") {
      if (!all.endsWith("\n")) all += "\n";
      if (!/^(#.*\r?\n|\s*\r?\n)*(---|%)/.test(output)) all += "---\n";
    }
    all += output;
  }
  return all;
}

/** Waits until all is written: a pipe takes long texts in parts, and the program ends right afterwards. */
function print(all: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (error?: NodeJS.ErrnoException | null) => {
      // Whoever reads may have read enough.
      if (error && error.code !== "EPIPE") reject(error);
      else resolve();
    };
    process.stdout.once("error", settle);
    process.stdout.write(all, settle);
  });
}
