import { setTimeout as sleep } from "node:timers/promises";
import { type RunOptions, run } from "../common/run.ts";

/** What Go, npm, pip and Maven say of a network that failed for a moment, as opposed to a package that is not there. */
const passing =
  /unexpected EOF|stream error|connection (reset|refused|closed|timed out)|i\/o timeout|TLS handshake timeout|no such host|temporary failure|EAI_AGAIN|ECONNRESET|ETIMEDOUT|network aborted|IncompleteRead|premature end|\b50[234] (bad|service|gateway|server)\b|(status code:?|HTTP error) 50[234]\b/i;

/** Options of apt-get, for when another one is at work and for a mirror that fails for a moment. */
export const patientApt = ["-o", "DPkg::Lock::Timeout=120", "-o", "Acquire::Retries=5"];

/** As {@link RunOptions}; the time limit holds for each try. */
export interface FetchOptions extends RunOptions {
  /** Milliseconds before the second try, twice and three times as long before the others. Default 5 s. */
  pauseMs?: number;
}

/**
 * Runs a program that gets packages from a registry to its end, four times at most while the network fails: `go` itself asks only once.
 * What was fetched is kept by its cache, so that each try goes on from there.
 *
 * @throws UserError as `run` does, of the last try
 */
export async function runFetching(
  program: string,
  args: readonly string[],
  options: FetchOptions = {},
): Promise<string> {
  const { pauseMs = 5_000, ...given } = options;
  for (let tries = 1; ; tries += 1) {
    try {
      return await run(program, args, given);
    } catch (error) {
      if (tries === 4 || given.signal?.aborted || !passing.test((error as Error).message)) throw error;
      // Aborted, the next run says so itself.
      await sleep(tries * pauseMs, undefined, given.signal && { signal: given.signal }).catch(() => {});
    }
  }
}
