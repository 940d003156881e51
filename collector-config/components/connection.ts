import type { Extension } from "../component.ts";
import type { Duration } from "./sending-queue.ts";

/** A certificate and its key, which only make sense together. */
type KeyPair =
  | { readonly cert_file: string; readonly key_file: string }
  | { readonly cert_file?: never; readonly key_file?: never };

interface TlsCommon {
  /** Lowest version to speak. Upstream's default: 1.2. */
  readonly min_version?: "1.2" | "1.3";
  /** How often the files are read anew, so that a rotated certificate is taken without a restart. Upstream's default: never. */
  readonly reload_interval?: Duration;
}

/**
 * TLS of a client. `insecure` means no TLS at all, so nothing else stands beside it.
 * @see https://github.com/open-telemetry/opentelemetry-collector/blob/main/config/configtls/README.md
 */
export type TlsClient =
  | { readonly insecure: true }
  | (TlsCommon &
      KeyPair & {
        readonly insecure?: false;
        /** The authority that signed the server's certificate. Default: the system's. */
        readonly ca_file?: string;
        /** The name the server's certificate is checked against. Default: the host of the endpoint. */
        readonly server_name_override?: string;
        /** Takes any certificate; for trials only. */
        readonly insecure_skip_verify?: boolean;
      });

/** TLS of a listener. `client_ca_file` makes it mutual: clients must show a certificate that this authority signed. */
export interface TlsServer extends TlsCommon {
  readonly cert_file: string;
  readonly key_file: string;
  readonly client_ca_file?: string;
  /** Reads `client_ca_file` anew when it changes; `reload_interval` does not cover it. Upstream's default: false. */
  readonly client_ca_file_reload?: boolean;
}

/** Who signs outgoing requests, or checks incoming ones. */
export interface Auth {
  readonly authenticator: Extension;
}

/** Header values are secrets more often than not: write `${env:NAME}`. */
export type Headers = Readonly<Record<string, string>>;

/** How requests are packed. gRPC knows these; HTTP also the others that upstream lists. */
export type GrpcCompression = "none" | "gzip" | "snappy" | "zstd";

/** @see https://github.com/open-telemetry/opentelemetry-collector/blob/main/config/configgrpc/README.md */
export interface GrpcClient {
  /** Without it upstream speaks TLS with the system's authorities. */
  readonly tls?: TlsClient;
  /** Upstream's default: gzip. */
  readonly compression?: GrpcCompression;
  readonly auth?: Auth;
  readonly headers?: Headers;
  /** Upstream's default: round_robin. Takes effect only when the endpoint's name has several addresses. */
  readonly balancer_name?: "round_robin" | "pick_first";
  /** Waits for a connection instead of failing at once while there is none. Upstream's default: false. */
  readonly wait_for_ready?: boolean;
  readonly keepalive?: {
    readonly time?: Duration;
    readonly timeout?: Duration;
    readonly permit_without_stream?: boolean;
  };
}

/** @see https://github.com/open-telemetry/opentelemetry-collector/blob/main/config/confighttp/README.md */
export interface HttpClient {
  readonly tls?: TlsClient;
  readonly compression?: GrpcCompression | "zlib" | "deflate" | "lz4" | "x-snappy-framed";
  readonly auth?: Auth;
  readonly headers?: Headers;
  /** How long one request may take. The default is the exporter's. */
  readonly timeout?: Duration;
  readonly proxy_url?: string;
  readonly max_idle_conns?: number;
  /** Connections kept for the next request. Upstream's default: 2. */
  readonly max_idle_conns_per_host?: number;
  readonly max_conns_per_host?: number;
  /** Dials for each request anew. Upstream's default: false. */
  readonly disable_keep_alives?: boolean;
  /** Speaks HTTP/2 where TLS allows it. Upstream's default: true. */
  readonly force_attempt_http2?: boolean;
  readonly idle_conn_timeout?: Duration;
}

/** A listener for HTTP. */
export interface HttpServer {
  /** `host:port`. */
  readonly endpoint: string;
  readonly tls?: TlsServer;
  readonly auth?: Auth;
  /** Bytes. Upstream's default: 20 MiB. */
  readonly max_request_body_size?: number;
  /** Hands request headers on, for what partitions or routes by them. Upstream's default: false. */
  readonly include_metadata?: boolean;
  /** Keeps connections for the next request. Upstream's default: true. */
  readonly keep_alives_enabled?: boolean;
  /** Which pages may send from a browser. */
  readonly cors?: { readonly allowed_origins: readonly string[]; readonly allowed_headers?: readonly string[] };
}
