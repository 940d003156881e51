import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { TlsPaths } from "../../collector-config/tls.ts";
import {
  type ClientRole,
  clientRoles,
  type Generation,
  type KeyPair,
  type ServerRole,
  serverRoles,
} from "../certificates.ts";
import { authorityKey, certificateSecrets, encoded } from "./generations.ts";
import { metadata, names } from "./metadata.ts";

export interface TierCertificatesArgs {
  readonly namespace: string;
  /** The generation whose certificates the parts show. Raise it by one at a time. */
  readonly generation: number;
  /** Days that a generation is meant to serve. Default: 730. */
  readonly validDays?: number | undefined;
}

/**
 * The certificates between the tiers, one Secret per generation: the former one, the one in use and the next.
 *
 * Every part trusts the authorities of all three, so while pods roll from one generation to the next both sides accept each other,
 * whichever rolled first; raising it by two at once would break that. Each Secret is filled when it is made and never again: a change of
 * parts or names reaches a generation that is made after it, which is the next but one.
 */
export class TierCertificates extends pulumi.ComponentResource {
  /** What to tell people when the certificates are near their end. */
  readonly warning: pulumi.Output<string | undefined>;

  constructor(name: string, args: TierCertificatesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("throughline:index:TierCertificates", name, args, opts);
    const { namespace, generation } = args;
    const { authorities, warning } = certificateSecrets<ServerRole>(
      {
        name: `${name}-${namespace}`,
        namespace,
        generation,
        validDays: args.validDays,
        hosts: serverHosts(namespace),
        metadata: (which) => metadata(partName, namespace, secretName(which)),
        data: secretData,
      },
      this,
    );
    new k8s.core.v1.ConfigMap(
      `${name}-${namespace}-trust-${generation}`,
      {
        metadata: metadata(partName, namespace, trustName(generation)),
        immutable: true,
        // Public, but it comes out of Secrets, and previews are easier to read without it.
        data: { [files.trust]: authorities.apply((all) => all.join("")) },
      },
      { parent: this },
    );

    this.warning = warning;
    this.warning.apply((text) => text && pulumi.log.warn(text, this));
    this.registerOutputs({});
  }
}

/** What a pod needs to read its own certificate and the authorities. */
export interface TlsMount {
  readonly volume: k8s.types.input.core.v1.Volume;
  readonly volumeMount: k8s.types.input.core.v1.VolumeMount;
  readonly paths: TlsPaths;
}

/**
 * For the pods of a server: its certificate and key and nobody else's.
 *
 * The volume names objects that are never changed, by generation. So a new generation changes the pod template, which rolls the pods, and
 * a pod that starts in between still finds what its template asks for. No annotation is needed.
 */
export function serverMount(role: ServerRole, generation: number): TlsMount {
  return mount("server", role, generation);
}

/** For the pods of a client, as `serverMount`. */
export function clientMount(role: ClientRole, generation: number): TlsMount {
  return mount("client", role, generation);
}

/** The names by which the servers are reached from inside the cluster. */
export function serverHosts(namespace: string): Record<ServerRole, string[]> {
  const gateway = serviceHosts(names.gateway, namespace);
  return {
    // Pods of the StatefulSet have names of their own, below that of the headless Service.
    gateway: [
      ...gateway,
      ...serviceHosts(names.gatewayOtlp, namespace),
      ...gateway.slice(1).map((host) => `*.${host}`),
    ],
    jaeger: [names.jaeger, names.jaegerCollector].flatMap((service) => serviceHosts(service, namespace)),
  };
}

const partName = "throughline-tls";
/** Not below the configuration's folder: nothing can be mounted inside a read-only volume. */
const directory = "/etc/throughline-tls";
const files = { certificate: "tls.crt", key: "tls.key", trust: "ca.crt", ca: authorityKey } as const;
/** The container's user is not the owner but in the group (fsGroup): 0440. */
const groupReadable = 0o440;

function secretName(generation: number): string {
  return `throughline-tls-${generation}`;
}

function trustName(generation: number): string {
  return `throughline-tls-trust-${generation}`;
}

function serviceHosts(service: string, namespace: string): string[] {
  const inNamespace = `${service}.${namespace}`;
  return [service, inNamespace, `${inNamespace}.svc`, `${inNamespace}.svc.cluster.local`];
}

/** The key of one file in a generation's Secret. */
function item(kind: "server" | "client", role: string, file: string): string {
  return `${kind}-${role}-${file}`;
}

/** The Secret's `data`. */
function secretData(made: Generation): Record<string, string> {
  const pair = (kind: "server" | "client", role: string, { certificate, key }: KeyPair): [string, string][] => [
    [item(kind, role, files.certificate), certificate],
    [item(kind, role, files.key), key],
  ];
  return encoded([
    [files.ca, made.ca],
    ...serverRoles.flatMap((role) => pair("server", role, made.servers[role])),
    ...clientRoles.flatMap((role) => pair("client", role, made.clients[role])),
  ]);
}

function mount(kind: "server" | "client", role: string, generation: number): TlsMount {
  const name = `tls-${kind}`;
  const mountPath = `${directory}/${kind}`;
  const own = [files.certificate, files.key].map((path) => ({ key: item(kind, role, path), path }));
  return {
    volume: {
      name,
      projected: {
        defaultMode: groupReadable,
        sources: [
          { secret: { name: secretName(generation), items: own } },
          { configMap: { name: trustName(generation), items: [{ key: files.trust, path: files.trust }] } },
        ],
      },
    },
    volumeMount: { name, mountPath, readOnly: true },
    paths: {
      certificate: `${mountPath}/${files.certificate}`,
      key: `${mountPath}/${files.key}`,
      trust: `${mountPath}/${files.trust}`,
    },
  };
}
