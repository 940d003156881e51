import { fields, isObject as isFields } from "../../common/objects.ts";
import type { Manifest } from "../../policy/types.ts";
import { isObject, keyOf, maskedManifest, plainManifest, type Registered, toYaml } from "./render.ts";

/** A program's objects as they are handed to `kubectl apply` or to a GitOps controller. */
export interface Rendered {
  /** Text of each file by its name, in the order in which the files are to be applied. No Secret is among them. */
  readonly files: ReadonlyMap<string, string>;
  /** The Secrets, values in plain text. */
  readonly secrets: readonly RenderedSecret[];
}

export interface RenderedSecret {
  readonly manifest: Manifest;
  /** Whether the program made its values up, which then must not change: certificates. Else they stand in the users' own files. */
  readonly made: boolean;
}

const header =
  "# Written by throughline render. A change here is refused by the next run: change the settings instead.\n";

/**
 * The objects of a rendering as files, the same for the same program. What only Pulumi understands is left out: its annotations, and
 * fields that it leaves to others once an object is there, such as the number of pods where an autoscaler changes it.
 * Throws an Error where a secret value stands in anything but a Secret, which is a fault of the program.
 */
export async function renderFiles(resources: readonly Registered[]): Promise<Rendered> {
  const secrets: RenderedSecret[] = [];
  const named: [string, string][] = [];
  for (const resource of resources.filter(isObject)) {
    const manifest = withoutAnnotations(await plainManifest(resource));
    if (manifest.kind === "Secret") {
      secrets.push({ manifest, made: resource.ignoreChanges.includes("data") });
      continue;
    }
    refuseSecrets(manifest, withoutAnnotations(await maskedManifest(resource)));
    const own = resource.ignoreChanges.reduce<Manifest>((kept, path) => without(kept, path.split(".")), manifest);
    named.push([fileName(own), header + toYaml([own])]);
  }
  const files = new Map(named.sort(([a], [b]) => (a < b ? -1 : 1)));
  if (files.size < named.length) throw new Error("two objects of one kind and name");
  const order = (a: RenderedSecret, b: RenderedSecret) => (keyOf(a.manifest) < keyOf(b.manifest) ? -1 : 1);
  return { files, secrets: secrets.sort(order) };
}

/** Kinds by when they are applied; what is not named comes after the workloads. */
const stages: readonly (readonly string[])[] = [
  ["Namespace"],
  ["CustomResourceDefinition"],
  [
    ...["ServiceAccount", "ConfigMap", "ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"],
    ...["LimitRange", "ResourceQuota", "NetworkPolicy", "PodDisruptionBudget"],
  ],
  ["Service", "PersistentVolumeClaim"],
  ["StatefulSet", "DaemonSet", "Deployment", "Job", "CronJob"],
  // What others define comes here.
  [],
  // The API server asks a webhook as soon as it is there.
  ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"],
];

/** `<stage>-<kind>_<namespace>_<name>.yaml`; names of Kubernetes hold no underscore, and a byte that a file's name may not have is encoded. */
function fileName({ kind, metadata: { name, namespace } }: Manifest): string {
  const found = stages.findIndex((kinds) => kinds.includes(kind));
  const stage = found === -1 ? stages.length - 2 : found;
  const words = [kind.toLowerCase(), ...(namespace === undefined ? [] : [namespace]), name];
  return `${stage}-${words.map((word) => encodeURIComponent(word).replaceAll("*", "%2A")).join("_")}.yaml`;
}

function withoutAnnotations(manifest: Manifest): Manifest {
  const { annotations, ...metadata } = manifest.metadata;
  const kept = Object.entries(fields(annotations)).filter(([key]) => !key.startsWith("pulumi.com/"));
  return {
    ...manifest,
    metadata: { ...metadata, ...(kept.length > 0 && { annotations: Object.fromEntries(kept) }) },
  };
}

/** The same without the field at a path. */
function without<T extends object>(value: T, [key = "", ...rest]: readonly string[]): T {
  const { [key]: inner, ...others } = value as Record<string, unknown>;
  if (inner === undefined || rest.length === 0) return others as T;
  return { ...value, [key]: isFields(inner) ? without(inner, rest) : inner };
}

/** Certificates are public, also where they come out of a Secret. */
const certificates = /^\s*(-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----\s*)+$/;

function refuseSecrets(manifest: Manifest, masked: Manifest): void {
  const look = (open: unknown, hidden: unknown, path: string): void => {
    if (open === hidden) return;
    if (isFields(open) && isFields(hidden)) {
      for (const key of Object.keys(open)) look(open[key], hidden[key], `${path}.${key}`);
    } else if (Array.isArray(open) && Array.isArray(hidden)) {
      for (const [index, inner] of open.entries()) look(inner, hidden[index], `${path}[${index}]`);
    } else if (!textsIn(open).every((text) => certificates.test(text))) {
      throw new Error(`${manifest.kind} ${manifest.metadata.name} holds a secret in ${path.slice(1)}`);
    }
  };
  look(manifest, masked, "");
}

function textsIn(value: unknown): string[] {
  if (typeof value === "object" && value !== null) return Object.values(value).flatMap(textsIn);
  return [String(value)];
}
