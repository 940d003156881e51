import { textual } from "../common/objects.ts";
import { resourcePrefix } from "./annotations.ts";
import { indexOfEnv, literal } from "./env.ts";
import { versionOfImage } from "./image.ts";
import type { Container, EnvVar, InstrumentationSpec, ObjectMeta, PodSpec } from "./types.ts";
import { owners } from "./workload.ts";

/** Values that are not known as text while injection runs (a deploy tool's promises); tokens stand for them in strings. */
export interface LateValues {
  /** The text behind the tokens in a string, as far as it is known now. */
  readonly reveal: (text: string) => string;
  /** A token for what `make` gives for the text once that is known; undefined when it is known to give nothing. */
  readonly derive: (text: string, make: (value: string) => string | undefined) => string | undefined;
}

/** Everything about a workload that resource attributes are computed from. */
export interface Subject {
  readonly kind: string;
  readonly name: string;
  readonly namespace: string;
  readonly meta: ObjectMeta;
  readonly spec: PodSpec;
  readonly late: LateValues | undefined;
}

export const attributesEnv = "OTEL_RESOURCE_ATTRIBUTES";
const podNameRef = "$(OTEL_RESOURCE_ATTRIBUTES_POD_NAME)";

/** Attribute that every injection leaves in a container; nobody would write it by hand. */
export const podNameAttribute = `k8s.pod.name=${podNameRef}`;

/** Stands for a value that exists only in the live cluster; such an attribute is left out. */
const live = Symbol("known in the cluster only");
type Attributes = Map<string, string | typeof live>;

const none: ReadonlySet<string> = new Set();

function existingKeys(value: string): ReadonlySet<string> {
  if (value === "") return none;
  const keys = new Set<string>();
  for (const pair of value.split(",")) {
    const parts = pair.trim().split("=");
    if (parts.length === 2) keys.add(parts[0] as string);
  }
  return keys;
}

/** The user's own OTEL_RESOURCE_ATTRIBUTES in a list of variables; empty when there is none. */
export function userAttributes(env: readonly EnvVar[], late: LateValues | undefined): string {
  const value = literal(env[indexOfEnv(env, attributesEnv)]);
  return late === undefined ? value : late.reveal(value);
}

/**
 * Resource attributes of a container, in rising precedence: the Instrumentation's, Kubernetes', the annotations'.
 * Keys that the container's own OTEL_RESOURCE_ATTRIBUTES has are left to it.
 */
export function attributesOf(
  subject: Subject,
  container: Container,
  spec: InstrumentationSpec,
  user: string,
): Attributes {
  const taken = existingKeys(user);
  const attributes: Attributes = new Map();
  const set = (key: string, value: string | typeof live | undefined) => {
    if (value !== undefined && value !== "" && !taken.has(key)) attributes.set(key, value);
  };
  for (const [key, value] of Object.entries(spec.resource?.resourceAttributes ?? {})) {
    if (!taken.has(key)) attributes.set(key, value);
  }
  const annotations = subject.meta.annotations ?? {};
  set("k8s.namespace.name", subject.namespace);
  set("k8s.container.name", container.name);
  if (subject.kind === "Pod") set("k8s.pod.name", subject.name);
  set("k8s.node.name", subject.spec.nodeName);
  const instance = textual(annotations[`${resourcePrefix}service.instance.id`]);
  set("service.instance.id", instance || `${subject.namespace}.${podNameRef}.${container.name}`);
  const chain = owners(subject.kind, subject.name, spec.resource?.addK8sUIDAttributes === true);
  for (const [key, value] of chain.known) set(key, value);
  // Injected by another language before: the cluster's own names would be there already.
  if (!user.includes(podNameAttribute)) for (const key of chain.live) set(key, live);
  for (const key in annotations) {
    if (!key.startsWith(resourcePrefix)) continue;
    const attribute = key.slice(resourcePrefix.length);
    if (attribute !== "service.name" && !taken.has(attribute)) attributes.set(attribute, textual(annotations[key]));
  }
  set("service.namespace", textual(annotations[`${resourcePrefix}service.namespace`]) || subject.namespace);
  return attributes;
}

function annotationOrLabel(subject: Subject, spec: InstrumentationSpec, attribute: string, labels: readonly string[]) {
  const annotated = textual(subject.meta.annotations?.[resourcePrefix + attribute]);
  if (annotated) return annotated;
  if (spec.defaults?.useLabelsForResourceAttributes !== true) return undefined;
  for (const label of labels) {
    const value = textual(subject.meta.labels?.[label]);
    if (value) return value;
  }
  return undefined;
}

const nameLabels = ["app.kubernetes.io/instance", "app.kubernetes.io/name"];
const versionLabels = ["app.kubernetes.io/version"];
const nameSources = ["deployment", "replicaset", "statefulset", "daemonset", "cronjob", "job", "pod"].map(
  (owner) => `k8s.${owner}.name`,
);

/**
 * `service.name`: annotation, label if wanted, the nearest named owner, or the container.
 * Where the owner's name exists only in the cluster (a ReplicaSet's), the workload's own name stands in.
 */
export function serviceName(subject: Subject, container: Container, spec: InstrumentationSpec, attributes: Attributes) {
  const chosen = annotationOrLabel(subject, spec, "service.name", nameLabels);
  if (chosen !== undefined) return chosen;
  for (const key of nameSources) {
    const value = attributes.get(key);
    if (value === live) return subject.name;
    if (value) return value;
  }
  return container.name;
}

/** `service.version`: annotation, label if wanted, or the image's tag or digest; undefined when there is none. */
export function serviceVersion(subject: Subject, container: Container, spec: InstrumentationSpec): string | undefined {
  const chosen = annotationOrLabel(subject, spec, "service.version", versionLabels);
  if (chosen !== undefined) return chosen;
  const image = container.image;
  if (subject.late === undefined || typeof image !== "string") return versionOfImage(image);
  return subject.late.derive(image, versionOfImage);
}

const surrogate = /[\ud800-\udfff]/;

/** Sorts strings by their bytes, in place. */
export function byBytes(texts: string[]): string[] {
  // Code units and bytes sort alike, except where surrogates are involved.
  if (!surrogate.test(texts.join(""))) return texts.sort();
  return texts.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

/** Attributes as the text of OTEL_RESOURCE_ATTRIBUTES: `key=value` sorted by the bytes of the key, joined by commas. */
export function render(attributes: Attributes): string {
  let text = "";
  for (const key of byBytes([...attributes.keys()])) {
    const value = attributes.get(key);
    if (value === live) continue;
    text += text === "" ? `${key}=${value}` : `,${key}=${value}`;
  }
  return text;
}
