import { createServer, type Server, type Socket } from "node:net";
import { PassThrough, Writable } from "node:stream";
import { type KubeConfig, PortForward } from "@kubernetes/client-node";
import { UserError } from "../common/errors.ts";
import { type Backend, backendsOf, type ForwardTarget } from "./backends.ts";
import { within } from "./within.ts";

export type { ForwardTarget } from "./backends.ts";

export interface Forward {
  /** `http://127.0.0.1:NNN`, without a trailing slash. */
  url: string;
  /** Why the newest connection could not be carried, as one sentence; undefined once a connection is carried again. */
  lastProblem(): string | undefined;
  /** Stops listening and ends every connection. Safe to call twice. */
  close(): Promise<void>;
}

/** What is used of the websocket that PortForward opens (package `ws`, which carries no types of its own here). */
interface Tunnel {
  readonly OPEN: number;
  readonly readyState: number;
  /** Bytes accepted but not yet sent. */
  readonly bufferedAmount: number;
  pause(): void;
  resume(): void;
  close(): void;
  addEventListener(event: "close", listener: () => void): void;
}

/** How long the way to the pod may take to open, and how long it stays open without a byte after the client said it is done sending. */
const openTimeoutMs = 10_000;
const lingerMs = 30_000;
const bufferLimit = 1024 * 1024;

/**
 * Listens on a loopback port and carries each connection through the Kubernetes API to a ready pod, like `kubectl port-forward`,
 * but the pod is looked up anew for each connection, so that the address outlives pod restarts.
 *
 * With no ready pod the connection is closed and `lastProblem()` says why. Throws a UserError when `localPort` is taken.
 */
export async function forward(kubeConfig: KubeConfig, target: ForwardTarget): Promise<Forward> {
  const sockets = new Set<Socket>();
  let problem: string | undefined;

  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    const report = (sentence: string | undefined) => {
      problem = sentence;
    };
    carry(kubeConfig, target, socket, report).catch((error: unknown) => {
      report(messageOf(error));
      socket.destroy();
    });
  });
  const port = await listen(server, target.localPort ?? 0);
  return {
    url: `http://127.0.0.1:${port}`,
    lastProblem: () => problem,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

type Report = (sentence: string | undefined) => void;

/** Opens the way to the first ready pod that takes the connection; resolves when bytes flow, rejects when no pod does. */
async function carry(kubeConfig: KubeConfig, target: ForwardTarget, socket: Socket, report: Report): Promise<void> {
  const backends = await within(openTimeoutMs, backendsOf(kubeConfig, target), "the Kubernetes API gave no answer");
  let failure: unknown;
  for (const backend of backends.slice(0, 3)) {
    try {
      return await connect(kubeConfig, target.namespace, backend, socket, report);
    } catch (error) {
      failure = error;
    }
    if (socket.destroyed) return;
  }
  throw failure;
}

async function connect(
  kubeConfig: KubeConfig,
  namespace: string,
  backend: Backend,
  socket: Socket,
  report: Report,
): Promise<void> {
  const way = `port-forward to pod ${namespace}/${backend.pod} port ${backend.port}`;
  let tunnel: Tunnel | undefined;
  let linger: NodeJS.Timeout | undefined;
  const input = new PassThrough();
  const output = new Writable({
    write(chunk: Buffer, _encoding, done) {
      linger?.refresh();
      if (!socket.destroyed && !socket.write(chunk)) {
        tunnel?.pause();
        socket.once("drain", () => tunnel?.resume());
      }
      done();
    },
  });
  // The API reports a refused connection on its error stream, after the tunnel opened.
  const errors = new Writable({
    write(chunk: Buffer, _encoding, done) {
      if (chunk.length > 0) {
        report(`${way}: ${chunk.toString("utf8").trim()}`);
        socket.destroy();
      }
      done();
    },
  });

  const opening = new PortForward(kubeConfig)
    .portForward(namespace, backend.pod, [backend.port], output, errors, input)
    .then((opened) => opened as Tunnel);
  try {
    tunnel = await within(openTimeoutMs, opening, "the Kubernetes API opened no way");
  } catch (error) {
    opening.then(
      (late) => late.close(),
      () => {},
    );
    throw new Error(`${way}: ${messageOf(error)}`);
  }

  const open = tunnel;
  const finish = () => {
    clearTimeout(linger);
    open.close();
  };
  socket.on("close", finish);
  open.addEventListener("close", () => {
    clearTimeout(linger);
    socket.end(() => socket.destroy());
  });
  if (socket.destroyed || open.readyState > open.OPEN) {
    finish();
    socket.destroy();
    return;
  }
  report(undefined);
  socket.on("data", (chunk) => {
    input.write(chunk);
    if (open.bufferedAmount > bufferLimit) holdBack(socket, open);
  });
  // The protocol cannot pass on "no more input": keep the answer coming, but not for ever.
  socket.on("end", () => {
    linger = setTimeout(finish, lingerMs).unref();
  });
  socket.resume();
}

/** Stops reading from the client until the tunnel has sent most of what it holds. */
function holdBack(socket: Socket, tunnel: Tunnel): void {
  socket.pause();
  const timer = setInterval(() => {
    if (tunnel.bufferedAmount > bufferLimit / 2 && !socket.destroyed) return;
    clearInterval(timer);
    socket.resume();
  }, 20);
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const taken = error.code === "EADDRINUSE" || error.code === "EACCES";
      const text = `localPort: 127.0.0.1:${port} cannot be listened on (${error.code}); name a free port, or 0 for any`;
      reject(taken ? new UserError([text]) : error);
    });
    server.listen(port, "127.0.0.1", () => {
      server.removeAllListeners("error");
      server.on("error", () => {});
      const address = server.address();
      resolve(typeof address === "object" && address ? address.port : port);
    });
  });
}

// A refused websocket rejects with an event that carries a message, not with an Error.
function messageOf(error: unknown): string {
  const message = (error as { message?: unknown } | undefined)?.message;
  return typeof message === "string" && message ? message : String(error);
}
