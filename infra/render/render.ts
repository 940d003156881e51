import * as pulumi from "@pulumi/pulumi";
import { stringify } from "yaml";
import { asKubectl } from "../../common/yaml-values.ts";
import type { Manifest } from "../../policy/types.ts";
import { type Message, whileListening } from "./log.ts";

/** What a run of a program made. */
export interface Rendering<Outputs> {
  readonly outputs: Outputs;
  /** Every Kubernetes object, sorted by namespace, kind and name. Secret values are masked. */
  readonly manifests: readonly Manifest[];
  /** Every resource in the order of registration, components included. */
  readonly resources: readonly Registered[];
  /** What the program told people, in order. */
  readonly messages: readonly Message[];
}

export interface Registered {
  /** Type token, e.g. `kubernetes:apps/v1:Deployment`. */
  readonly type: string;
  readonly name: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  /** `urn::id` of the explicit provider; empty for components and for the default provider. */
  readonly provider: string;
  /** Fields that are left as they are once the resource is there, such as `spec.replicas`. */
  readonly ignoreChanges: readonly string[];
}

export interface RenderOptions {
  /**
   * Data of Secrets that an earlier run made, by `namespace/name`. It takes the place of new data where the program leaves a Secret
   * as it is once it is there. Default: none.
   */
  readonly kept?: ReadonlyMap<string, Readonly<Record<string, unknown>>>;
  /** Name of the Pulumi project, which is the prefix of its settings. Default: throughline. */
  readonly project?: string;
  /** The stack's configuration by full key, such as `throughline:profile`, as texts. Default: - what the process has. */
  readonly config?: Readonly<Record<string, string>>;
}

const masked = "[secret]";

/**
 * Runs a Pulumi program without engine, plugin or cluster. The transforms of the stack and of resources and their parents are applied as
 * the engine would, so injected variables are in the result. One at a time: Pulumi's mocks belong to the process.
 * @param program Such as `() => import("../index.ts")`, or a function that makes resources.
 */
export async function render<Outputs>(
  program: () => Outputs | Promise<Outputs>,
  options: RenderOptions = {},
): Promise<Rendering<Outputs>> {
  const resources: Registered[] = [];
  const ofStack: pulumi.ResourceTransform[] = [];
  const ofResource = new Map<string, readonly pulumi.ResourceTransform[]>();
  const asked = { parent: "", ignoreChanges: [] as readonly string[] };
  const mocks: pulumi.runtime.Mocks = {
    call: () => ({}),
    registerTransform: (transform) => ofStack.push(transform),
    async newResource({ type, name, inputs, provider, custom, transforms = [] }) {
      const { parent, ignoreChanges } = asked;
      const inherited = [...transforms, ...(ofResource.get(parent) ?? [])];
      let props = inputs;
      for (const transform of [...inherited, ...ofStack]) {
        const result = await transform({ type, name, props, opts: {}, custom: custom ?? false });
        props = result?.props ?? props;
      }
      props = withKept(props, ignoreChanges, options.kept);
      resources.push({ type, name, inputs: props, provider: provider ?? "", ignoreChanges });
      return { id: `${name}-id`, state: props };
    },
  };
  await pulumi.runtime.setMocks(mocks, options.project ?? "throughline", "test");
  const before = pulumi.runtime.allConfig();
  pulumi.runtime.setAllConfig({ ...(options.config ?? before) });
  watch(asked, ofResource);
  const { result: outputs, messages } = await whileListening(async () => {
    const made = await program();
    // Registrations run on after the constructors return; the runtime knows when the last one is through.
    await pulumi.runtime.disconnect();
    return made;
  }).finally(() => pulumi.runtime.setAllConfig(before));
  const manifests = await Promise.all(resources.filter(isObject).map(maskedManifest));
  return { outputs, manifests: manifests.sort(byIdentity), resources, messages };
}

/** The manifests as one YAML text, the same for the same program. */
export function toYaml(manifests: readonly Manifest[]): string {
  return manifests
    .map((manifest) =>
      stringify(manifest, { ...asKubectl, lineWidth: 0, aliasDuplicateObjects: false, sortMapEntries: true }),
    )
    .join("---\n");
}

