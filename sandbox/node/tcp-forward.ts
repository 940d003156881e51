import { connect, createServer, type Server } from "node:net";

/**
 * Carries every connection to a loopback port on to `target`.
 *
 * @param wanted the port to listen on; another free one is taken when somebody else has it, or when it is 0
 * @returns the port
 */
export async function forwardTcp(wanted: number, target: { host: string; port: number }): Promise<number> {
  const server = createServer({ noDelay: true }, (client) => {
    const upstream = connect({ ...target, noDelay: true });
    const end = () => {
      client.destroy();
      upstream.destroy();
    };
    client.on("error", end).on("close", end);
    upstream.on("error", end).on("close", end);
    client.pipe(upstream);
    upstream.pipe(client);
  });
  return (await listen(server, wanted)) ?? (await listen(server, 0)) ?? 0;
}

function listen(server: Server, port: number): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE" && port !== 0) resolve(undefined);
      else reject(error);
    };
    server.once("error", failed);
    server.listen(port, "127.0.0.1", () => {
      server.off("error", failed);
      const address = server.address();
      resolve(typeof address === "object" && address ? address.port : undefined);
    });
  });
}
