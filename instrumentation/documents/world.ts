import { nearest } from "../../common/nearest.ts";
import { malformedSpec } from "../check-spec.ts";
import { agentFields, resourcesField, withDefaults } from "../defaulter.ts";
import type { Fields, Instrumentation, InstrumentationSpec, NamespaceInfo, Problem } from "../types.ts";
import { isFields } from "../workload.ts";

/** What a set of documents says about a cluster. It is the whole cluster: what is not in it does not exist. */
export interface DocumentsWorld {
  readonly instrumentations: readonly Instrumentation[];
  readonly namespace: (name: string) => NamespaceInfo;
  readonly secrets: (namespace: string) => ReadonlySet<string>;
  readonly configMaps: (namespace: string) => ReadonlySet<string>;
  readonly services: readonly { readonly name: string; readonly namespace: string }[];
}

type Known = { readonly [field: string]: Known | true };

const agent = { image: true, env: true, volumeLimitSize: true, volumeClaimTemplate: true } as const;
const more: Readonly<Record<string, Known>> = {
  java: { extensions: true },
  go: { securityContext: true },
  apacheHttpd: { attrs: true, version: true, configPath: true },
  nginx: { attrs: true, configFile: true },
};

/** Fields of an Instrumentation's spec at operator 0.158.0; what is below `true` is checked elsewhere. */
const knownFields: Known = {
  exporter: {
    endpoint: true,
    tls: { secretName: true, configMapName: true, ca_file: true, cert_file: true, key_file: true },
  },
  propagators: true,
  sampler: { type: true, argument: true },
  resource: { resourceAttributes: true, addK8sUIDAttributes: true },
  defaults: { useLabelsForResourceAttributes: true },
  env: true,
  imagePullPolicy: true,
  initContainerSecurityContext: true,
  ...Object.fromEntries(
    agentFields.map((field) => [field, { ...agent, [resourcesField(field)]: true, ...more[field] } as Known]),
  ),
};

function unknownFields(value: unknown, known: Known, path: string, who: string): Problem[] {
  if (!isFields(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const deeper = Object.hasOwn(known, key) ? known[key] : undefined;
    if (deeper !== undefined) return deeper === true ? [] : unknownFields(inner, deeper, `${path}.${key}`, who);
    const fields = Object.keys(known);
    const meant = nearest(key, fields);
    const write = meant === undefined ? `one of ${fields.join(", ")}, or leave it out` : `${path}.${meant}`;
    return [
      {
        code: "instrumentation-unknown-field",
        message: `${path}.${key} of ${who} is no field of an Instrumentation. Write: ${write}`,
      },
    ];
  });
}

/** The Instrumentation that an object is, images and resources filled in, and what is wrong with it. */
export function readInstrumentation(
  object: Fields,
  defaultNamespace: string,
): { instrumentation?: Instrumentation; problems: Problem[] } {
  const { name, namespace } = metadataOf(object);
  const malformed = (message: string) => ({ problems: [{ code: "instrumentation-malformed", message }] });
  if (typeof name !== "string" || name === "") {
    return malformed(`the Instrumentation has no name that is a text. Write: metadata: { name: default }`);
  }
  const given: Instrumentation = {
    namespace: typeof namespace === "string" && namespace !== "" ? namespace : defaultNamespace,
    name,
    spec: (object["spec"] ?? {}) as InstrumentationSpec,
  };
  const who = `Instrumentation ${given.namespace}/${name}`;
  if (object["apiVersion"] !== "opentelemetry.io/v1alpha1") {
    const version = JSON.stringify(object["apiVersion"] ?? null);
    return malformed(`apiVersion of ${who} is ${version}. Write: apiVersion: opentelemetry.io/v1alpha1`);
  }
  const problems = [...malformedSpec(given), ...unknownFields(given.spec, knownFields, "spec", who)];
  // A malformed spec stays as it is, so that each workload that needs it is refused.
  const sound = problems.every(({ code }) => code !== "instrumentation-malformed");
  return { instrumentation: sound ? { ...given, spec: withDefaults(withoutNulls(given.spec)) } : given, problems };
}

/** A field that is null is a field that is not set. */
function withoutNulls<T>(value: T): T {
  if (!isFields(value)) return value;
  const entries = Object.entries(value).filter(([, inner]) => inner !== null && inner !== undefined);
  return Object.fromEntries(entries.map(([key, inner]) => [key, withoutNulls(inner)])) as T;
}

/** Metadata of an object, whatever stands there. */
export function metadataOf(object: Fields): Fields {
  return isFields(object["metadata"]) ? object["metadata"] : {};
}

/** The objects of a document: itself, or those of a List. */
export function objectsOf(value: unknown): Fields[] {
  if (!isFields(value)) return [];
  return isList(value) ? value["items"].flatMap(objectsOf) : [value];
}

/** Whether an object is a `List`, or a `DeploymentList` and the like. */
export function isList(value: Fields): value is Fields & { items: unknown[] } {
  return typeof value["kind"] === "string" && value["kind"].endsWith("List") && Array.isArray(value["items"]);
}

/** What objects say about a cluster; of several with the same name the last one counts, as when they are applied. */
export function worldOf(
  objects: readonly Fields[],
  instrumentations: readonly Instrumentation[],
  defaultNamespace: string,
): DocumentsWorld {
  const namespaces = new Map<string, NamespaceInfo>();
  const services: { name: string; namespace: string }[] = [];
  const names = { Secret: new Map<string, Set<string>>(), ConfigMap: new Map<string, Set<string>>() };
  for (const object of objects) {
    const { kind, apiVersion } = object;
    const { name, namespace, annotations } = metadataOf(object);
    if (apiVersion !== "v1" || typeof name !== "string") continue;
    if (kind === "Namespace") {
      const own = isFields(annotations) ? (annotations as Record<string, string>) : undefined;
      namespaces.set(name, { name, annotations: own });
      continue;
    }
    const where = typeof namespace === "string" && namespace !== "" ? namespace : defaultNamespace;
    if (kind === "Service") services.push({ name, namespace: where });
    if (kind === "Secret" || kind === "ConfigMap") {
      const there = names[kind].get(where) ?? new Set();
      names[kind].set(where, there.add(name));
    }
  }
  const none: ReadonlySet<string> = new Set();
  const byId = new Map(instrumentations.map((one) => [`${one.namespace}/${one.name}`, one]));
  return {
    instrumentations: [...byId.values()],
    namespace: (name) => namespaces.get(name) ?? { name },
    secrets: (namespace) => names.Secret.get(namespace) ?? none,
    services,
    configMaps: (namespace) => names.ConfigMap.get(namespace) ?? none,
  };
}
