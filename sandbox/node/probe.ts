import { readFileSync } from "node:fs";
import { request } from "node:https";
import { connect } from "node:net";

/** Whether something accepts connections at a Unix socket. Never throws. */
export function accepts(path: string, timeoutMs = 500): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(timeoutMs, () => end(false));
    socket.once("connect", () => end(true));
    socket.once("error", () => end(false));
  });
}

/** Whether the API server at `url` says that it is ready. Never throws. */
export function isReady(url: string, caFile: string, timeoutMs = 2000): Promise<boolean> {
  return new Promise((resolve) => {
    try {
      const query = request(
        `${url}/readyz`,
        { ca: readFileSync(caFile), timeout: timeoutMs, agent: false },
        (answer) => {
          answer.resume();
          answer.once("close", () => resolve(answer.statusCode === 200));
        },
      );
      query.once("timeout", () => query.destroy());
      query.once("error", () => resolve(false));
      query.end();
    } catch {
      resolve(false);
    }
  });
}
