import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { type ClientRole, expiryWarning, type Generation, makeGeneration, validDays } from "../certificates.ts";

export interface CertificateSecretsArgs<Server extends string> {
  /** First part of the resources' names. */
  readonly name: string;
  readonly namespace: string;
  /** The generation whose certificates are shown. */
  readonly generation: number;
  /** Days that a generation is meant to serve. Default: 730. */
  readonly validDays?: number | undefined;
  /** DNS names of each server. */
  readonly hosts: Readonly<Record<Server, readonly string[]>>;
  /** Default: - all that connect between the tiers. */
  readonly clients?: readonly ClientRole[];
  /** What the end of the certificates means, for people. Default: that of the certificates between the tiers. */
  readonly effect?: string;
  /** Metadata of a generation's Secret. */
  readonly metadata: (generation: number) => k8s.types.input.meta.v1.ObjectMeta;
  /** `data` of a generation's Secret; the authority's certificate under `authorityKey`. */
  readonly data: (made: Generation<Server>) => Record<string, string>;
}

/** Key of the authority's certificate in every Secret of certificates. */
export const authorityKey = "ca.crt";

/**
 * One Secret per generation: the former one, the one in use and the next, which is made ahead. Each is filled when it is made and never
 * again, so its content is read back from the resource.
 * @returns the certificates of all three authorities (PEM, the oldest first), and what to tell people near the end
 */
export function certificateSecrets<Server extends string>(
  args: CertificateSecretsArgs<Server>,
  parent: pulumi.Resource,
): { authorities: pulumi.Output<string[]>; warning: pulumi.Output<string | undefined> } {
  const { generation, namespace, hosts, clients } = args;
  const now = new Date();
  const kept = [generation - 1, generation, generation + 1].filter((which) => which >= 1);
  const secrets = kept.map((which) => {
    // The next one is made ahead: its own term begins when that of its predecessor ends.
    const days = (args.validDays ?? validDays.usual) * (which > generation ? 2 : 1);
    const options = { generation: which, namespace, hosts, now, validDays: days, ...(clients && { clients }) };
    return new k8s.core.v1.Secret(
      // The namespace is part of the name because a replacement would keep the ignored data, with names of the old namespace.
      `${args.name}-${which}`,
      {
        metadata: args.metadata(which),
        type: "Opaque",
        immutable: true,
        data: pulumi.secret(makeGeneration(options).then(args.data)),
      },
      { parent, ignoreChanges: ["data", "stringData"] },
    );
  });
  const authorities = pulumi.all(secrets.map((secret) => secret.data.apply((data) => decoded(data, authorityKey))));
  const current = authorities.apply((all) => all[kept.indexOf(generation)] as string);
  const warning = pulumi.unsecret(current).apply((ca) => expiryWarning(ca, generation, now, args.effect));
  return { authorities, warning };
}

/** Texts as the `data` of a Secret. */
export function encoded(texts: readonly (readonly [key: string, text: string])[]): Record<string, string> {
  return Object.fromEntries(texts.map(([key, text]) => [key, Buffer.from(text).toString("base64")]));
}

function decoded(data: Readonly<Record<string, string>>, key: string): string {
  const value = data[key];
  if (value === undefined) throw new Error(`a Secret of certificates holds no ${key}`);
  return Buffer.from(value, "base64").toString();
}
