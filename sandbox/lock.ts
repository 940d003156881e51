import { createHash } from "node:crypto";
import { connect, createServer, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { UserError } from "../common/errors.ts";

export interface LockOptions {
  /** Called once per other holder that is waited for, with its process id. */
  onWait?: (pid: number) => void;
  /** How long to wait for the lock, in milliseconds. Default ten minutes. */
  timeoutMs?: number;
}

/**
 * Runs `work` while no other process of this host runs work under the same name.
 *
 * The lock is a listening socket in Linux's abstract namespace, see unix(7): the kernel gives a name to one process and takes it
 * back at that process's end, however it ended, so nothing stale is ever left to be judged. Who waits is told by the holder who it is.
 *
 * @param name says what is locked; shown to who waited too long
 * @throws UserError that names the holder when the time is up
 */
export async function withLock<T>(name: string, work: () => Promise<T>, options: LockOptions = {}): Promise<T> {
  const { onWait, timeoutMs = 600_000 } = options;
  const address = `\0throughline-${createHash("sha256").update(name).digest("hex").slice(0, 32)}`;
  const until = Date.now() + timeoutMs;
  let holder: number | undefined;
  const meet = (pid: number) => {
    if (pid !== holder) onWait?.(pid);
    holder = pid;
  };
  for (;;) {
    const release = await take(address);
    if (release) {
      try {
        return await work();
      } finally {
        await release();
      }
    }
    await holderEnds(address, until - Date.now(), meet);
    if (Date.now() >= until) throw new UserError([tooLong(name, timeoutMs, holder)]);
    // Reached when the name is free, or bound but not yet listening.
    await sleep(10);
  }
}

const tooLong = (name: string, timeoutMs: number, holder: number | undefined) =>
  `Waited ${timeoutMs / 1000} s for ${holder === undefined ? "another process" : `process ${holder}`}, which works on ${name}. Try again once it has ended${holder === undefined ? "" : `, or end it: kill ${holder}`}`;

/** Takes the name; resolves to what gives it back, or to undefined when another one has it. */
function take(address: string): Promise<(() => Promise<void>) | undefined> {
  const waiting = new Set<Socket>();
  const server: Server = createServer((socket) => {
    waiting.add(socket);
    socket.on("error", () => {}).on("close", () => waiting.delete(socket));
    socket.write(`${process.pid}\n`);
  });
  const release = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      for (const socket of waiting) socket.destroy();
    });
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) =>
      error.code === "EADDRINUSE" ? resolve(undefined) : reject(error),
    );
    server.listen(address, () => resolve(release));
  });
}

/** Waits until the holder lets go or the time is up. */
function holderEnds(address: string, timeoutMs: number, meet: (pid: number) => void): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(address);
    const timer = setTimeout(() => socket.destroy(), Math.max(0, timeoutMs));
    socket.on("data", (text) => meet(Number(text)));
    socket.on("error", () => {});
    socket.on("close", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
