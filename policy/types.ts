import type { Severity } from "../collector-config/rules/rule.ts";

/** A Kubernetes object as it would be applied. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly [field: string]: unknown };
  readonly [field: string]: unknown;
}

/** What a rule found wrong with one object. */
export interface Finding {
  readonly object: Manifest;
  /** The setting's place in the object. Default: - the message tells it. */
  readonly path?: string;
  /** What is wrong, as a sentence that names field and value. */
  readonly message: string;
  /** What to write instead. */
  readonly fix: string;
}

/** A rule over all manifests of a stack at once, so that it can relate them. Pure; field names as in a CrossGuard policy. */
export interface Rule {
  /** Stable id. */
  readonly name: string;
  /** What must hold, as a sentence. */
  readonly description: string;
  /** What happens otherwise, as a sentence. */
  readonly why: string;
  /** Address of the upstream page. */
  readonly source: string;
  readonly severity: Severity;
  /** Parts of manifests, as YAML. */
  readonly example: { readonly wrong: string; readonly right: string };
  check(manifests: readonly Manifest[]): Finding[];
}

/** A finding with the rule that made it, in plain text. */
export interface Violation {
  readonly rule: string;
  readonly severity: Severity;
  /** `Kind namespace/name`. */
  readonly object: string;
  /** The setting's place in the object. Default: - the message tells it. */
  readonly path?: string;
  readonly message: string;
  readonly fix: string;
}
