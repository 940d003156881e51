import type { PolicyResource } from "@pulumi/policy";
import { isObject } from "../common/objects.ts";
import { findings, nameOf } from "./check.ts";
import { applyExceptions, type Exception } from "./exceptions.ts";
import type { Finding, Manifest, Rule } from "./types.ts";

/** A finding about a resource of the stack. */
export interface Standing {
  /** Name of the rule. */
  readonly id: string;
  readonly finding: Finding;
  readonly urn: string;
  /** `Kind namespace/name`. */
  readonly object: string;
}

/** What the rules say of one stack. */
export interface Analysis {
  readonly standing: readonly Standing[];
  /** Takes out what exceptions excuse. */
  except(exceptions: readonly Exception[]): { readonly remarks: readonly string[] };
}

/** What stands for a value that only the update will know, so that a rule which asks for one finds one: it would do as an image, too. */
const standIn = "unknown:0";

/**
 * Has the rules judge the Kubernetes objects among the resources. At a preview some values are not known yet: what is found wrong counts only
 * where it is found whether such a value is there or missing, so nothing is refused for what may turn out right. The update judges all.
 */
export function analyze(resources: readonly PolicyResource[], checked: readonly Rule[]): Analysis {
  const without = objectsOf(resources, undefined);
  const found = findings(without.manifests, checked);
  const sure = without.unknown ? alsoWith(objectsOf(resources, standIn), checked) : undefined;
  let standing = found
    .map(({ rule, finding }): Standing => {
      const object = nameOf(finding.object);
      return { id: rule.name, finding, urn: without.urns.get(finding.object) ?? "", object };
    })
    .filter((one) => sure?.has(keyOf(one.id, one.urn, one.finding)) ?? true);
  return {
    get standing() {
      return standing;
    },
    except(exceptions) {
      const { standing: left, remarks } = applyExceptions(standing, exceptions);
      standing = [...left];
      return { remarks };
    },
  };
}

function alsoWith({ manifests, urns }: Objects, checked: readonly Rule[]): Set<string> {
  return new Set(
    findings(manifests, checked).map(({ rule, finding }) => keyOf(rule.name, urns.get(finding.object) ?? "", finding)),
  );
}

function keyOf(rule: string, urn: string, { path, message }: Finding): string {
  return JSON.stringify([rule, urn, path, message]);
}

interface Objects {
  readonly manifests: readonly Manifest[];
  readonly urns: ReadonlyMap<Manifest, string>;
  /** Whether some value was not known. */
  readonly unknown: boolean;
}

/** @param instead What stands for a value that is not known yet. Undefined leaves it out. */
function objectsOf(resources: readonly PolicyResource[], instead: string | undefined): Objects {
  const urns = new Map<Manifest, string>();
  const seen = { unknown: false };
  for (const { type, urn, name, props } of resources) {
    // A patch is part of an object that somebody else makes.
    if (!type.startsWith("kubernetes:") || type.endsWith("Patch")) continue;
    const { status: _status, ...object } = plain(props, instead, seen) as Record<string, unknown>;
    const { apiVersion, kind, metadata } = object;
    if (typeof apiVersion !== "string" || typeof kind !== "string") continue;
    const given = isObject(metadata) ? metadata : {};
    const manifest = {
      ...object,
      ...(kind === "Secret" && { data: masked(object["data"]), stringData: masked(object["stringData"]) }),
      // At a preview a name that the provider makes up is not there yet.
      metadata: { ...given, name: typeof given["name"] === "string" ? given["name"] : name },
    } as unknown as Manifest;
    urns.set(manifest, urn);
  }
  return { manifests: [...urns.keys()], urns, ...seen };
}

/** A copy without what the provider adds for itself. Reading a value that is not known yet throws. */
function plain(value: unknown, instead: string | undefined, seen: { unknown: boolean }): unknown {
  if (typeof value !== "object" || value === null) return value;
  const known = Object.keys(value)
    .filter((key) => !key.startsWith("__"))
    .flatMap((key): [string, unknown][] => {
      let inner: unknown;
      try {
        inner = (value as Record<string, unknown>)[key];
      } catch {
        seen.unknown = true;
        return instead === undefined ? [] : [[key, instead]];
      }
      return [[key, plain(inner, instead, seen)]];
    });
  return Array.isArray(value) ? known.map(([, inner]) => inner) : Object.fromEntries(known);
}

/** A policy is shown secrets in plain text, and no message may hold one. */
function masked(values: unknown): unknown {
  return isObject(values) ? Object.fromEntries(Object.keys(values).map((key) => [key, "[secret]"])) : undefined;
}
