import { kubectl } from "./kubectl.ts";

/** How a connection is opened: in plain text, or by TLS, with a client's certificate or without. PEM texts. */
export type Hello =
  | { kind: "plain" }
  | { kind: "tls"; ca: string }
  | { kind: "mutual"; ca: string; certificate: string; key: string };

/**
 * What a gRPC server says first to a pod of the examples that greets it in HTTP/2: `speaks HTTP/2`, or how it refuses.
 * With TLS 1.3 a client learns that its certificate is missed only by reading, after it has finished its own part.
 */
export function greet(host: string, port: number, hello: Hello): Promise<string> {
  const script = `(${inPod.toString()})(${JSON.stringify({ host, port, hello })})`;
  const node = ["exec", "-n", "demo", "deployment/quotes", "-c", "quotes", "--", "/nodejs/bin/node", "-e", script];
  return kubectl(...node).then((said) => said.trim());
}

/** Runs in the pod, whose Node.js knows nothing of this file. */
function inPod({ host, port, hello }: { host: string; port: number; hello: Hello }): void {
  const load = (name: string) => process.getBuiltinModule(name) as never;
  const net: typeof import("node:net") = load("node:net");
  const tls: typeof import("node:tls") = load("node:tls");
  const end = (said: string) => {
    console.log(said);
    process.exit(0);
  };
  const ways = { host, port, servername: host, ALPNProtocols: ["h2"] };
  const socket =
    hello.kind === "plain"
      ? net.connect({ host, port })
      : tls.connect({
          ...ways,
          ca: hello.ca,
          ...(hello.kind === "mutual" && { cert: hello.certificate, key: hello.key }),
        });
  // The preface and an empty SETTINGS frame; a server that takes the connection answers with its own SETTINGS, of type 4.
  const greeting = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0", "latin1");
  socket.on(hello.kind === "plain" ? "connect" : "secureConnect", () => socket.write(greeting));
  socket.on("data", (bytes) => end(bytes[3] === 4 ? "speaks HTTP/2" : `answers ${bytes.toString("hex", 0, 16)}`));
  socket.on("error", (error: NodeJS.ErrnoException) => end(`refuses: ${error.code ?? error.message}`));
  socket.on("close", () => end("refuses: closes the connection"));
  setTimeout(() => end("says nothing for 5 s"), 5000);
}
