import { injectKey, prefix } from "./annotations.ts";
import type { Lifter } from "./outputs.ts";
import type { Fields, Problem, Workload } from "./types.ts";
import { isFields, replaceAt, templatePath } from "./workload.ts";

/** A lifted workload in which everything that injection decides by is plain text. */
export interface Decided {
  readonly workload: Workload;
  readonly namespace: string;
  /** Whether anything about the workload itself asks for injection; where that cannot be told, it does. */
  readonly asks: boolean;
  readonly problems: readonly Problem[];
}

function memberOf(field: string, key: string): string {
  return /^[A-Za-z]+$/.test(key) ? `${field}.${key}` : `${field}["${key}"]`;
}

class Reader {
  readonly problems: Problem[] = [];
  readonly #lifter: Lifter;

  constructor(lifter: Lifter) {
    this.#lifter = lifter;
  }

  /** Plain text for a field that has to be known; a problem where it is not. */
  read(value: unknown, field: string, secretToo = false): unknown {
    if (!this.#lifter.isLate(value)) return value;
    const known = this.#lifter.known(value, secretToo);
    if (known !== undefined) return known;
    const secret = this.#lifter.known(value, true) !== undefined;
    this.problems.push({
      code: "value-not-known",
      message: `${field} is ${secret ? "a secret" : "an Output that is not known yet"}, but injection has to read it at preview, so plain text is allowed only. Write: ${field}: "<text>"`,
    });
    return undefined;
  }

  /** Reads some fields of an object; the object itself has to be known. */
  fields(value: unknown, field: string, wanted: (key: string) => boolean, secretToo = false): unknown {
    if (this.#lifter.isLate(value)) return this.read(value, field);
    if (!isFields(value)) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, one]) => [
        key,
        wanted(key) ? this.read(one, memberOf(field, key), secretToo) : one,
      ]),
    );
  }

  metadata(value: unknown, field: string): unknown {
    const known = this.fields(value, field, (key) => key === "name" || key === "namespace");
    if (!isFields(known) || known["annotations"] === undefined) return known;
    const opts = (key: string) => key.startsWith(prefix);
    return { ...known, annotations: this.fields(known["annotations"], `${field}.annotations`, opts, true) };
  }

  containers(value: unknown, field: string): unknown {
    if (this.#lifter.isLate(value)) return this.read(value, field);
    if (!Array.isArray(value)) return value;
    return value.map((container, index) => {
      const at = `${field}[${index}]`;
      const known = this.fields(container, at, (key) => key === "name");
      if (!isFields(known)) return known;
      const env = "env" in known ? { env: this.env(known["env"], `${at}.env`) } : {};
      const mounts = known["volumeMounts"];
      const volumeMounts = "volumeMounts" in known ? { volumeMounts: this.listed(mounts, `${at}.volumeMounts`) } : {};
      return { ...known, ...env, ...volumeMounts };
    });
  }

  /** A list that is added to, so it must be known to be one; what is in it may be late. */
  listed(value: unknown, field: string): unknown {
    return this.#lifter.isLate(value) ? this.read(value, field) : value;
  }

  env(value: unknown, field: string): unknown {
    if (this.#lifter.isLate(value)) return this.read(value, field);
    if (!Array.isArray(value)) return value;
    return value.map((variable, index) => this.fields(variable, `${field}[${index}]`, (key) => key === "name"));
  }
}

function asks(metadata: unknown, lifter: Lifter): boolean {
  if (lifter.isLate(metadata)) return true;
  if (!isFields(metadata)) return false;
  const annotations = metadata["annotations"];
  if (lifter.isLate(annotations)) return true;
  return isFields(annotations) && Object.keys(annotations).some((key) => key.startsWith(prefix));
}

function dotted(path: readonly string[], field: string): string {
  return [...path, field].join(".");
}

/**
 * Replaces the tokens in a lifted workload by text wherever injection has to decide: names, namespace, opt-in annotations, container and
 * variable names. Everything else keeps its tokens.
 */
export function decide(lifted: Workload, lifter: Lifter, defaultNamespace: string): Decided {
  const reader = new Reader(lifter);
  const path = templatePath(lifted.kind) ?? [];
  const metadata = reader.metadata(lifted.metadata, "metadata");
  let workload = { ...lifted, metadata } as Workload;
  const namespace = isFields(metadata) && typeof metadata["namespace"] === "string" ? metadata["namespace"] : "";
  let asked = asks(lifted.metadata, lifter);

  let template: unknown = workload;
  for (let depth = 0; depth < path.length; depth++) {
    template = isFields(template) ? template[path[depth] as string] : undefined;
    if (!lifter.isLate(template)) continue;
    reader.read(template, path.slice(0, depth + 1).join("."));
    asked = true;
  }
  if (isFields(template)) {
    asked ||= asks(template["metadata"], lifter);
    const changed: Record<string, unknown> = { ...template };
    if (path.length > 0 && "metadata" in template) {
      changed["metadata"] = reader.metadata(template["metadata"], dotted(path, "metadata"));
    }
    const spec = template["spec"];
    if (lifter.isLate(spec)) reader.read(spec, dotted(path, "spec"));
    else if (isFields(spec)) {
      const metadata = path.length > 0 ? changed["metadata"] : workload.metadata;
      const annotations = isFields(metadata) ? metadata["annotations"] : undefined;
      const asksGo = isFields(annotations) && Object.hasOwn(annotations, injectKey("go"));
      changed["spec"] = podSpec(spec, reader, lifter, dotted(path, "spec"), asksGo);
    }
    workload = replaceAt(workload, path, changed) as Workload;
  }
  return { workload, namespace: namespace || defaultNamespace, asks: asked, problems: reader.problems };
}

function podSpec(spec: Fields, reader: Reader, lifter: Lifter, field: string, asksGo: boolean): Fields {
  const changed: Record<string, unknown> = { ...spec };
  for (const key of ["containers", "initContainers"]) {
    if (key in spec) changed[key] = reader.containers(spec[key], `${field}.${key}`);
  }
  // The Go agent sets it, unless it is false.
  if (lifter.isLate(spec["shareProcessNamespace"]) && asksGo) {
    reader.problems.push({
      code: "value-not-known",
      message: `${field}.shareProcessNamespace is an Output that is not known yet, but the Go agent has to set it. Write: shareProcessNamespace: true`,
    });
  }
  if ("volumes" in spec) changed["volumes"] = reader.listed(spec["volumes"], `${field}.volumes`);
  return changed;
}
