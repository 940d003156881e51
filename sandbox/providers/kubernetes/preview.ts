import { randomBytes } from "node:crypto";
import { checkMayAdopt } from "./adopt.ts";
import { apply, isNamespaceMissing } from "./apply.ts";
import { type Cluster, MissingKindError, type Operation, readObject } from "./cluster.ts";
import { ApiError, ProviderError } from "./errors.ts";
import { targetOf } from "./kinds.ts";
import { keepIgnored } from "./lifecycle.ts";
import { at, hasUnknown, isProps, type Path, type Props, unknown, type Value, withValue } from "./values.ts";

/**
 * What creating an object would give, by a dry run on the server, so that its errors and warnings show in the preview.
 * An object with values that are not known yet, or whose namespace or kind does not exist yet, is not sent: the same update may make them.
 * @param replaces whether an object of the same name is there to be replaced by this one
 */
export async function previewCreate(
  cluster: Cluster,
  object: Props,
  manager: string,
  replaces: boolean,
  operation: Operation,
): Promise<Props> {
  if (hasUnknown(object)) return withoutServerValues(object, true);
  const target = targetOf(object);
  const live = await readObject(cluster, target, operation.signal);
  if (!live) return withoutServerValues((await tryDryRun(cluster, object, manager, operation)) ?? object, true);
  if (!replaces) {
    checkMayAdopt(live, object, manager, cluster.settings);
    return previewUpdate(cluster, object, manager, [], operation);
  }
  // The old object stands in the way of a dry run that creates, so another name is tried where the name is free.
  if (nameIsContent.has(target.kind)) return withoutServerValues(object, true);
  const trialName = `${target.name.slice(0, 40)}-${randomBytes(4).toString("hex")}`;
  const trial = withValue(object, ["metadata", "name"], trialName) as Props;
  const warn = (message: string) => operation.warn(message.replaceAll(trialName, target.name));
  try {
    const done = (await tryDryRun(cluster, trial, manager, { ...operation, warn })) ?? trial;
    return withoutServerValues(withValue(done, ["metadata", "name"], target.name) as Props, true);
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    throw new ProviderError(error.message.replaceAll(trialName, target.name));
  }
}

const nameIsContent = new Set(["CustomResourceDefinition", "APIService"]);

/**
 * What updating an object would give, by a dry run on the server.
 * @param ignored as for the update itself
 */
export async function previewUpdate(
  cluster: Cluster,
  object: Props,
  manager: string,
  ignored: readonly Path[],
  operation: Operation,
): Promise<Props> {
  if (hasUnknown(object)) return withoutServerValues(object, true);
  const live = ignored.length > 0 ? await readObject(cluster, targetOf(object), operation.signal) : undefined;
  const done = await tryDryRun(cluster, keepIgnored(object, live, ignored), manager, operation);
  return withoutServerValues(done ?? object, done === undefined);
}

async function tryDryRun(
  cluster: Cluster,
  object: Props,
  manager: string,
  operation: Operation,
): Promise<Props | undefined> {
  try {
    return await apply(cluster, object, manager, operation, true);
  } catch (error) {
    const cause = error instanceof ProviderError && error.cause !== undefined ? error.cause : error;
    if (cause instanceof MissingKindError || isNamespaceMissing(cause)) return undefined;
    // A namespace gets its service account a moment after it was made.
    if (cause instanceof ApiError && cause.status === 403 && /serviceaccount "[^"]*" not found/.test(cause.message))
      return undefined;
    throw error;
  }
}

const changedByEveryWrite: Path[] = [["metadata", "resourceVersion"], ["metadata", "generation"], ["status"]];
const chosenOnCreate: Path[] = [
  ["metadata", "uid"],
  ["metadata", "creationTimestamp"],
];
const chosenForServices: Path[] = [
  ["spec", "clusterIP"],
  ["spec", "clusterIPs"],
  ["spec", "healthCheckNodePort"],
];

/** Values that only the real write decides are not known in a preview: a dry run invents its own. */
export function withoutServerValues(object: Props, isNew: boolean): Props {
  const paths = [...changedByEveryWrite, ...(isNew ? chosenOnCreate : [])];
  let result: Value = object;
  if (isProps(object["metadata"])) for (const path of paths) result = withValue(result, path, unknown);
  if (isNew && object["kind"] === "Service" && isProps(object["spec"])) {
    const given = (path: Path) =>
      at(object, path) === "None" || (Array.isArray(at(object, path)) && at(object, ["spec", "clusterIP"]) === "None");
    for (const path of chosenForServices) {
      const isAsked = path[1] !== "healthCheckNodePort" || at(object, path) !== undefined;
      if (isAsked && !given(path)) result = withValue(result, path, unknown);
    }
  }
  return result as Props;
}
