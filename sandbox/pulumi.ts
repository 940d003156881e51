import { randomBytes } from "node:crypto";
import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { homedir } from "node:os";
import { basename, delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { UserError } from "../common/errors.ts";
import { shellWord } from "../common/shell.ts";

export interface PulumiOptions {
  /** Path of the Pulumi CLI program. */
  readonly pulumi: string;
  /** The folder that holds this checkout's state; `bin`, `pulumi` and `pulumi-home` are made in it. */
  readonly stateDir: string;
  /**
   * Which provider to use.
   * @default "auto" - the official plugin where it is installed, else the stand-in
   */
  readonly provider?: "official" | "stand-in" | "auto";
  /** What the provider makes resources in. Default: kubernetes. */
  readonly plugin?: PluginName;
}

export type PluginName = "kubernetes" | "docker";

export interface PulumiEnvironment {
  /** Set these over the current environment of every Pulumi command. */
  readonly env: Record<string, string>;
  readonly provider: "official" | "stand-in";
  readonly languageHost: "official" | "stand-in";
  /** What was found and chosen, one sentence each, for the user. */
  readonly notes: string[];
}

const titles = { kubernetes: "Kubernetes", docker: "Docker" } as const satisfies Record<PluginName, string>;
const hostName = "pulumi-language-nodejs";

/**
 * Prepares the state folder so that the Pulumi CLI and the Automation API run this checkout's programs, with a local backend.
 * Official plugins are used where they are installed; the stand-ins of `sandbox/` are put on PATH for what is missing.
 * @throws UserError when the official provider is forced and not installed
 */
export async function pulumiEnvironment(options: PulumiOptions): Promise<PulumiEnvironment> {
  const { stateDir } = options;
  const bin = join(stateDir, "bin");
  const home = join(stateDir, "pulumi-home");
  const backend = join(stateDir, "pulumi");
  for (const dir of [bin, join(home, "plugins"), backend]) mkdirSync(dir, { recursive: true, mode: 0o700 });

  const searchPath = (process.env["PATH"] ?? "").split(delimiter).filter((dir) => dir && dir !== bin);
  placeProgram(realpathSync(options.pulumi), join(bin, "pulumi"));
  const provider = chooseProvider(options.plugin ?? "kubernetes", options.provider ?? "auto", searchPath, stateDir);
  const languageHost = chooseLanguageHost([dirname(realpathSync(options.pulumi)), ...searchPath], bin);

  return {
    env: {
      PATH: [bin, ...searchPath].join(delimiter),
      PULUMI_BACKEND_URL: `file://${backend}`,
      // The value, not PULUMI_CONFIG_PASSPHRASE_FILE: a passphrase in the caller's environment would win over the file.
      PULUMI_CONFIG_PASSPHRASE: passphrase(stateDir),
      PULUMI_HOME: home,
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    },
    provider: provider.use,
    languageHost: languageHost.use,
    notes: [provider.note, languageHost.note],
  };
}

const programOf = (plugin: PluginName) => `pulumi-resource-${plugin}`;

type Choice = { use: "official" | "stand-in"; note: string };

function chooseProvider(
  plugin: PluginName,
  wanted: "official" | "stand-in" | "auto",
  searchPath: string[],
  stateDir: string,
): Choice {
  const version: string = createRequire(import.meta.url)(`@pulumi/${plugin}/package.json`).version;
  const [pluginName, title, entry] = [programOf(plugin), titles[plugin], `providers/${plugin}/main.ts`];
  const [plugins, bin] = [join(stateDir, "pulumi-home/plugins"), join(stateDir, "bin")];
  removeOurs(plugin, plugins);
  rmSync(join(bin, pluginName), { force: true });

  if (wanted !== "stand-in") {
    const official = findOfficial(plugin, searchPath, plugins, version);
    if (official) return useOfficial(plugin, official, plugins);
  }
  if (wanted === "official") {
    throw new UserError([
      `--provider official: the ${title} plugin v${version} or a newer v${version.split(".")[0]} is not installed. ` +
        `Install it with \`pulumi plugin install resource ${plugin} v${version}\`, or use --provider auto.`,
    ]);
  }
  const inPlace = installedPlugin(plugin, plugins, version);
  if (inPlace) {
    throw new UserError([
      `--provider stand-in: the official plugin is installed in this checkout's state, as ${inPlace}. ` +
        `Remove it with \`rm -r ${inPlace}\`, or use --provider auto.`,
    ]);
  }
  // In the plugin cache, not on PATH: the CLI warns about every plugin that it takes from PATH.
  const place = join(plugins, `resource-${plugin}-v${version}`);
  mkdirSync(place, { recursive: true });
  wrap(join(place, pluginName), entry);
  // But it looks on PATH first, so a plugin there has to be outdone there.
  if (searchPath.some((dir) => existsSync(join(dir, pluginName)))) {
    wrap(join(bin, pluginName), entry);
  }
  const why = wanted === "stand-in" ? "as asked for" : `the plugin v${version} is not installed`;
  return { use: "stand-in", note: `${title} provider: the stand-in of this checkout (${why})` };
}

function useOfficial(plugin: PluginName, official: string, plugins: string): Choice {
  const [name, pluginName] = [basename(official), programOf(plugin)];
  // The CLI looks for plugins in this state's own PULUMI_HOME; one on PATH it finds by itself.
  if (name !== pluginName && dirname(official) !== plugins) linkEach(official, join(plugins, name));
  return {
    use: "official",
    note: `${titles[plugin]} provider: the installed plugin ${name === pluginName ? official : name}`,
  };
}

/** Makes a folder with links to what another one holds: the CLI passes over a plugin whose folder is a link itself. */
function linkEach(folder: string, place: string): void {
  mkdirSync(place);
  for (const entry of readdirSync(folder)) symlinkSync(join(folder, entry), join(place, entry));
}

/** An official plugin program on PATH, or the folder of one in a plugin cache: in the order in which the CLI looks. */
function findOfficial(plugin: PluginName, searchPath: string[], plugins: string, version: string): string | undefined {
  const pluginName = programOf(plugin);
  const userCache = join(process.env["PULUMI_HOME"] ?? join(homedir(), ".pulumi"), "plugins");
  return (
    searchPath.map((dir) => join(dir, pluginName)).find((file) => existsSync(file) && !isWrapper(file)) ??
    installedPlugin(plugin, plugins, version) ??
    installedPlugin(plugin, userCache, version)
  );
}

/** Removes what an earlier run placed, so that a changed choice leaves nothing behind; a plugin installed here by hand stays. */
function removeOurs(plugin: PluginName, plugins: string): void {
  for (const entry of readdirSync(plugins, { withFileTypes: true })) {
    const dir = join(plugins, entry.name);
    // The CLI keeps files of its own beside the folders.
    if (!entry.name.startsWith(`resource-${plugin}-v`) || entry.isFile()) continue;
    const file = join(dir, programOf(plugin));
    const linked = [dir, file].some((path) => lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink());
    if (linked || isWrapper(file)) rmSync(dir, { recursive: true });
  }
}

function chooseLanguageHost(searchPath: string[], bin: string): Choice {
  const official = searchPath.map((dir) => join(dir, hostName)).find((file) => existsSync(file));
  if (official) {
    rmSync(join(bin, hostName), { force: true });
    return { use: "official", note: `Node.js language host: ${official}` };
  }
  wrap(join(bin, hostName), "language-host/main.ts");
  return { use: "stand-in", note: "Node.js language host: the stand-in of this checkout" };
}

/** The newest official plugin in a plugin cache that satisfies the SDK: the same major version, not older, wholly installed. */
function installedPlugin(plugin: PluginName, cache: string, version: string): string | undefined {
  if (!existsSync(cache)) return undefined;
  const parts = (text: string) => text.split(/[.+-]/, 3).map(Number);
  const order = (a: number[], b: number[]) => a.map((n, i) => n - (b[i] ?? 0)).find((n) => n !== 0) ?? 0;
  const wanted = parts(version);
  return readdirSync(cache)
    .flatMap((name) => {
      const match = new RegExp(`^resource-${plugin}-v(\\d+\\.\\d+\\.\\d+[^/]*)$`).exec(name);
      const program = join(cache, name, programOf(plugin));
      // Pulumi marks an installation that was cut off so.
      const whole = existsSync(program) && !existsSync(join(cache, `${name}.partial`));
      return match && whole && !isWrapper(program) ? [{ name, parts: parts(match[1] as string) }] : [];
    })
    .filter((found) => found.parts[0] === wanted[0] && order(found.parts, wanted) >= 0)
    .sort((a, b) => order(b.parts, a.parts))
    .map((found) => realpathSync(join(cache, found.name)))[0];
}

/** Writes a program that runs one of this folder's entries on this Node.js. */
function wrap(file: string, entry: string): void {
  const script = fileURLToPath(new URL(entry, import.meta.url));
  rmSync(file, { force: true });
  // Type stripping is announced as experimental on Node.js 22; a plugin's standard error reaches the user.
  writeFileSync(
    file,
    `#!/bin/sh\nexec ${shellWord(process.execPath)} --disable-warning=ExperimentalWarning ${shellWord(script)} "$@"\n`,
    {
      mode: 0o755,
    },
  );
}

function isWrapper(file: string): boolean {
  return existsSync(file) && statSync(file).size < 4096 && /providers\/\w+\/main\.ts/.test(readFileSync(file, "utf8"));
}

/**
 * Puts the CLI beside the stand-ins. A hard link where the file system allows: the CLI takes a language host that lies beside
 * its own program without a warning, and it looks through symbolic links.
 */
function placeProgram(program: string, file: string): void {
  if (program === file) return;
  rmSync(file, { force: true });
  try {
    linkSync(program, file);
  } catch {
    symlinkSync(program, file);
  }
}

/** The passphrase that encrypts the stack's secrets: made at random on first use, kept in a file that only the user can read. */
function passphrase(stateDir: string): string {
  const file = join(stateDir, "passphrase");
  if (!existsSync(file)) writeFileSync(file, randomBytes(32).toString("base64url"), { mode: 0o600 });
  return readFileSync(file, "utf8").trim();
}
