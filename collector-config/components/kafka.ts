import type { Extension } from "../component.ts";
import type { TlsClient } from "./connection.ts";
import type { Duration, NonEmpty } from "./sending-queue.ts";

/** How to log in at the brokers. Passwords by `${env:NAME}`. */
export type KafkaSasl =
  | {
      readonly mechanism: "PLAIN" | "SCRAM-SHA-256" | "SCRAM-SHA-512";
      readonly username: string;
      readonly password: string;
    }
  | { readonly mechanism: "AWS_MSK_IAM_OAUTHBEARER"; readonly aws_msk: { readonly region: string } }
  | { readonly mechanism: "OAUTHBEARER"; readonly oauthbearer_token_source: Extension };

/** What Kafka's receiver and exporter share. */
export interface KafkaClient {
  /** `host:port` of some brokers; the others are learned from them. */
  readonly brokers: NonEmpty<string>;
  /** Such as 3.6.0. Upstream's default: negotiated. */
  readonly protocol_version?: `${number}.${number}.${number}`;
  /** Upstream's default: otel-collector. */
  readonly client_id?: string;
  /** Upstream's default: no TLS. */
  readonly tls?: TlsClient;
  readonly auth?: { readonly sasl: KafkaSasl };
  /** Which zone this client is in, for reading from the nearest replica. */
  readonly rack_id?: string;
  readonly metadata?: {
    /** Keeps the metadata of all topics, not only of those in use. Upstream's default: true. */
    readonly full?: boolean;
    /** Upstream's default: 10m. */
    readonly refresh_interval?: Duration;
    /** While brokers elect or start. Upstream's defaults: 3 times, 250ms apart. */
    readonly retry?: { readonly max?: number; readonly backoff?: Duration };
  };
}

/** How records are written: OTLP for everything, or an encoding extension; traces also as Jaeger or Zipkin have them. */
export type KafkaEncoding = "otlp_proto" | "otlp_json" | Extension;
export type KafkaTraceEncoding = KafkaEncoding | "jaeger_proto" | "jaeger_json" | "zipkin_proto" | "zipkin_json";
