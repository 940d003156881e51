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
  /** Whether several pods stand behind the address. Each request then dials anew, so that all of them get their share. Default: false. */
  readonly several?: boolean;
  /** Seconds that one request may take. Default: upstream's. */
  readonly seconds?: number;
}

/**
 * Sends to the next tier by OTLP over HTTP. Each request may dial anew, so a pod that comes back is found at the next retry, and one that
 * vanished is left at the next; a gRPC client that could not connect waits up to two minutes before it tries again.
 * @see https://github.com/grpc/grpc/blob/master/doc/connection-backoff.md
 */
export function tierExporter(
  { endpoint, tls, seconds = timeoutSeconds, several = false, ...rest }: TierExporterArgs,
  name = "",
): Exporter {
  const reached = tls.insecure
    ? { endpoint: `http://${endpoint}` }
    : // A connection of HTTP/2 to a pod that vanished would be used again until TCP gives up.
      { endpoint: `https://${endpoint}`, tls, force_attempt_http2: false };
  const connections = several ? { disable_keep_alives: true } : { max_idle_conns_per_host: consumers };
  return otlpHttpExporter({ ...reached, timeout: `${seconds}s`, ...connections, ...rest }, name);
}
