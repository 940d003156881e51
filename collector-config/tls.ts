import type { TlsClient, TlsServer } from "./components/connection.ts";

/** Paths of PEM files inside a container. */
export interface TlsPaths {
  readonly certificate: string;
  readonly key: string;
  /** The authorities that the other side's certificate may come from. */
  readonly trust: string;
}

/** No part between the tiers speaks less. */
const oldestVersion = "1.3";
/** For whoever replaces the files in place. Authorities are read at the start only, so a new generation restarts the pods. */
const reloadInterval = "1h";

/**
 * `tls` of a receiver's protocol.
 * @param options `mutual`: whether clients must show a certificate of a trusted authority.
 * @see https://github.com/open-telemetry/opentelemetry-collector/blob/main/config/configtls/README.md
 */
export function serverTls(paths: TlsPaths, options: { readonly mutual: boolean }): TlsServer {
  return {
    cert_file: paths.certificate,
    key_file: paths.key,
    ...(options.mutual && { client_ca_file: paths.trust }),
    min_version: oldestVersion,
    reload_interval: reloadInterval,
  };
}

export interface ClientTlsOptions {
  /** Whether to show a certificate. */
  readonly mutual: boolean;
  /** The name that the server's certificate must bear. Default: - the host of the endpoint. */
  readonly serverName?: string | undefined;
}

/**
 * `tls` of an exporter.
 * @see https://github.com/open-telemetry/opentelemetry-collector/blob/main/config/configtls/README.md
 */
export function clientTls(paths: TlsPaths, options: ClientTlsOptions): TlsClient {
  return {
    ca_file: paths.trust,
    ...(options.mutual && { cert_file: paths.certificate, key_file: paths.key, reload_interval: reloadInterval }),
    ...(options.serverName !== undefined && { server_name_override: options.serverName }),
    min_version: oldestVersion,
  };
}
