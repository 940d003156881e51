import { isForced } from "./adopt.ts";
import { pausing, tellingWhenCanceled } from "./await.ts";
import { type Cluster, MissingKindError, type Operation, served } from "./cluster.ts";
import { pathOf, type ServedKind } from "./discovery.ts";
import { ApiError, ProviderError } from "./errors.ts";
import { describe, idOf, type Target, targetOf } from "./kinds.ts";
import { type Props, withoutNulls, withValue } from "./values.ts";

/**
 * Applies an object on the server and returns what the server made of it.
 * @param dryRun the server checks and completes it, but keeps nothing
 * @throws ProviderError with the server's own words
 */
export async function apply(
  cluster: Cluster,
  object: Props,
  manager: string,
  operation: Operation,
  dryRun = false,
): Promise<Props> {
  const target = targetOf(object);
  const end = Date.now() + (dryRun ? 0 : 10_000);
  for (;;) {
    try {
      const kind = await served(cluster, target, operation.signal);
      const complete = withNamespace(object, kind, cluster);
      const { body, warnings } = await cluster.send({
        method: "PATCH",
        path: pathOf(kind, targetOf(complete)),
        query: {
          fieldManager: manager,
          force: String(isForced(object, cluster.settings)),
          dryRun: dryRun ? "All" : undefined,
        },
        body: withoutNulls(complete),
        signal: operation.signal,
      });
      // The preview has shown them already.
      if (dryRun) for (const warning of warnings) operation.warn(`${describe(target)}: ${warning}`);
      return body as Props;
    } catch (error) {
      if (!isSettling(error, target) || Date.now() > end) throw explain(error, target);
      operation.status((error as Error).message);
      await tellingWhenCanceled(`${describe(target)} was not applied`, () => pausing(500, operation.signal));
    }
  }
}

/** The object with the namespace it goes to; kinds without namespaces stay as they are. */
export function withNamespace(object: Props, kind: ServedKind, cluster: Cluster): Props {
  const { namespace } = targetOf(object);
  return kind.namespaced && !namespace
    ? (withValue(object, ["metadata", "namespace"], cluster.connection.namespace) as Props)
    : object;
}

/** Failures that pass by themselves shortly after a CRD or a namespace was made. */
function isSettling(error: unknown, target: Target): boolean {
  if (error instanceof MissingKindError) return true;
  if (!(error instanceof ApiError)) return false;
  if (error.status === 404) return !isNamespaceMissing(error);
  return target.kind === "Pod" && error.status === 403 && /serviceaccount "[^"]*" not found/.test(error.message);
}

/** Whether the server says that the object's namespace does not exist. */
export function isNamespaceMissing(error: unknown): boolean {
  return error instanceof ApiError && error.status === 404 && error.details.kind === "namespaces";
}

function explain(error: unknown, target: Target): unknown {
  if (!(error instanceof ApiError)) return error;
  if (isNamespaceMissing(error)) {
    return new ProviderError(
      `${describe(target)}: namespace "${target.namespace}" does not exist. Create it first, or refer to its resource (namespace: ns.metadata.name).`,
      { cause: error },
    );
  }
  if (error.status === 409 && error.message.includes("conflict")) {
    return new ProviderError(
      `${describe(target)}: ${error.message}\nSomebody else has changed these fields. Remove them from the program, ` +
        `or set the annotation pulumi.com/patchForce: "true" to overwrite them.`,
    );
  }
  const message = error.message.includes(target.name)
    ? error.message
    : `${target.kind} ${idOf(target)}: ${error.message}`;
  return new ProviderError(message, { cause: error });
}
