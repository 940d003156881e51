import { consumers, timeoutSeconds } from "./budget.ts";
import type { Exporter } from "./component.ts";
import type { GrpcCompression, TlsClient } from "./components/connection.ts";
import { otlpHttpExporter } from "./components/exporters-otlp.ts";
import type { Delivery } from "./components/sending-queue.ts";

export interface TierExporterArgs extends Delivery {
  /** `host:port` where the next tier takes OTLP over HTTP. */
  readonly endpoint: string;
  readonly tls: TlsClient;
  readonly compression: GrpcCompression;
}

/**
 * Sends to a next tier of one pod, by OTLP over HTTP. Each request may dial anew, so a pod that comes back is found at the next retry;
 * a gRPC client that could not connect waits up to two minutes before it tries again.
 * @see https://github.com/grpc/grpc/blob/master/doc/connection-backoff.md
 */
export function tierExporter({ endpoint, tls, ...rest }: TierExporterArgs, name = ""): Exporter {
  const reached = tls.insecure
    ? { endpoint: `http://${endpoint}` }
    : // A connection of HTTP/2 to a pod that vanished would be used again until TCP gives up.
      { endpoint: `https://${endpoint}`, tls, force_attempt_http2: false };
  return otlpHttpExporter(
    { ...reached, timeout: `${timeoutSeconds}s`, max_idle_conns_per_host: consumers, ...rest },
    name,
  );
}
