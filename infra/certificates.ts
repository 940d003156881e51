// The library's decorators need this before it is loaded.
import "reflect-metadata";
import { X509Certificate as NodeCertificate, randomBytes, webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";

export const serverRoles = ["gateway", "jaeger"] as const;
export const clientRoles = ["otel-agent", "otel-gateway"] as const;
/** A part that others connect to. */
export type ServerRole = (typeof serverRoles)[number];
/** A part that connects to others. */
export type ClientRole = (typeof clientRoles)[number];

/** Days that a generation is meant to serve. */
export const validDays = { usual: 730, most: 3650 } as const;

/** Days before the end in which `expiryWarning` speaks. */
const warningDays = 60;
const dayMs = 24 * 3600_000;
/** Clocks of nodes differ, and a certificate of the future is refused. */
const backdatedMs = 3600_000;
const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;

/** One certificate with its private key, both PEM. */
export interface KeyPair {
  readonly certificate: string;
  /** PKCS #8, not encrypted. */
  readonly key: string;
}

/** An authority and all that it ever signed. */
export interface Generation<Server extends string = ServerRole> {
  /** The authority's certificate, PEM. Its private key is gone. */
  readonly ca: string;
  readonly servers: Readonly<Record<Server, KeyPair>>;
  readonly clients: Readonly<Record<ClientRole, KeyPair>>;
}

export interface GenerationOptions<Server extends string = ServerRole> {
  /** Number of the generation; stands in the authority's name. */
  readonly generation: number;
  /** Namespace of the parts; stands in every certificate's name. */
  readonly namespace: string;
  /** DNS names by which each server is reached; a leading `*.` stands for one label. */
  readonly hosts: Readonly<Record<Server, readonly string[]>>;
  /** Default: - all. */
  readonly clients?: readonly ClientRole[];
  readonly now: Date;
  /** Days from `now` to the end of the authority and of all its certificates. */
  readonly validDays: number;
}

/**
 * Makes one authority (ECDSA P-256) and the certificates of every server and client, which all end with it.
 * The authority's private key can't be exported and is dropped, so nothing more can ever be signed in its name.
 * Throws a RangeError for a generation below 1, days beyond the bounds or a server without names.
 */
export async function makeGeneration<Server extends string = ServerRole>(
  options: GenerationOptions<Server>,
): Promise<Generation<Server>> {
  const { generation, namespace, hosts, clients = clientRoles } = options;
  check(options);
  const servedRoles = Object.keys(hosts) as Server[];
  const times = {
    notBefore: new Date(options.now.getTime() - backdatedMs),
    notAfter: new Date(options.now.getTime() + options.validDays * dayMs),
  };
  const keys = await makeKeys(false);
  const name = distinguishedName(`throughline generation ${generation}`, namespace);
  const ca = await x509.X509CertificateGenerator.create({
    ...times,
    serialNumber: serialNumber(),
    subject: name,
    issuer: name,
    publicKey: keys.publicKey,
    signingKey: keys.privateKey,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });

  const leaf = async (role: string, purpose: "server" | "client", names: readonly string[]): Promise<KeyPair> => {
    const own = await makeKeys(true);
    const certificate = await x509.X509CertificateGenerator.create({
      ...times,
      serialNumber: serialNumber(),
      subject: distinguishedName(role, namespace),
      issuer: name,
      publicKey: own.publicKey,
      signingKey: keys.privateKey,
      signingAlgorithm: algorithm,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage[`${purpose}Auth`]]),
        await x509.SubjectKeyIdentifierExtension.create(own.publicKey),
        await x509.AuthorityKeyIdentifierExtension.create(keys.publicKey),
        ...(names.length > 0
          ? [new x509.SubjectAlternativeNameExtension(names.map((value) => ({ type: "dns", value })))]
          : []),
      ],
    });
    const key = await webcrypto.subtle.exportKey("pkcs8", own.privateKey);
    return { certificate: pem(certificate.rawData, "CERTIFICATE"), key: pem(key, "PRIVATE KEY") };
  };

  const [servers, users] = await Promise.all([
    forEach(servedRoles, (role) => leaf(role, "server", hosts[role])),
    forEach(clients, (role) => leaf(role, "client", [])),
  ]);
  return { ca: pem(ca.rawData, "CERTIFICATE"), servers, clients: users };
}

/**
 * What to tell people in the last 60 days of a certificate, and after its end.
 * @param certificate PEM
 * @param generation The generation it belongs to.
 * @param effect What its end means. Default: that of the certificates between the tiers.
 */
export function expiryWarning(
  certificate: string,
  generation: number,
  now: Date,
  effect = "no span gets from one tier to the next",
): string | undefined {
  const end = new NodeCertificate(certificate).validToDate;
  if (end.getTime() - now.getTime() > warningDays * dayMs) return undefined;
  const date = end.toISOString().slice(0, 10);
  const state = end > now ? `end on ${date}; from then on ${effect}` : `ended on ${date}; ${effect}`;
  return `throughline:tlsGeneration is ${generation}, whose certificates ${state}. Write: pulumi config set throughline:tlsGeneration ${generation + 1}`;
}

function check<Server extends string>({ generation, validDays: days, hosts }: GenerationOptions<Server>): void {
  if (!Number.isSafeInteger(generation) || generation < 1) throw new RangeError(`generation ${generation} is below 1`);
  // The next generation is made ahead and lasts for two terms.
  if (!(days >= 1 && days <= 2 * validDays.most))
    throw new RangeError(`validDays ${days} is not 1 to ${2 * validDays.most}`);
  for (const role of Object.keys(hosts) as Server[]) {
    if (hosts[role].length === 0) throw new RangeError(`server ${role} has no names`);
  }
}

function makeKeys(extractable: boolean): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, extractable, ["sign", "verify"]);
}

function distinguishedName(commonName: string, namespace: string): x509.JsonName {
  return [{ O: [`throughline ${namespace}`.slice(0, 64)] }, { CN: [commonName] }];
}

/** Sixteen random bytes as hex: positive, and never shortened by a leading zero. */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] as number) & 0x3f) | 0x40;
  return bytes.toString("hex");
}

function pem(der: ArrayBuffer, tag: string): string {
  return `${x509.PemConverter.encode(der, tag).trim()}\n`;
}

async function forEach<Role extends string, T>(
  roles: readonly Role[],
  make: (role: Role) => Promise<T>,
): Promise<Record<Role, T>> {
  const entries = await Promise.all(roles.map(async (role) => [role, await make(role)] as const));
  return Object.fromEntries(entries) as Record<Role, T>;
}
