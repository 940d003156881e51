import grpc from "@grpc/grpc-js";
import services from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import engine from "@pulumi/pulumi/proto/engine_pb.js";
import { redact } from "./errors.ts";

/** Shows text to the user through the engine, as the official plugins do. */
export interface EngineLog {
  warn(urn: string, message: string, secrets: readonly string[]): void;
  /** A line beside the resource, replaced by the next one and not kept. */
  status(urn: string, message: string, secrets: readonly string[]): void;
}

/** @param address host:port of the engine; without one nothing is shown */
export function createEngineLog(address: string | undefined): EngineLog {
  if (!address) return { warn: () => {}, status: () => {} };
  const client = new services.EngineClient(address, grpc.credentials.createInsecure());
  const shown = new Set<string>();
  const last = new Map<string, string>();
  const send = (severity: engine.LogSeverity, urn: string, message: string, ephemeral: boolean) => {
    const request = new engine.LogRequest()
      .setSeverity(severity)
      .setUrn(urn)
      .setMessage(message)
      .setEphemeral(ephemeral);
    // Nothing depends on a log line: an engine that is going away may drop it.
    client.log(request, () => {});
  };
  return {
    warn(urn, message, secrets) {
      const text = redact(message, secrets);
      if (shown.has(urn + text)) return;
      shown.add(urn + text);
      send(engine.LogSeverity.WARNING, urn, text, false);
    },
    status(urn, message, secrets) {
      const text = redact(message, secrets);
      if (last.get(urn) === text) return;
      last.set(urn, text);
      send(engine.LogSeverity.INFO, urn, text, true);
    },
  };
}