/** Whether a resource is a Kubernetes object. */
export function isObject({ type, inputs }: Registered): boolean {
  return type.startsWith("kubernetes:") && "kind" in inputs;
}

/** The object of a resource with everything that is secret replaced. */
export async function maskedManifest({ inputs }: Registered): Promise<Manifest> {
  const known = JSON.parse(JSON.stringify(await plain(inputs, masked))) as Manifest;
  if (known.kind !== "Secret") return known;
  const hide = (values: unknown) =>
    values && Object.fromEntries(Object.keys(values as object).map((key) => [key, masked]));
  return {
    ...known,
    ...("data" in known && { data: hide(unwrapped(inputs["data"])) }),
    ...("stringData" in known && { stringData: hide(unwrapped(inputs["stringData"])) }),
  };
}

/** The object of a resource as it is, secrets in plain text: not to be printed. */
export async function plainManifest({ inputs }: Registered): Promise<Manifest> {
  return JSON.parse(JSON.stringify(await plain(inputs))) as Manifest;
}

/** `namespace/name`. */
export function keyOf({ metadata }: Pick<Manifest, "metadata">): string {
  return `${metadata.namespace ?? ""}/${metadata.name}`;
}

/**
 * Has the mock monitor say what Pulumi's mocks are not told: options of the resource that is registered next, and whose child it is.
 * What is asked for is read before anything else can be registered.
 */
function watch(
  asked: { parent: string; ignoreChanges: readonly string[] },
  ofResource: Map<string, readonly pulumi.ResourceTransform[]>,
): void {
  type Request = {
    getParent(): string;
    getIgnorechangesList(): string[];
    getTransformsList(): { getToken(): string }[];
  };
  type Reply = (error: unknown, response: { getUrn(): string } | undefined) => void;
  const monitor = pulumi.runtime.getMonitor() as unknown as {
    registerResource(request: Request, reply: Reply): Promise<void>;
    transformCallbacks: Map<string, pulumi.ResourceTransform>;
  };
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = (request, reply) => {
    asked.parent = request.getParent();
    asked.ignoreChanges = request.getIgnorechangesList();
    const own = request.getTransformsList().flatMap((one) => monitor.transformCallbacks.get(one.getToken()) ?? []);
    const inherited = [...own, ...(ofResource.get(asked.parent) ?? [])];
    return register(request, (error, response) => {
      if (response !== undefined) ofResource.set(response.getUrn(), inherited);
      reply(error, response);
    });
  };
}

function withKept(
  inputs: Readonly<Record<string, unknown>>,
  ignoreChanges: readonly string[],
  kept: RenderOptions["kept"],
): Record<string, unknown> {
  if (kept === undefined || inputs["kind"] !== "Secret" || !ignoreChanges.includes("data")) return { ...inputs };
  const data = kept.get(keyOf(inputs as unknown as Manifest));
  const envelope = inputs["data"];
  if (data === undefined) return { ...inputs };
  return { ...inputs, data: pulumi.runtime.isRpcSecret(envelope) ? { ...(envelope as object), value: data } : data };
}

function unwrapped(value: unknown): unknown {
  return pulumi.runtime.isRpcSecret(value) ? pulumi.runtime.unwrapRpcSecret(value) : value;
}

/** Outputs resolved. What is secret is replaced as a whole where a replacement is given. */
async function plain(value: unknown, instead?: string): Promise<unknown> {
  if (pulumi.runtime.isRpcSecret(value)) return instead ?? plain(unwrapped(value));
  if (pulumi.Output.isInstance(value)) {
    const output = value as pulumi.Output<unknown> & { promise(): Promise<unknown>; isSecret: Promise<boolean> };
    return (await output.isSecret) && instead !== undefined ? instead : plain(await output.promise(), instead);
  }
  const deeper = (inner: unknown) => plain(inner, instead);
  if (Array.isArray(value)) return Promise.all(value.map(deeper));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(async ([key, inner]) => [key, await deeper(inner)] as const);
  return Object.fromEntries(await Promise.all(entries));
}

function byIdentity(a: Manifest, b: Manifest): number {
  const [left, right] = [identity(a), identity(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}

function identity({ kind, metadata }: Manifest): string {
  return `${metadata.namespace ?? ""}/${kind}/${metadata.name}`;
}
