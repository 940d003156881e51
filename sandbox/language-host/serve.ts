import grpc from "@grpc/grpc-js";

const messageLimit = 400 * 1024 * 1024;

/** The gRPC options Pulumi's own plugins use: whole states travel in one message. */
const channelOptions = {
  "grpc.max_receive_message_length": messageLimit,
  "grpc.max_send_message_length": messageLimit,
};

/**
 * Serves a Pulumi plugin the way the engine expects it: on a free loopback port that is printed as the first line of standard output.
 * Methods without a handler answer UNIMPLEMENTED, which the engine takes as "not supported".
 *
 * The process ends with the engine that started it, also when that was killed: an orphan would go on changing a cluster nobody watches.
 * @param onEnd called before the process exits
 */
export function servePlugin(
  service: grpc.ServiceDefinition,
  implementation: grpc.UntypedServiceImplementation,
  onEnd: () => void | Promise<void>,
): void {
  const server = new grpc.Server(channelOptions);
  const complete = Object.fromEntries(
    Object.entries(service).map(([name, method]) => [name, implementation[name] ?? unimplemented(method.path)]),
  );
  server.addService(service, complete);
  server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
    if (error) throw error;
    process.stdout.write(`${port}\n`);
  });
  const leave = async () => {
    await onEnd();
    process.exit(0);
  };
  const parent = process.ppid;
  setInterval(() => process.ppid !== parent && leave(), 1000).unref();
  // The engine ends its plugins so; a plugin has its own process group, so the user's Ctrl-C does not arrive here.
  process.on("SIGINT", leave);
  process.on("SIGTERM", leave);
}

function unimplemented(path: string) {
  const error = { code: grpc.status.UNIMPLEMENTED, details: `${path} is not offered by this plugin` };
  return (call: grpc.ServerUnaryCall<unknown, unknown>, callback?: grpc.sendUnaryData<unknown>) =>
    callback ? callback(error) : call.emit("error", error);
}
