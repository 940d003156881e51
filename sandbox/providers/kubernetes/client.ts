import http from "node:http";
import https from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import type { Connection } from "./config.ts";
import { ApiError, CanceledError, UnreachableError } from "./errors.ts";

export interface Request {
  readonly method?: "GET" | "PATCH" | "DELETE";
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly body?: unknown;
  /** Ends the request early, with CanceledError. */
  readonly signal?: AbortSignal | undefined;
  /** How long a server that is not there or busy is tried again, in ms. @default 10000 */
  readonly patience?: number;
  /** How long one try may take, in ms. @default 35000, a little over the longest admission webhook */
  readonly timeout?: number;
}

export interface Reply {
  /** Parsed JSON, or text where the server sends text. */
  readonly body: unknown;
  /** The server's `Warning` headers, e.g. of Pod Security. */
  readonly warnings: string[];
}

export type Send = (request: Request) => Promise<Reply>;

const transientStatus = new Set([429, 502, 503, 504]);

/**
 * Plain requests to one API server, authenticated as its kubeconfig says. Objects stay as the server writes them: the typed client
 * drops fields it does not know and turns times into Dates. Applying is the only write with a body, so PATCH means server-side apply.
 */
export function createClient(connection: Connection): Send {
  let options: Promise<https.RequestOptions> | undefined;
  let fresh = 0;
  const authenticated = () => {
    // Tokens of exec plugins expire during long updates.
    if (!options || Date.now() - fresh > 60_000) {
      fresh = Date.now();
      options = authenticate(connection);
    }
    return options;
  };

  return async (request) => {
    const end = Date.now() + (request.patience ?? 10_000);
    for (let pause = 200; ; pause = Math.min(pause * 2, 2000)) {
      try {
        return await once(connection, await authenticated(), request);
      } catch (error) {
        if (request.signal?.aborted) throw new CanceledError();
        const again = error instanceof ApiError ? transientStatus.has(error.status) : error instanceof UnreachableError;
        if (!again || Date.now() + pause > end) throw error;
        // A cancellation ends the pause, and the next try tells of it.
        await sleep(pause, undefined, request.signal ? { signal: request.signal } : {}).catch(() => {});
      }
    }
  };
}

async function authenticate(connection: Connection): Promise<https.RequestOptions> {
  const options: https.RequestOptions = {};
  try {
    await connection.config.applyToHTTPSOptions(options);
  } catch (error) {
    throw new UnreachableError(`cannot log in to ${connection.label}: ${(error as Error).message}`);
  }
  if (options.agent instanceof http.Agent) Object.assign(options.agent, { keepAlive: true });
  return options;
}

function once(connection: Connection, options: https.RequestOptions, request: Request): Promise<Reply> {
  const url = new URL(connection.server.replace(/\/$/, "") + request.path);
  for (const [key, value] of Object.entries(request.query ?? {}))
    if (value !== undefined) url.searchParams.set(key, value);
  const body = request.body === undefined ? undefined : JSON.stringify(request.body);
  const unreachable = (error: Error & { code?: string }) =>
    new UnreachableError(`cannot reach the Kubernetes API server ${connection.label}: ${error.message || error.code}`);

  return new Promise((resolve, reject) => {
    const call = (url.protocol === "http:" ? http : https).request(
      url,
      {
        ...options,
        method: request.method ?? "GET",
        headers: {
          ...(options.headers as http.OutgoingHttpHeaders),
          Accept: "application/json, */*;q=0.1",
          ...(body === undefined ? {} : { "Content-Length": Buffer.byteLength(body) }),
          ...(body === undefined ? {} : { "Content-Type": contentType(request) }),
        },
        ...(request.signal ? { signal: request.signal } : {}),
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", (error) => reject(unreachable(error)));
        response.on("end", () => {
          const parsed = parse(Buffer.concat(chunks).toString("utf8"));
          const status = response.statusCode ?? 0;
          if (status < 400) resolve({ body: parsed, warnings: warnings(response) });
          else
            reject(
              new ApiError(
                status,
                typeof parsed === "object" && parsed ? parsed : { message: `${status} ${String(parsed)}` },
              ),
            );
        });
      },
    );
    const timeout = request.timeout ?? 35_000;
    // Not the socket's own timeout: that one starts over with every phase of a connection.
    const timer = setTimeout(() => call.destroy(new Error(`no answer within ${timeout / 1000} s`)), timeout);
    call.on("close", () => clearTimeout(timer));
    call.on("error", (error) => reject(unreachable(error)));
    call.end(body);
  });
}

const contentType = (request: Request) =>
  request.method === "PATCH" ? "application/apply-patch+yaml" : "application/json";

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text.trim();
  }
}

function warnings(response: http.IncomingMessage): string[] {
  const lines = response.headersDistinct["warning"] ?? [];
  return lines.flatMap((line) =>
    [...line.matchAll(/299 \S+ "((?:[^"\\]|\\.)*)"/g)].map((m) => (m[1] as string).replace(/\\(.)/g, "$1")),
  );
}
