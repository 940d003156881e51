import { createHash } from "node:crypto";
import { mkdirSync, realpathSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder that holds package.json, without a trailing slash. */
export const checkoutRoot = fileURLToPath(new URL("..", import.meta.url)).replace(/\/$/, "");

/** Everything this checkout's cluster and stack write: THROUGHLINE_STATE, or `.throughline` in the checkout. Made when missing. */
export function stateDir(): string {
  const dir = resolve(process.env["THROUGHLINE_STATE"] ?? join(checkoutRoot, ".throughline"));
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  return realpathSync(dir);
}

/** Built tools and images, shared by all checkouts: THROUGHLINE_CACHE, or `throughline` in the user's cache folder. Made when missing. */
export function cacheDir(): string {
  const dir = resolve(
    process.env["THROUGHLINE_CACHE"] ?? join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "throughline"),
  );
  mkdirSync(dir, { recursive: true });
  return dir;
}

/** Names everything that this state directory's cluster makes on the host (`tl-` and 6 hex digits), so that two checkouts never collide. */
export function clusterId(dir: string = stateDir()): string {
  return `tl-${createHash("sha256").update(dir).digest("hex").slice(0, 6)}`;
}
