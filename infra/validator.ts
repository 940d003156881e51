import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { parse } from "yaml";
import { toYaml } from "../collector-config/shared.ts";
import { type CollectorConfig, typeOf } from "../collector-config/types.ts";
import { parseImage } from "../collector-config/versions.ts";
import { fields, items } from "../common/objects.ts";

/** What the real Collector says of a configuration. */
export type Verdict =
  | { readonly kind: "accepted" }
  | { readonly kind: "refused"; readonly path: string; readonly message: string }
  /** Nobody at hand could judge, and why. */
  | { readonly kind: "not judged"; readonly why: string };

/** A Collector program of the image's version: how to call it. */
export interface Validator {
  readonly command: readonly [string, ...string[]];
  /** Component types that it has. Default: - all that the image has. */
  readonly components?: ReadonlySet<string>;
}

/** Names the program to ask, before PATH is searched. The embedded cluster sets it to the Collector it built. */
export const validatorVariable = "THROUGHLINE_COLLECTOR";

/**
 * Finds a Collector of the version that the image has: the program that `THROUGHLINE_COLLECTOR` names, `otelcol-contrib`, `otelcol-k8s` or
 * `otelcol` on PATH, or the image itself where Docker has it already. Nothing is downloaded. A program that gives no answer is passed over.
 * @param timeoutMs for each program. Default: 30 s.
 */
export async function findValidator(image: string, timeoutMs?: number): Promise<Validator | undefined> {
  const { version, distribution } = parseImage(image);
  if (version === undefined) return undefined;
  const named = process.env[validatorVariable];
  const program = distribution === undefined || distribution === "core" ? "otelcol" : `otelcol-${distribution}`;
  const directories = (process.env["PATH"] ?? "").split(delimiter).filter((directory) => directory !== "");
  for (const path of [...(named ? [named] : []), ...directories.map((directory) => join(directory, program))]) {
    const { stdout, code } = await call([path], ["components"], { timeoutMs });
    if (code !== 0) continue;
    const built = fields(readYaml(stdout));
    if (fields(built["buildinfo"])["version"] === version) return { command: [path], components: typesOf(built) };
  }
  const docker = await call(["docker"], ["image", "inspect", "--format", "ok", image], { timeoutMs });
  return docker.code === 0
    ? { command: ["docker", "run", "--rm", "--network=none", "--pull=never", image] }
    : undefined;
}

/**
 * Has the real Collector judge a configuration, as `otelcol validate` does. Never throws for what the program does.
 * @param timeoutMs after which it is not judged. Default: 30 s.
 */
export async function validateForReal(
  config: CollectorConfig,
  validator: Validator,
  timeoutMs?: number,
): Promise<Verdict> {
  const lacking = typesIn(config).filter((type) => validator.components?.has(type) === false);
  if (lacking.length > 0) {
    return { kind: "not judged", why: `the Collector at hand was built without ${lacking.join(", ")}` };
  }
  const text = toYaml(config);
  const inContainer = validator.command[0] === "docker";
  const folder = await mkdtemp(join(tmpdir(), "throughline-validate-"));
  try {
    const file = join(folder, "config.yaml");
    await writeFile(file, text, { mode: 0o644 });
    const from = inContainer ? `yaml:${JSON.stringify(config)}` : file;
    const { output, code } = await call(validator.command, ["validate", `--config=${from}`], {
      env: stoodIn(text),
      timeoutMs,
    });
    if (code === 0) return { kind: "accepted" };
    if (code === undefined) return { kind: "not judged", why: `the Collector at hand gave no answer: ${output}` };
    return { kind: "refused", ...readRefusal(output) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * The place and the sentence in what `validate` prints. It names the place in one of three ways:
 * `exporters::zipkin: ...`, nested lines such as `'exporters' error reading configuration for "zipkin"`, then `'tls' ...`,
 * or in words, such as `failed to create "zipkin" exporter for data type "metrics": ...`. The path is empty where it names none.
 */
export function readRefusal(output: string): { path: string; message: string } {
  // The program prints it twice: by itself, and as a line of its log.
  const [once = ""] = output.replace(/^Error: /, "").split(/\n\d{4}[/-]\d\d[/-]\d\d[ T]/);
  const lines = once
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  // Of several refusals the first: where the nested lines of one end and those of the next begin can't be told.
  const end = lines.findIndex((line) => !line.endsWith("the following error(s):"));
  const message = lines[end] ?? "";
  return placed(message) ?? told(message) ?? nested(lines.slice(0, end + 1), message);
}

/** `exporters::zipkin::tls: ...` and `service::pipelines::traces: ...`. */
function placed(message: string): { path: string; message: string } | undefined {
  const match = /\b((?:receivers|processors|exporters|connectors|extensions|service)(?:::[\w./-]+)+): (.*)$/.exec(
    message,
  );
  if (match === null) return undefined;
  const [, place = "", rest = ""] = match;
  // Structures of Go that hold others' settings have no key of their own: clientconfig, apiconfig, config.
  const keys = place.split("::").filter((key, index) => index < 2 || !/^[a-z]*config$/.test(key));
  return { path: keys.join("."), message: rest };
}

/** What is said when the pipelines are built. */
function told(message: string): { path: string; message: string } | undefined {
  const created =
    /failed to create "([^"]+)" (receiver|processor|exporter|connector)\b(?:,? (?:for|in) [\w ]+"[^"]*")?: (.*)$/.exec(
      message,
    );
  if (created !== null) {
    const [, id = "", kind = "", rest = ""] = created;
    return { path: `${kind}s.${id}`, message: rest };
  }
  const [, kind = "", id = ""] = /\b(connector|extension) "([^"]+)"/.exec(message) ?? [];
  return id === "" ? undefined : { path: `${kind}s.${id}`, message: message.replace(/^failed to build \w+: /, "") };
}

