import type { Send } from "./client.ts";
import { ApiError } from "./errors.ts";
import type { Target } from "./kinds.ts";

/** How the API server serves one kind. */
export interface ServedKind {
  readonly plural: string;
  readonly namespaced: boolean;
}

/** Finds kinds; undefined when the server has none such. */
export type Discover = (apiVersion: string, kind: string, signal?: AbortSignal) => Promise<ServedKind | undefined>;

interface ResourceList {
  resources?: { name: string; kind: string; namespaced: boolean }[];
}

/** Asks the API server which kinds it serves, once per group and version; a missing kind is asked for again, since a CRD may bring it. */
export function createDiscovery(send: Send): Discover {
  const lists = new Map<string, Promise<Map<string, ServedKind>>>();
  const fetchList = async (apiVersion: string, signal?: AbortSignal) => {
    try {
      const { body } = await send({ path: groupPath(apiVersion), signal });
      const resources = (body as ResourceList).resources?.filter((resource) => !resource.name.includes("/")) ?? [];
      return new Map(resources.map(({ name, kind, namespaced }) => [kind, { plural: name, namespaced }]));
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return new Map<string, ServedKind>();
      throw error;
    }
  };
  return async (apiVersion, kind, signal) => {
    const known = await lists.get(apiVersion)?.catch(() => undefined);
    const found = known?.get(kind);
    if (found) return found;
    const list = fetchList(apiVersion, signal);
    lists.set(apiVersion, list);
    return (await list).get(kind);
  };
}

function groupPath(apiVersion: string): string {
  return apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}

/** The URL path of an object, or of its collection when `name` is empty. */
export function pathOf(served: ServedKind, target: Target): string {
  const namespace = served.namespaced && target.namespace ? `/namespaces/${encodeURIComponent(target.namespace)}` : "";
  const name = target.name ? `/${encodeURIComponent(target.name)}` : "";
  return `${groupPath(target.apiVersion)}${namespace}/${served.plural}${name}`;
}
