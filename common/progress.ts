/** Where long work reports to: one step at a time, each started, perhaps updated, and finished. */
export interface Progress {
  /** Starts a step and returns its handle. `label` is a short phrase such as "building jaeger". */
  step(label: string): Step;
}

export interface Step {
  /** Replaces the detail shown behind the label, e.g. "3 of 5 left". Only seen on a terminal. */
  update(detail: string): void;
  /** Ends the step; `result` replaces the detail, e.g. "already there". */
  done(result?: string): void;
}

const seconds = (since: number) => `${((Date.now() - since) / 1000).toFixed(1)} s`;

/**
 * Progress on standard error. On a terminal the running steps share one line that is redrawn every 200 ms;
 * elsewhere only one line per finished step is printed, so that logs stay short.
 */
export function terminalProgress(stream: NodeJS.WriteStream = process.stderr): Progress {
  const running = new Map<Step, { label: string; detail: string; started: number }>();
  let timer: NodeJS.Timeout | undefined;

  const clear = () => stream.isTTY && stream.write("\r\x1b[K");
  const draw = () => {
    const line = [...running.values()]
      .map(({ label, detail, started }) => `${label}${detail && ` (${detail})`} ${seconds(started)}`)
      .join(" | ");
    stream.write(`\r\x1b[K${line.slice(0, (stream.columns ?? 80) - 1)}`);
  };

  return {
    step(label) {
      const state = { label, detail: "", started: Date.now() };
      const step: Step = {
        update: (detail) => {
          state.detail = detail;
        },
        done: (result) => {
          if (!running.delete(step)) return;
          clear();
          stream.write(`${label}${result ? `: ${result}` : ""} (${seconds(state.started)})\n`);
          if (running.size === 0) {
            clearInterval(timer);
            timer = undefined;
          }
        },
      };
      running.set(step, state);
      if (stream.isTTY) timer ??= setInterval(draw, 200);
      timer?.unref();
      return step;
    },
  };
}

/** Progress that nobody sees, for tests and for `--output json`. */
export const silentProgress: Progress = { step: () => ({ update: () => {}, done: () => {} }) };
