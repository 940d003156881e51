import { type Extension, extra } from "../component.ts";
import type { TlsServer } from "./connection.ts";
import type { Duration, NonEmpty } from "./sending-queue.ts";

export interface HealthCheckArgs {
  /** `host:port`. */
  readonly endpoint: string;
  /** Upstream's default: `/`. */
  readonly path?: `/${string}`;
  readonly tls?: TlsServer;
  readonly response_body?: { readonly healthy?: string; readonly unhealthy?: string };
}

/**
 * Answers probes: 200 once the pipelines run, 503 before and while they stop.
 * @see https://github.com/open-telemetry/opentelemetry-collector-contrib/blob/main/extension/healthcheckextension/README.md
 */
export function healthCheck(args: HealthCheckArgs, name = ""): Extension {
  return extra.extension("health_check", { ...args }, name);
}

export interface FileStorageArgs {
  /** Absolute path; each component that stores gets files of its own in it. */
  readonly directory: string;
  /** Makes the directory when it is missing. Upstream's default: false, then a missing one stops the Collector. */
  readonly create_directory?: boolean;
  /** Octal. Upstream's default: 0750. */
  readonly directory_permissions?: `0${number}`;
  /** How long to wait for the lock of a file that another process holds. Upstream's default: 1s. */
  readonly timeout?: Duration;
  /** Bytes that one file may have. Upstream's default: 0, no limit but the disk. */
  readonly max_size?: number;
  /** Writes through to the disk before answering. Upstream's default: false, then a power cut takes acknowledged data. */
  readonly fsync?: boolean;
  /** Starts with a fresh file when the old one can't be read, instead of stopping. Upstream's default: false. */
  readonly recreate?: boolean;
  /** Without it a file that grew in an outage never gives its space back. */
  readonly compaction?: {
    readonly on_start?: boolean;
    readonly on_rebound?: boolean;
    /** Where the copy is made; the same disk as `directory`. */
    readonly directory: string;
    /** Removes what a compaction left that was killed. */
    readonly cleanup_on_start?: boolean;
    /** Upstream's default: 100. */
    readonly rebound_needed_threshold_mib?: number;
    /** Upstream's default: 10. */
    readonly rebound_trigger_threshold_mib?: number;
    /** Upstream's default: 65536 items. */
    readonly max_transaction_size?: number;
    /** Upstream's default: 5s. */
    readonly check_interval?: Duration;
  };
}

/**
 * Keeps queues on disk, so that they outlive the process.
 * @see https://github.com/open-telemetry/opentelemetry-collector-contrib/blob/main/extension/storage/filestorage/README.md
 */
export function fileStorage(args: FileStorageArgs, name = ""): Extension {
  return extra.extension("file_storage", { ...args }, name);
}

/** A user by value or by file, and a password by value (`${env:NAME}`) or by file; files are watched. */
export type BasicAuthArgs = (
  | { readonly username: string; readonly username_file?: never }
  | { readonly username_file: string; readonly username?: never }
) &
  (
    | { readonly password: string; readonly password_file?: never }
    | { readonly password_file: string; readonly password?: never }
  );

/**
 * Signs an exporter's requests with a user and a password.
 * @param args The keys of upstream's `client_auth`.
 * @see https://github.com/open-telemetry/opentelemetry-collector-contrib/blob/main/extension/basicauthextension/README.md
 */
export function basicAuth(args: BasicAuthArgs, name = ""): Extension {
  return extra.extension("basicauth", { client_auth: { ...args } }, name);
}

/** One token, several (for a receiver that takes any of them), or a watched file with one on each line. */
export type BearerTokenAuthArgs = (
  | { readonly token: string; readonly tokens?: never; readonly filename?: never }
  | { readonly tokens: NonEmpty<string>; readonly token?: never; readonly filename?: never }
  | { readonly filename: string; readonly token?: never; readonly tokens?: never }
) & {
  /** Upstream's default: Bearer. */
  readonly scheme?: string;
  /** Upstream's default: Authorization. */
  readonly header?: string;
};

/**
 * Signs an exporter's requests with a token, or asks it of a receiver's clients.
 * @see https://github.com/open-telemetry/opentelemetry-collector-contrib/blob/main/extension/bearertokenauthextension/README.md
 */
export function bearerTokenAuth(args: BearerTokenAuthArgs, name = ""): Extension {
  return extra.extension("bearertokenauth", { ...args }, name);
}

/** Who issues the tokens, and for whom they must be meant. */
export type OidcProvider = {
  readonly issuer_url: string;
  readonly issuer_ca_path?: string;
  /** Upstream's default: the token's `sub`. */
  readonly username_claim?: string;
  readonly groups_claim?: string;
  /** Keys from this watched file instead of from the issuer. */
  readonly public_keys_file?: string;
} & (
  | { readonly audience: string; readonly ignore_audience?: false }
  | { readonly ignore_audience: true; readonly audience?: never }
);

export interface OidcArgs {
  /** The request header that holds the token. Upstream's default: authorization. */
  readonly attribute?: string;
  readonly providers: NonEmpty<OidcProvider>;
}

/**
 * Lets only those clients send to a receiver who show a token of one of these issuers.
 * @see https://github.com/open-telemetry/opentelemetry-collector-contrib/blob/main/extension/oidcauthextension/README.md
 */
export function oidc(args: OidcArgs, name = ""): Extension {
  return extra.extension("oidc", { ...args }, name);
}

export interface PprofArgs {
  /** `host:port`. Upstream's default: localhost:1777; profiles show what is in memory, so keep it on loopback. */
  readonly endpoint?: string;
  /** Upstream's default: 0, off. */
  readonly block_profile_fraction?: number;
  /** Upstream's default: 0, off. */
  readonly mutex_profile_fraction?: number;
  /** Writes a CPU profile from start to end of the process into this file. */
  readonly save_to_file?: string;
}

/**
 * Go's profiles of the Collector over HTTP.
 * @see https://github.com/open-telemetry/opentelemetry-collector-contrib/blob/main/extension/pprofextension/README.md
 */
export function pprof(args: PprofArgs = {}, name = ""): Extension {
  return extra.extension("pprof", { ...args }, name);
}
