import grpc from "@grpc/grpc-js";
import provider from "@pulumi/pulumi/proto/provider_pb.js";
import status from "@pulumi/pulumi/proto/status_pb.js";
import anyProto from "google-protobuf/google/protobuf/any_pb.js";
import { NotReadyError, ProviderError, redact } from "./errors.ts";
import { type Marked, toStruct } from "./structs.ts";

/** An object that exists but is not ready, in the words of the protocol: the engine keeps the state and tries again. */
export class PartialError extends Error {
  readonly id: string;
  readonly state: Marked;
  readonly inputs: Marked;

  constructor(cause: Error, id: string, state: Marked, inputs: Marked) {
    super(cause.message, { cause });
    this.id = id;
    this.state = state;
    this.inputs = inputs;
  }
}

/** Turns a failure into what the engine expects. An error that is none of ours is a defect of the provider, so its stack is told. */
export function toServiceError(error: unknown, secrets: readonly string[]): Partial<grpc.ServiceError> {
  if (error instanceof PartialError) return initFailed(error, secrets);
  const known = error instanceof ProviderError;
  const text = error instanceof Error ? (known ? error.message : (error.stack ?? error.message)) : String(error);
  return { code: grpc.status.UNKNOWN, details: redact(text, secrets) };
}

function initFailed(error: PartialError, secrets: readonly string[]): Partial<grpc.ServiceError> {
  const { cause } = error;
  const reasons = (cause instanceof NotReadyError ? cause.reasons : [error.message]).map((reason) =>
    redact(reason, secrets),
  );
  const detail = new provider.ErrorResourceInitFailed()
    .setId(error.id)
    .setProperties(toStruct(error.state))
    .setInputs(toStruct(error.inputs))
    .setReasonsList([reasons.join("\n")]);
  const packed = new anyProto.Any();
  packed.pack(detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const message = reasons.join("\n");
  const full = new status.Status().setCode(grpc.status.UNKNOWN).setMessage(message).setDetailsList([packed]);
  const metadata = new grpc.Metadata();
  metadata.add("grpc-status-details-bin", Buffer.from(full.serializeBinary()));
  return { code: grpc.status.UNKNOWN, details: message, metadata };
}
