import * as pulumi from "@pulumi/pulumi";
import { stringify } from "yaml";
import type { Manifest } from "../policy/types.ts";

/** What a run of a program made. */
export interface Rendering<Outputs> {
  readonly outputs: Outputs;
  /** Every Kubernetes object, sorted by namespace, kind and name. Secret values are masked. */
  readonly manifests: readonly Manifest[];
  /** Every resource in the order of registration, components included. */
  readonly resources: readonly Registered[];
}

export interface Registered {
  /** Type token, e.g. `kubernetes:apps/v1:Deployment`. */
  readonly type: string;
  readonly name: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  /** `urn::id` of the explicit provider; empty for components and for the default provider. */
  readonly provider: string;
}

const masked = "[secret]";

/**
 * Runs a Pulumi program without engine, plugin or cluster. The stack transforms it registers are applied as the engine would,
 * so injected variables are in the result. One at a time: Pulumi's mocks belong to the process.
 */
export async function render<Outputs>(program: () => Promise<Outputs>): Promise<Rendering<Outputs>> {
  const resources: Registered[] = [];
  const transforms: pulumi.ResourceTransform[] = [];
  await pulumi.runtime.setMocks(
    {
      call: () => ({}),
      registerTransform: (transform) => transforms.push(transform),
      async newResource({ type, name, inputs, provider, custom }) {
        let props = inputs;
        for (const transform of transforms) {
          const result = await transform({ type, name, props, opts: {}, custom: custom ?? false });
          props = result?.props ?? props;
        }
        resources.push({ type, name, inputs: props, provider: provider ?? "" });
        return { id: `${name}-id`, state: props };
      },
    },
    "throughline",
    "test",
  );
  const outputs = await program();
  // Registrations run on after the constructors return; the runtime knows when the last one is through.
  await pulumi.runtime.disconnect();
  const manifests = await Promise.all(resources.filter(isObject).map(({ inputs }) => toManifest(inputs)));
  return { outputs, manifests: manifests.sort(byIdentity), resources };
}

/** The manifests as one YAML text, the same for the same program. */
export function toYaml(manifests: readonly Manifest[]): string {
  return manifests
    .map((manifest) => stringify(manifest, { lineWidth: 0, aliasDuplicateObjects: false, sortMapEntries: true }))
    .join("---\n");
}

function isObject({ type, inputs }: Registered): boolean {
  return type.startsWith("kubernetes:") && "kind" in inputs;
}

async function toManifest(inputs: Readonly<Record<string, unknown>>): Promise<Manifest> {
  const known = JSON.parse(JSON.stringify(await plain(inputs))) as Manifest;
  if (known.kind !== "Secret") return known;
  const hide = (values: unknown) =>
    values && Object.fromEntries(Object.keys(values as object).map((key) => [key, masked]));
  return {
    ...known,
    ...("data" in known && { data: hide(unwrapped(inputs["data"])) }),
    ...("stringData" in known && { stringData: hide(unwrapped(inputs["stringData"])) }),
  };
}

function unwrapped(value: unknown): unknown {
  return pulumi.runtime.isRpcSecret(value) ? pulumi.runtime.unwrapRpcSecret(value) : value;
}

/** Outputs resolved, and everything that is secret replaced as a whole. */
async function plain(value: unknown): Promise<unknown> {
  if (pulumi.runtime.isRpcSecret(value)) return masked;
  if (pulumi.Output.isInstance(value)) {
    const output = value as pulumi.Output<unknown> & { promise(): Promise<unknown>; isSecret: Promise<boolean> };
    return (await output.isSecret) ? masked : plain(await output.promise());
  }
  if (Array.isArray(value)) return Promise.all(value.map(plain));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(async ([key, inner]) => [key, await plain(inner)] as const);
  return Object.fromEntries(await Promise.all(entries));
}

function byIdentity(a: Manifest, b: Manifest): number {
  const [left, right] = [identity(a), identity(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}

function identity({ kind, metadata }: Manifest): string {
  return `${metadata.namespace ?? ""}/${kind}/${metadata.name}`;
}
