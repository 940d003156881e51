import { createHash, randomBytes } from "node:crypto";
import type { Cluster } from "./cluster.ts";
import { annotation, kindOfType, nameOf, refusal, typeOf } from "./kinds.ts";
import { isSecretObject, type Marked } from "./structs.ts";
import { at, isProps, type Props, unknown, withoutNulls, withValue } from "./values.ts";
import { parseWaitFor } from "./waitfor.ts";

export interface Checked {
  readonly inputs: Marked;
  readonly failures: readonly { property: string; reason: string }[];
}

/**
 * Completes the inputs of a resource: apiVersion and kind, a name when it has none, the namespace of namespaced kinds.
 * @param before the inputs of the last update, whose generated name is kept; empty for a new resource
 * @param cluster undefined while the provider's own settings are not known (preview)
 * @param seed the engine's, so that preview and update find the same name; may be empty
 */
export async function check(
  urn: string,
  news: Marked,
  before: Marked,
  cluster: Cluster | undefined,
  seed: Uint8Array,
): Promise<Checked> {
  const type = typeOf(urn);
  const refused = refusal(type);
  if (refused) return { inputs: news, failures: [{ property: "", reason: refused }] };

  let object: Props = withoutNulls({ ...kindOfType(type), ...news.value });
  if (object["metadata"] === unknown) return { inputs: { ...news, value: object }, failures: [] };
  object = withName(object, before.value, nameOf(urn), seed);
  object = await withDefaultNamespace(object, cluster);
  return { inputs: { value: object, secrets: secretPlaces(object, news) }, failures: failuresOf(object) };
}

/**
 * A random suffix, kept from then on by the annotation pulumi.com/autonamed.
 * With metadata.generateName the prefix is the program's own.
 */
function withName(object: Props, before: Props, resourceName: string, seed: Uint8Array): Props {
  if (at(object, ["metadata", "name"]) !== undefined) return object;
  const prefix = at(object, ["metadata", "generateName"]);
  if (prefix === unknown) return object;
  const old = at(before, ["metadata", "name"]);
  const keeps = annotation(before, autonamed) === "true" && typeof old === "string";
  const suffix = seed.length > 0 ? createHash("sha256").update(seed).digest("hex") : randomBytes(16).toString("hex");
  const name = keeps ? old : `${typeof prefix === "string" ? prefix : `${resourceName}-`}${suffix.slice(0, 8)}`;
  return withValue(
    withValue(object, ["metadata", "name"], name),
    ["metadata", "annotations", autonamed],
    "true",
  ) as Props;
}

const autonamed = "pulumi.com/autonamed";

/** Whether the object's name was generated here. */
export function isAutonamed(object: Props): boolean {
  return annotation(object, autonamed) === "true";
}

async function withDefaultNamespace(object: Props, cluster: Cluster | undefined): Promise<Props> {
  if (!cluster || at(object, ["metadata", "namespace"]) !== undefined) return object;
  const kind = await cluster.discover(String(object["apiVersion"]), String(object["kind"]));
  return kind?.namespaced
    ? (withValue(object, ["metadata", "namespace"], cluster.connection.namespace) as Props)
    : object;
}

function secretPlaces(object: Props, { secrets }: Marked): Marked["secrets"] {
  if (!isSecretObject(object)) return secrets;
  const whole = ["data", "stringData"].filter(
    (key) => object[key] !== undefined && !secrets.some((path) => path.length === 1 && path[0] === key),
  );
  return [...secrets, ...whole.map((key) => [key])];
}

function failuresOf(object: Props): Checked["failures"] {
  const failures: { property: string; reason: string }[] = [];
  const text = annotation(object, "pulumi.com/waitFor");
  if (text !== undefined) {
    try {
      parseWaitFor(text);
    } catch (error) {
      failures.push({ property: `metadata.annotations["pulumi.com/waitFor"]`, reason: (error as Error).message });
    }
  }
  const seconds = annotation(object, "pulumi.com/timeoutSeconds");
  if (seconds !== undefined && !(Number(seconds) > 0)) {
    const reason = `got "${seconds}"; write a number of seconds above 0, e.g. "120"`;
    failures.push({ property: `metadata.annotations["pulumi.com/timeoutSeconds"]`, reason });
  }
  if (object["metadata"] !== undefined && !isProps(object["metadata"])) {
    failures.push({ property: "metadata", reason: "must be an object" });
  }
  return failures;
}
