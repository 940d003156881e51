import { existsSync, readFileSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { UserError } from "../common/errors.ts";
import { withFiles } from "../common/files.ts";
import { shellWord } from "../common/shell.ts";
import { program } from "../infra/program.ts";
import { jumpProblems, keptData, readSecrets, secretsText, withEarlier } from "../infra/render/kept-secrets.ts";
import { keyOf, render } from "../infra/render/render.ts";
import { type Rendered, renderFiles } from "../infra/render/rendered.ts";
import { createLine, namedSecrets } from "../infra/settings/named-secrets.ts";
import { parseSettings, type Settings } from "../infra/settings/settings.ts";
import { readStackConfig, settingTexts, withValues } from "../infra/settings/stack-config.ts";
import { certificateGeneration } from "../infra/tier-tls.ts";
import type { Manifest } from "../policy/types.ts";
import { parseArguments, settings as settingsOf } from "./options.ts";
import { inspectFolder, makeFolder, uninterrupted, writeFolder, writePrivately } from "./own-folder.ts";

const help = `Usage: throughline render DIR [--profile laptop|standard|production] [--set KEY=VALUE ...] [--stack NAME] [--secrets FILE]

Writes every Kubernetes object of the stack into DIR, one file each, for kubectl apply -f DIR, Argo CD or Flux. No cluster and no Pulumi CLI
is needed. The same settings give the same bytes; files of an earlier run that no longer belong are removed, others are never touched.

  --set KEY=VALUE   the same keys as \`pulumi config\`; the README lists them
  --stack NAME      start from the settings in Pulumi.NAME.yaml
  --secrets FILE    write the Secrets to this file, in plain text, and keep the certificates in it for the next run; outside DIR.
                    Without it no Secret is written

  throughline render deploy/traces --set profile=standard --set operator.namespaces='["shop"]' --secrets ~/traces-secrets.yaml`;

/** `throughline render`: resolves to the exit code. @throws UserError with every problem, before anything is written. */
export async function renderCommand(argv: string[]): Promise<number> {
  const text = { type: "string" } as const;
  const options = { profile: text, stack: text, secrets: text, set: { type: "string", multiple: true } } as const;
  const parsed = parseArguments("render", options, help, argv);
  if (!parsed) return 0;
  const { profile, stack, secrets: secretsFile, set = [] } = parsed.values;
  const [folder, ...more] = parsed.positionals;
  if (folder === undefined || more.length > 0) {
    throw new UserError([
      `${folder === undefined ? "no" : "more than one"} folder is named; write throughline render DIR`,
    ]);
  }
  if (folder === "")
    throw new UserError(['DIR is ""; write the name of a folder, e.g. throughline render deploy/traces']);
  const given = { ...settingsOf(set), ...(profile !== undefined && { "throughline:profile": profile }) };
  const settings = readSettings(stack, given);
  const kept = secretsFile === undefined ? [] : readKept(secretsFile, folder);

  const { resources, messages } = await render(() => program(settings), { kept: keptData(kept) });
  const rendered = await renderFiles(resources);
  const problems =
    secretsFile === undefined
      ? unkept(rendered)
      : jumpProblems(rendered.secrets, kept, certificateGeneration(settings));
  if (problems.length > 0) throw new UserError(problems);
  const target = inspectFolder(folder, [...rendered.files.keys()]);

  const all = withEarlier(rendered.secrets, kept);
  // What may take long, or not be possible, can still be interrupted.
  makeFolder(target);
  const written = uninterrupted(() => {
    // First the certificates: what is in the folder fits no others.
    if (secretsFile !== undefined && all.length > 0) writeSecrets(secretsFile, secretsText(all));
    return withFiles(
      () => writeFolder(target, rendered.files),
      (why) => `${folder} can't be written: ${why}; write the name of a folder that can`,
    );
  });
  for (const message of messages) console.error(`${message.severity === "warning" ? "warning: " : ""}${message.text}`);
  for (const note of notes(settings, rendered, secretsFile)) console.error(note);
  const { added, changed, removed, same } = written;
  console.log(
    `${folder}: ${rendered.files.size} objects; ${added} files new, ${changed} changed, ${removed} removed, ${same} the same`,
  );
  const withSecrets = secretsFile !== undefined && all.length > 0;
  console.log(`Apply: ${applyLine(folder, [...rendered.files.keys()], withSecrets ? [secretsFile] : [])}`);
  return 0;
}

/** The command that applies all. `kubectl` knows no kind before its definition is there, so definitions go first. */
function applyLine(folder: string, names: readonly string[], more: readonly string[]): string {
  const flags = (files: readonly string[]) => files.map((file) => `-f ${shellWord(file)}`).join(" ");
  const definitions = flags(names.filter((name) => name.startsWith("1-")).map((name) => join(folder, name)));
  const all = `kubectl apply ${flags([folder, ...more])}`;
  if (definitions === "") return all;
  return `kubectl apply ${definitions} && kubectl wait --for=condition=Established ${definitions} && ${all}`;
}

/** The settings without a cluster: nothing is looked up in one. @throws UserError with every problem */
function readSettings(stack: string | undefined, given: Readonly<Record<string, string>>): Settings {
  const base = stack === undefined ? {} : readStackConfig(stack);
  if (stack !== undefined && Object.keys(base).length === 0) {
    throw new UserError([
      `--stack is ${JSON.stringify(stack)}, but there is no Pulumi.${stack}.yaml with settings. Write: --set key=value for each setting`,
    ]);
  }
  const { context: _context, kubeconfig: _kubeconfig, ...texts } = settingTexts(withValues(base, given));
  const settings = parseSettings(texts);
  if (settings.target !== "kubernetes") {
    throw new UserError([
      `throughline:target is ${settings.target}, which has no manifests; allowed: kubernetes. Write: --set target=kubernetes`,
    ]);
  }
  return settings;
}

/** The Secrets that an earlier run kept. @throws UserError where the file lies among the manifests or is not ours */
function readKept(file: string, folder: string): Manifest[] {
  if (file === "") {
    throw new UserError([
      '--secrets is ""; write the name of a file outside the folder, e.g. --secrets ~/traces-secrets.yaml',
    ]);
  }
  return withFiles(() => keptIn(file, folder), unusable(file));
}

function keptIn(file: string, folder: string): Manifest[] {
  const inside = relative(whole(folder), whole(file));
  if (inside !== ".." && !inside.startsWith("../")) {
    throw new UserError([
      `--secrets is ${file}, which lies in ${folder}, whose files are for everyone to read. Write: --secrets with a file elsewhere`,
    ]);
  }
  if (!existsSync(dirname(resolve(file)))) {
    throw new UserError([
      `--secrets is ${file}, but there is no such folder. Write: mkdir -p ${shellWord(dirname(file))}`,
    ]);
  }
  if (!statSync(dirname(resolve(file))).isDirectory()) {
    throw new UserError([unusable(file)("a part of its path is no folder")]);
  }
  const found = statSync(file, { throwIfNoEntry: false });
  if (found?.isFile() === false) {
    throw new UserError([
      `--secrets is ${file}, which is ${found.isDirectory() ? "a folder" : "no regular file"}. Write: --secrets ${shellWord(join(found.isDirectory() ? file : ".", "traces-secrets.yaml"))}`,
    ]);
  }
  return found ? readSecrets(file, readFileSync(file, "utf8")) : [];
}

function writeSecrets(file: string, text: string): void {
  withFiles(() => writePrivately(file, text), unusable(file));
}

const unusable = (file: string) => (why: string) =>
  `--secrets is ${file}, which can't be used: ${why}. Write: --secrets with the name of a file that can be written`;

/** The absolute path with links followed, as far as it exists. */
function whole(path: string): string {
  const absolute = resolve(path);
  if (existsSync(absolute)) return realpathSync(absolute);
  return dirname(absolute) === absolute ? absolute : join(whole(dirname(absolute)), basename(absolute));
}

/** Certificates that would be other ones in every run. */
function unkept({ secrets }: Rendered): string[] {
  const made = secrets.filter((secret) => secret.made).map(({ manifest }) => `Secret ${keyOf(manifest)}`);
  if (made.length === 0) return [];
  return [
    `the settings (tls, operator) ask for certificates, and nothing keeps them from being other ones in each run: ${made.join(", ")}. Write: --secrets FILE, a file outside the folder that keeps them in plain text${made.some((name) => name.includes("operator")) ? "" : ", or --set tls=off"}`,
  ];
}

/** What the cluster needs besides the files. */
function notes(settings: Settings, { secrets }: Rendered, secretsFile: string | undefined): string[] {
  const left = secretsFile === undefined ? secrets.map(({ manifest }) => keyOf(manifest)) : [];
  return [
    ...left.map(
      (name) => `not written: Secret ${name} of the workload files. Write: --secrets FILE, or apply it yourself`,
    ),
    ...namedSecrets(settings).map(
      (named) =>
        `needed: Secret ${named.secret} of throughline:${named.setting}. Write, if it is not there: ${createLine(named, settings.namespace)}`,
    ),
  ];
}
