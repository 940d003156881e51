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
  check(manifests: readonly Manifest[]): Finding[];
}

/** A finding with the rule that made it, in plain text. */
export interface Violation {
  readonly rule: string;
  /** `Kind namespace/name`. */
  readonly object: string;
  readonly message: string;
  readonly fix: string;
}
