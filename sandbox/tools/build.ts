import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../../common/errors.ts";
import type { Progress } from "../../common/progress.ts";
import { cacheDir } from "../paths.ts";
import { type Family, type FamilyName, families } from "./families.ts";

/** Two builds at a time: while one links on a single core, the other compiles on the rest. */
const parallelBuilds = 2;

/**
 * Builds what is missing of the named programs into the cache, in the order given.
 *
 * Returns at once, with one promise of the program's absolute path per name, so that the caller can use the first
 * while the others still build. A failed build rejects with a UserError that ends in the compiler's last lines.
 * An interrupted build leaves nothing in the cache; the Go build cache keeps what was compiled.
 */
export function buildTools<N extends FamilyName>(names: readonly N[], progress: Progress): Record<N, Promise<string>> {
  const missing = toolsToBuild(names);
  let left = missing.length;
  const inTurn = limited(parallelBuilds);
  const built = {} as Record<N, Promise<string>>;
  for (const name of names) {
    if (!missing.includes(name)) {
      built[name] = Promise.resolve(programPath(families[name]));
      continue;
    }
    built[name] = inTurn(async () => {
      const step = progress.step(`building ${name}`);
      try {
        const path = await compile(name, families[name]);
        step.done(`${--left} of ${missing.length} left`);
        return path;
      } catch (error) {
        step.done("failed");
        throw error;
      }
    });
    // The caller may await another program first; its own await of this one still sees the rejection.
    built[name].catch(() => {});
  }
  return built;
}

/** Runs at most `count` of the tasks given to it at a time, in the order given. */
function limited(count: number): <T>(task: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (task) => {
    if (running >= count) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await task();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running -= 1;
    }
  };
}

/** Which of the named programs a call of buildTools would have to compile. */
export function toolsToBuild(names: readonly FamilyName[]): FamilyName[] {
  return names.filter((name) => !existsSync(programPath(families[name])));
}

/** Where the program stands once built: the folder is named by the content of its pins and sources. */
export function programPath(family: Family): string {
  return join(cacheDir(), "tools", `${family.program}-${contentKey(family)}`, family.program);
}

function contentKey(family: Family): string {
  const hash = createHash("sha256").update(JSON.stringify([family.package, family.stamps ?? {}, buildFlags]));
  const sources = readdirSync(family.directory).filter((file) => /\.go$|^go\.(mod|sum)$/.test(file));
  for (const file of sources.sort()) {
    hash.update(`\0${file}\0`).update(readFileSync(join(family.directory, file)));
  }
  return hash.digest("hex").slice(0, 16);
}

/** Debug information is stripped anyway; not making it at all saves about a fifth of the compile time. */
const buildFlags = ["-trimpath", "-mod=readonly", "-buildvcs=false", "-gcflags=all=-dwarf=false"];

async function compile(name: string, family: Family): Promise<string> {
  const target = programPath(family);
  mkdirSync(join(cacheDir(), "tools"), { recursive: true });
  const scratch = mkdtempSync(join(cacheDir(), "tools", `.${family.program}-`));
  try {
    const stamps = Object.entries(family.stamps ?? {}).map(([variable, value]) => `-X ${variable}=${value}`);
    const flags = [...buildFlags, `-ldflags=-s -w ${stamps.join(" ")}`, "-o", join(scratch, family.program)];
    await go(name, ["build", ...flags, family.package], family.directory);
    rmSync(join(target, ".."), { recursive: true, force: true });
    renameSync(scratch, join(target, ".."));
    return target;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function go(name: string, args: string[], cwd: string): Promise<void> {
  return new Promise((resolve, reject) => {
    // Everything is pinned by go.sum, so neither another toolchain nor cgo may slip in.
    const env = { ...process.env, CGO_ENABLED: "0", GOFLAGS: "", GOGC: "400", GOTOOLCHAIN: "local", GOWORK: "off" };
    const child = spawn("go", args, { cwd, env, stdio: ["ignore", "ignore", "pipe"] });
    let errors = "";
    child.stderr.on("data", (chunk: Buffer) => {
      errors = (errors + chunk).slice(-4000);
    });
    child.on("error", (error) =>
      reject(new UserError([`go could not be started (${error.message}). Install Go >= 1.26 and put it on PATH`])),
    );
    child.on("exit", (code, signal) => {
      if (code === 0) return resolve();
      const lines = errors
        .trim()
        .split("\n")
        .filter((line) => !line.startsWith("go: downloading"))
        .slice(-12);
      reject(new UserError([`building ${name} ended with ${signal ?? `exit code ${code}`}:\n${lines.join("\n")}`]));
    });
  });
}
