import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { runFetching } from "../../../sandbox/fetching.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fetching-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Fails with these words as often as `times` says, then prints "fetched". */
const failing = (words: string, times: number) => [
  "-c",
  `echo >> tries; if [ $(wc -l < tries) -le ${times} ]; then echo "${words}" >&2; exit 1; fi; echo fetched`,
];
const tries = () => readFileSync(join(folder, "tries"), "utf8").length;
const options = () => ({ cwd: folder, pauseMs: 1 });

it.each([
  "go: example.org/a@v1.0.0: stream error: stream ID 7; INTERNAL_ERROR; received from peer",
  "verifying module: reading example.org/lookup: unexpected EOF",
  "dial tcp: lookup example.org: Temporary failure in name resolution",
  "npm error code ECONNRESET",
  "reading example.org/@v/list: 503 Service Unavailable",
  "Could not transfer artifact a:b:jar:1: status code: 502, reason phrase: Bad Gateway (502)",
])("goes on after: %s", async (words) => {
  expect(await runFetching("sh", failing(words, 3), options())).toBe("fetched\n");
  expect(tries()).toBe(4);
});

it("gives up after four tries, with what the last one said", async () => {
  await expect(runFetching("sh", failing("read: connection reset by peer", 9), options())).rejects.toThrow(
    /connection reset by peer$/,
  );
  expect(tries()).toBe(4);
});

it.each(["404 Not Found", "checksum mismatch", "./main.go:503:1: syntax error"])(
  "does not ask again after: %s",
  async (words) => {
    await expect(runFetching("sh", failing(words, 1), options())).rejects.toThrow(words);
    expect(tries()).toBe(1);
  },
);

it("ends in a pause as in a run when it is aborted", async () => {
  const stop = new AbortController();
  const ended = runFetching("sh", failing("unexpected EOF", 9), { cwd: folder, pauseMs: 60_000, signal: stop.signal });
  setTimeout(() => stop.abort(), 300);
  await expect(ended).rejects.toThrow(/unexpected EOF|was not started|was stopped/);
  expect(tries()).toBe(1);
});
