import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync } from "node:fs";
import { run } from "../../common/run.ts";
import { BOOT } from "../processes.ts";
import { readJson, writeJson } from "./files.ts";
import { mountPoints } from "./mounts.ts";

const FOLDER = "/run/netns";
/** Remembers for all clusters of the host what the first of them made. */
const MARKER = "/run/throughline-netns.json";

interface Made {
  /** Mounts end with the boot, the marker only where /run is in memory. */
  boot: string;
  folder: boolean;
}

const isMounted = () => mountPoints(readFileSync("/proc/self/mountinfo", "utf8")).includes(FOLDER);

/**
 * Makes the folder of the named network namespaces a shared mount, as the first `ip netns add` of a host would, see ip-netns(8):
 * made by us, it can be taken back. To be called with the lock of the network held.
 */
export async function makeNamespaceFolder(): Promise<void> {
  if (isMounted()) return;
  const made: Made = { boot: BOOT, folder: !existsSync(FOLDER) || readJson<Made>(MARKER)?.folder === true };
  mkdirSync(FOLDER, { recursive: true, mode: 0o755 });
  writeJson(MARKER, made);
  await run("mount", ["--no-mtab", "--bind", FOLDER, FOLDER]);
  await run("mount", ["--no-mtab", "--make-shared", FOLDER]);
}

/** Takes back what makeNamespaceFolder made once no namespace is in it. To be called with the lock of the network held. */
export async function removeNamespaceFolder(): Promise<void> {
  const made = readJson<Made>(MARKER);
  if (!made || (existsSync(FOLDER) && readdirSync(FOLDER).length > 0)) return;
  // Somebody who just works in there keeps the folder; that is no reason for `down` to fail.
  if (made.boot === BOOT && isMounted() && !(await unmounts())) return;
  if (made.folder && existsSync(FOLDER) && !isMounted()) rmdirSync(FOLDER);
  rmSync(MARKER);
}

const unmounts = () =>
  run("umount", ["--no-mtab", FOLDER]).then(
    () => true,
    () => false,
  );
