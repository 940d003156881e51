import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { run } from "../../../common/run.ts";

const isAlive = (pid: string) => {
  try {
    return !readFileSync(`/proc/${pid}/stat`, "utf8").includes(") Z ");
  } catch {
    return false;
  }
};

describe("run", () => {
  it("gives what the program wrote, and adds to the environment", async () => {
    expect(await run("sh", ["-c", "echo $GREETING $HOME; pwd"], { env: { GREETING: "hello" }, cwd: "/" })).toBe(
      `hello ${process.env["HOME"]}\n/\n`,
    );
  });

  it.each<[string, string[], RegExp]>([
    ["exit code", ["sh", "-c", "seq 30 >&2; exit 3"], /^sh -c .* ended with exit code 3:\n16\n(.*\n)*30$/],
    ["signal", ["sh", "-c", "kill -TERM $$"], /ended with SIGTERM$/],
    ["absence", ["no-such-program"], /^no-such-program could not be started: .*ENOENT/],
  ])("tells a user of an %s, with the last lines", async (_, [program = "", ...args], message) => {
    const ended = run(program, args);
    await expect(ended).rejects.toHaveProperty("name", "UserError");
    await expect(ended).rejects.toThrow(message);
  });

  it.each(["abort", "time limit"])("ends the program and all it started at an %s", async (why) => {
    const stop = new AbortController();
    const pids: string[] = [];
    const ended = run("sh", ["-c", "sh -c 'sleep 60 & echo $!; wait' & echo $!; wait"], {
      title: "the long program",
      ...(why === "abort" ? { signal: stop.signal } : { timeoutMs: 3_000 }),
      onLine: (line) => {
        pids.push(line);
        if (pids.length === 2) stop.abort();
      },
    });
    await expect(ended).rejects.toThrow(/^the long program was stopped/);
    expect(pids).toHaveLength(2);
    expect(pids.filter(isAlive)).toEqual([]);
    await expect(run("true", [], { signal: AbortSignal.abort() })).rejects.toThrow("true was not started");
  });
});