function nested(lines: readonly string[], message: string): { path: string; message: string } {
  const found = lines.map((line) => /^'([\w.[\]]*)'(?: error reading configuration for "([^"]+)")?/.exec(line));
  const unknown = /unknown type: "[^"]*" for id: "([^"]+)"/.exec(message)?.[1];
  const keys = [...found.flatMap((match) => [match?.[1], match?.[2]]), unknown]
    .filter((key): key is string => Boolean(key))
    // A type of Go, such as queuebatch.BatchConfig.
    .filter((key) => !/^[a-z]\w*\.\w*[A-Z]\w*$/.test(key));
  const said = /^'[^']*' (.*)$/.exec(message)?.[1] ?? message;
  return { path: keys.join("."), message: said };
}

/** Values for the variables that only the pod has: an address fits where one is asked, and anything else takes it as text. */
function stoodIn(text: string): Record<string, string> {
  const names = [...text.matchAll(/\$\{env:(\w+)/g)].map(([, name = ""]) => name);
  // k8s_attributes asks for this one by name, not by ${env:NAME}.
  return Object.fromEntries([...names, "NODE_NAME"].map((name) => [name, "127.0.0.1"]));
}

function typesIn(config: CollectorConfig): string[] {
  const sections = [config.receivers, config.processors, config.exporters, config.connectors, config.extensions];
  return [...new Set(sections.flatMap((section) => Object.keys(section ?? {}).map(typeOf)))];
}

function typesOf(built: Readonly<Record<string, unknown>>): Set<string> {
  const names = Object.values(built).flatMap(items);
  return new Set(names.map((entry) => String(fields(entry)["name"])));
}

/** Not an object where the text is no YAML. */
function readYaml(text: string): unknown {
  try {
    return parse(text);
  } catch {
    return undefined;
  }
}

interface Answer {
  /** Both streams. */
  readonly output: string;
  readonly stdout: string;
  /** None when the program could not be run to its end. */
  readonly code: number | undefined;
}

function call(
  [program, ...before]: readonly [string, ...string[]],
  args: readonly string[],
  { env = {}, timeoutMs = 30_000 }: { env?: Record<string, string>; timeoutMs?: number | undefined },
): Promise<Answer> {
  return new Promise((resolve) => {
    const options = {
      env: { ...process.env, ...env },
      timeout: timeoutMs,
      killSignal: "SIGKILL",
      maxBuffer: 1 << 24,
    } as const;
    execFile(program, [...before, ...args], options, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : undefined;
      resolve({ output: stdout + stderr, stdout, code });
    });
  });
}
