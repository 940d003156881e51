import { extra, type Processor } from "../component.ts";
import type { NonEmpty } from "./sending-queue.ts";

/** What a failing OTTL statement or condition does: is logged, is passed over, or fails the whole request. */
export type ErrorMode = "ignore" | "silent" | "propagate";

type Context<Own extends string> = "resource" | "scope" | Own;

/** Statements for one kind of thing; the kind is found from the paths in them when `context` is missing. */
export interface Statements<C extends string> {
  readonly context?: Context<C>;
  /** Statements run where one of these is true. Upstream's default: everywhere. */
  readonly conditions?: readonly string[];
  readonly statements: NonEmpty<string>;
  readonly error_mode?: ErrorMode;
}

/** Statements alone, or in groups; upstream refuses a mixture. */
export type StatementList<C extends string> = NonEmpty<string> | NonEmpty<Statements<C>>;

export interface TransformArgs {
  /** Upstream's default: ignore from 0.153, propagate before, which drops the request; so it is always written. */
  readonly error_mode: ErrorMode;
  readonly trace_statements?: StatementList<"span" | "spanevent">;
  readonly metric_statements?: StatementList<"metric" | "datapoint" | "exemplar">;
  readonly log_statements?: StatementList<"log">;
}

/**
 * Changes data by OTTL statements. A `$` in them is written `$$`.
 * @see https://github.com/open-telemetry/opentelemetry-collector-contrib/blob/main/processor/transformprocessor/README.md
 */
export function transform(args: TransformArgs, name = ""): Processor {
  return extra.processor("transform", { ...args }, name);
}

/** Conditions for one kind of thing. */
export interface Conditions<C extends string> {
  readonly context?: Context<C>;
  readonly conditions: NonEmpty<string>;
  readonly error_mode?: ErrorMode;
}

export type ConditionList<C extends string> = NonEmpty<string> | NonEmpty<Conditions<C>>;

/** The keys are of 0.146 and later; older versions only know `traces.span` and the like, which `extra.processor` writes. */
export interface FilterArgs {
  /** Upstream's default: ignore from 0.153, propagate before, which drops the request; so it is always written. */
  readonly error_mode: ErrorMode;
  readonly trace_conditions?: ConditionList<"span" | "spanevent">;
  readonly metric_conditions?: ConditionList<"metric" | "datapoint">;
  readonly log_conditions?: ConditionList<"log">;
}

/**
 * Drops what one of the OTTL conditions is true of. Dropped spans leave their children without a parent.
 * @see https://github.com/open-telemetry/opentelemetry-collector-contrib/blob/main/processor/filterprocessor/README.md
 */
export function filter(args: FilterArgs, name = ""): Processor {
  return extra.processor("filter", { ...args }, name);
}

/** Which attributes may stay. Neither of both would remove every attribute, since upstream's list is empty by default. */
type AllowedKeys =
  | { readonly allow_all_keys: true; readonly allowed_keys?: never }
  | { readonly allowed_keys: NonEmpty<string>; readonly allow_all_keys?: false };

/** What stands in place of a blocked value: asterisks, a hash, or a hash that nobody can guess without the key. */
type Masking =
  | { readonly hash_function?: "sha1" | "sha3" | "md5"; readonly hmac_key?: never }
  | {
      readonly hash_function: "hmac-sha256" | "hmac-sha512";
      /** By `${env:NAME}`; 32 bytes at least, 64 for hmac-sha512. */
      readonly hmac_key: string;
    };

interface Sanitized {
  readonly enabled: boolean;
  /** Attributes of this kind, such as `db.query.text`; without one, no attribute. */
  readonly attributes?: readonly string[];
}

export type RedactionArgs = AllowedKeys &
  Masking & {
    /** Attributes whose key matches one of these regular expressions are masked. */
    readonly blocked_key_patterns?: readonly string[];
    /** Values that match one of these regular expressions are masked. */
    readonly blocked_values?: readonly string[];
    /** Values that match one of these stay, whatever the others say. */
    readonly allowed_values?: readonly string[];
    /** Attributes that are never looked at. */
    readonly ignored_keys?: readonly string[];
    readonly ignored_key_patterns?: readonly string[];
    /** Looks at numbers and booleans too, as text. Upstream's default: false. */
    readonly redact_all_types?: boolean;
    /** Adds attributes that say what was redacted; debug names the keys. Upstream's default: silent, none. */
    readonly summary?: "debug" | "info" | "silent";
    /** Takes ids and times out of these attributes. */
    readonly url_sanitizer?: Sanitized & { readonly sanitize_span_name?: boolean };
    /** Takes literals out of queries. */
    readonly db_sanitizer?: {
      readonly sanitize_span_name?: boolean;
      readonly sql?: Sanitized;
      readonly redis?: Sanitized;
      readonly valkey?: Sanitized;
      readonly memcached?: Sanitized;
      readonly mongo?: Sanitized;
      readonly opensearch?: Sanitized;
      readonly es?: Sanitized;
    };
  };

/**
 * Removes and masks what must not leave.
 * @see https://github.com/open-telemetry/opentelemetry-collector-contrib/blob/main/processor/redactionprocessor/README.md
 */
export function redaction(args: RedactionArgs, name = ""): Processor {
  return extra.processor("redaction", { ...args }, name);
}
