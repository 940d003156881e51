import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../../common/errors.ts";
import type { Progress, Step } from "../../common/progress.ts";
import { runFetching } from "../fetching.ts";
import { withLock } from "../lock.ts";
import { findProgram } from "../node/programs.ts";
import { cacheDir } from "../paths.ts";
import { makeScratch } from "../scratch.ts";
import { type Family, type FamilyName, families } from "./families.ts";

/** Two builds at a time: while one links on a single core, the other compiles on the rest. */
const parallelBuilds = 2;
const TIME_LIMIT_MS = 3_600_000;

/**
 * Builds what is missing of the named programs into the cache, in the order given.
 *
 * Returns at once, with one promise of the program's absolute path per name, so that the caller can use the first
 * while the others still build. A failed build rejects with a UserError that ends in the compiler's last lines.
 * A killed build leaves no program, only a scratch folder, which the next build removes; the Go build cache keeps what was compiled.
 *
 * @param signal once aborted, kills the running builds; they and the queued ones reject
 */
export function buildTools<N extends FamilyName>(
  names: readonly N[],
  progress: Progress,
  signal?: AbortSignal,
): Record<N, Promise<string>> {
  const missing = toolsToBuild(names);
  const running = new Set<Step>();
  let left = missing.length;
  const tell = () => {
    for (const step of running) step.update(`${left} of ${missing.length} left`);
  };
  const inTurn = limited(parallelBuilds);
  const built = {} as Record<N, Promise<string>>;
  for (const name of names) {
    if (!missing.includes(name)) {
      built[name] = Promise.resolve(programPath(families[name]));
      continue;
    }
    built[name] = inTurn(async () => {
      if (signal?.aborted) throw new UserError([`building ${name} was not started`]);
      const step = progress.step(`building ${name}`);
      running.add(step);
      tell();
      try {
        const path = await build(name, step, signal);
        step.done(`${--left} of ${missing.length} left`);
        return path;
      } catch (error) {
        step.done(signal?.aborted ? "stopped" : "failed");
        throw error;
      } finally {
        running.delete(step);
        tell();
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
  const files = readdirSync(family.directory, { recursive: true, encoding: "utf8" });
  // A folder below that has a go.mod is another module.
  const others = files.filter((file) => file.endsWith("/go.mod")).map((file) => file.slice(0, -"go.mod".length));
  const own = files.filter((file) => !others.some((folder) => file.startsWith(folder)));
  const sources = own.filter((file) => /\.go$|^go\.(mod|sum)$/.test(file));
  for (const file of sources.sort()) {
    hash.update(`\0${file}\0`).update(readFileSync(join(family.directory, file)));
  }
  return hash.digest("hex").slice(0, 16);
}

/** Debug information is stripped anyway; not making it at all saves about a fifth of the compile time. */
const buildFlags = ["-trimpath", "-mod=readonly", "-buildvcs=false", "-gcflags=all=-dwarf=false"];

/** Builds one program, unless another process that shares the cache just has. */
function build(name: FamilyName, step: Step, signal: AbortSignal | undefined): Promise<string> {
  const target = programPath(families[name]);
  const work = async () => {
    if (!existsSync(target)) await compile(name, families[name], target, signal);
    return target;
  };
  const onWait = (pid: number) => step.update(`waiting for process ${pid}`);
  return withLock(`the build of ${target}`, work, { onWait, timeoutMs: TIME_LIMIT_MS });
}

async function compile(name: FamilyName, family: Family, target: string, signal?: AbortSignal): Promise<void> {
  if (!findProgram("go")) {
    throw new UserError([`building ${name} needs Go; there is no go on PATH. Install it from https://go.dev/dl/`]);
  }
  const scratch = makeScratch(join(cacheDir(), "tools"), family.program);
  try {
    const stamps = Object.entries(family.stamps ?? {}).map(([variable, value]) => `-X ${variable}=${value}`);
    // With a slash it is a folder, for as many programs as there are.
    const output = join(scratch, family.program) + (family.package.endsWith("...") ? "/" : "");
    const flags = [...buildFlags, `-ldflags=-s -w ${stamps.join(" ")}`, "-o", output];
    await runFetching("go", ["build", ...flags, family.package], {
      cwd: family.directory,
      // Everything is pinned by go.sum, so neither another toolchain nor cgo may slip in. Go's own scratch goes with ours.
      env: {
        CGO_ENABLED: "0",
        GOFLAGS: "",
        GOGC: "400",
        GOTOOLCHAIN: "local",
        GOWORK: "off",
        GOTMPDIR: scratch,
      },
      timeoutMs: TIME_LIMIT_MS,
      signal,
      title: `building ${name}`,
    });
    renameSync(scratch, join(target, ".."));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
