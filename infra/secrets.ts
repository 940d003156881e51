import type { TlsClient } from "../collector-config/components/connection.ts";
import type { SecretFile, SecretVariable } from "./part.ts";
import type { KafkaSetting } from "./settings/backend-settings.ts";

/** What the Secrets of one connection give to the pods that make it. */
export interface Secrets {
  readonly variables: readonly SecretVariable[];
  readonly files: readonly SecretFile[];
}

/** Names of the Secrets of a connection, as settings tell them. */
export interface SecretNames {
  readonly secret: string | undefined;
  readonly ca: string | undefined;
}

/**
 * Environment and files for a connection.
 * @param kind What the connection leads to; begins the names of variables and files.
 * @param keys Keys of its Secret.
 */
export function secretsOf(kind: string, { secret, ca }: SecretNames, keys: readonly string[]): Secrets {
  return {
    variables: secret ? keys.map((key) => ({ name: variable(kind, key), secret, key })) : [],
    files: ca ? [{ name: `${kind}-ca`, secret: ca, key: "ca.crt", directory: caDirectory(kind) }] : [],
  };
}

/** Username and password as a configuration reads them; undefined without a Secret. */
export function login(
  kind: string,
  { secret }: Pick<SecretNames, "secret">,
): { readonly username: string; readonly password: string } | undefined {
  return secret === undefined
    ? undefined
    : { username: reference(kind, "username"), password: reference(kind, "password") };
}

/** How to log in at Kafka's brokers; undefined without a Secret. */
export function saslLogin(
  kind: string,
  { secret, mechanism = "SCRAM-SHA-512" }: Pick<KafkaSetting, "secret" | "mechanism">,
) {
  const user = login(kind, { secret });
  return user && { mechanism, ...user };
}

/** How a configuration reads the key of a connection's Secret. */
export function reference(kind: string, key: string): string {
  return `\${env:${variable(kind, key)}}`;
}

/** Path of the authority that signed the server's certificate. */
export function caFile(kind: string): string {
  return `${caDirectory(kind)}/ca.crt`;
}

/** How a connection that has no URL asks for TLS, as settings tell it. */
export interface TlsWish {
  readonly tls: boolean | undefined;
  readonly ca: string | undefined;
}

/** Whether such a connection is TLS. */
export function usesTls({ tls, ca }: TlsWish): boolean {
  return tls ?? ca !== undefined;
}

/** TLS of such a connection; undefined where it is plain. */
export function tlsClient(kind: string, wish: TlsWish): TlsClient | undefined {
  if (!usesTls(wish)) return undefined;
  return wish.ca === undefined ? { insecure: false } : { ca_file: caFile(kind) };
}

function variable(kind: string, key: string): string {
  return `${kind}_${key}`.toUpperCase();
}

function caDirectory(kind: string): string {
  return `/etc/throughline-ca/${kind}`;
}
