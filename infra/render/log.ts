/** Something that a program told people. */
export interface Message {
  readonly severity: "info" | "warning";
  readonly text: string;
}

/**
 * Runs something and keeps what `pulumi.log` says meanwhile. Where no engine listens it goes to the console, with a mark of its own;
 * whatever else is printed there is printed.
 */
export async function whileListening<T>(run: () => Promise<T>): Promise<{ result: T; messages: Message[] }> {
  const messages: Message[] = [];
  const { log, warn } = console;
  const hear = (severity: Message["severity"], otherwise: typeof log) => {
    return (...said: unknown[]) => {
      const match = /^(?:info|warning): \[runtime\] (.*)$/s.exec(String(said[0]));
      if (match === null) otherwise(...said);
      else messages.push({ severity, text: match[1] ?? "" });
    };
  };
  console.log = hear("info", log);
  console.warn = hear("warning", warn);
  try {
    return { result: await run(), messages };
  } finally {
    Object.assign(console, { log, warn });
  }
}
