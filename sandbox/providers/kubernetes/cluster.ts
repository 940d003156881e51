import { createClient, type Send } from "./client.ts";
import type { Connection, Settings } from "./config.ts";
import { createDiscovery, type Discover, pathOf, type ServedKind } from "./discovery.ts";
import { ApiError, ProviderError } from "./errors.ts";
import { describe, type Target } from "./kinds.ts";
import { isProps, type Props } from "./values.ts";

/** One connected cluster with the provider's settings for it. */
export interface Cluster {
  readonly settings: Settings;
  readonly connection: Connection;
  readonly send: Send;
  readonly discover: Discover;
}

/** What one call of the engine brings along. */
export interface Operation {
  readonly urn: string;
  /** Aborted when the user cancels the update. */
  readonly signal: AbortSignal;
  /** Secret strings of this resource, to be kept out of every message. */
  readonly secrets: readonly string[];
  /** The resource option `customTimeouts` in ms, if set. */
  readonly timeout?: number;
  /** Shows the user a line that stays. */
  warn(message: string): void;
  /** Shows the user what is going on, until the next such line. */
  status(message: string): void;
}

/**
 * Connects and makes sure that the API server answers.
 * @throws UnreachableError within 10 s when it does not
 */
export async function openCluster(connection: Connection, settings: Settings): Promise<Cluster> {
  const send = createClient(connection);
  await send({ path: "/version", patience: 0, timeout: 8000 });
  return { settings, connection, send, discover: createDiscovery(send) };
}

/** Reads a live object; undefined when it, its kind or its namespace does not exist. */
export async function readObject(cluster: Cluster, target: Target, signal?: AbortSignal): Promise<Props | undefined> {
  const served = await cluster.discover(target.apiVersion, target.kind, signal);
  if (!served) return undefined;
  try {
    const { body } = await cluster.send({ path: pathOf(served, target), signal });
    return body as Props;
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  }
}

/** Lists objects by labels or fields. */
export async function listObjects(
  cluster: Cluster,
  of: { apiVersion: string; kind: string; namespace: string },
  query: { labelSelector?: string; fieldSelector?: string },
  signal?: AbortSignal,
): Promise<Props[]> {
  const served = await cluster.discover(of.apiVersion, of.kind, signal);
  if (!served) return [];
  const { body } = await cluster.send({ path: pathOf(served, { ...of, name: "" }), query, signal });
  const items = isProps(body) ? body["items"] : undefined;
  return Array.isArray(items) ? items.filter(isProps) : [];
}

/**
 * How the server serves a kind.
 * @throws ProviderError when it does not know the kind
 */
export async function served(cluster: Cluster, target: Target, signal?: AbortSignal): Promise<ServedKind> {
  const found = await cluster.discover(target.apiVersion, target.kind, signal);
  if (found) return found;
  throw new MissingKindError(
    `${describe(target)}: the cluster has no kind ${target.kind} in ${target.apiVersion}. ` +
      "Install its CustomResourceDefinition first (dependsOn), or correct apiVersion and kind.",
  );
}

/** The cluster does not (yet) serve a kind. */
export class MissingKindError extends ProviderError {}
