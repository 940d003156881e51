import { withoutCredentials } from "../../common/credentials.ts";
import { nearest } from "../../common/nearest.ts";
import { isObject } from "../../common/objects.ts";
import { shellWord } from "../../common/shell.ts";

/** How one setting is read from the text that `pulumi config` holds. An empty text always means unset. */
export interface Kind<T> {
  /** What an unset setting means. */
  readonly unset: T;
  /** What may be written, as the end of the sentence "allowed: ...". */
  readonly allowed: string;
  /** A value to show in the line to write. */
  readonly example: string;
  /** A text that means unset, besides the empty one. */
  readonly unsetText?: string;
  /** True for lists, which `pulumi config set` writes by path. */
  readonly list?: boolean;
  /** True where a wrong value may be a secret itself, and is not repeated. */
  readonly hidden?: boolean;
  /** The value, or undefined when the text is not allowed. */
  parse(text: string): T | undefined;
  /** What is wrong inside a text that is not allowed. Default: - one sentence that names the setting and what is allowed. */
  problems?(name: string, text: string): string[];
}

/** A kind for each of several named settings. */
export type Kinds<T> = { readonly [K in keyof T]: Kind<T[K]> };

/** One of a few words. */
export function oneOf<const T extends string, const U extends string | undefined>(
  words: readonly T[],
  unset: U,
  example: string = unset ?? words[0] ?? "",
): Kind<T | U> {
  return { unset, allowed: words.join(", "), example, parse: (text) => words.find((word) => word === text) };
}

/** Any text that a pattern matches, or that is accepted. */
export function text<T extends string | undefined>(
  pattern: RegExp | ((value: string) => boolean),
  unset: T,
  allowed: string,
  example: string,
): Kind<string | T> {
  const accepts = typeof pattern === "function" ? pattern : (value: string) => pattern.test(value);
  return { unset, allowed, example, parse: (value) => (accepts(value) ? value : undefined) };
}

/** A container image, as `name:tag` or `name:tag@sha256:<digest>`. */
export function image<T extends string | undefined>(unset: T, example: string): Kind<string | T> {
  const reference = /^[\w.:/-]+:[\w][\w.-]{0,127}(@sha256:[0-9a-f]{64})?$/;
  return text(reference, unset, "an image as name:tag or name:tag@sha256:digest", example);
}

/** `true` or `false`. */
export function flag<T extends boolean | undefined>(unset: T, example = String(unset)): Kind<boolean | T> {
  return {
    unset,
    allowed: "true, false",
    example,
    parse: (value) => (value === "true" ? true : value === "false" ? false : undefined),
  };
}

/** A whole number; 0 means unset. */
export function count(maximum: number, example: number, zeroMeans = "the profile's own"): Kind<number | undefined> {
  return {
    unset: undefined,
    unsetText: "0",
    allowed: `a whole number from 1 to ${maximum}, or 0 for ${zeroMeans}`,
    example: String(example),
    parse: (value) => {
      const number = /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
      return number >= 1 && number <= maximum ? number : undefined;
    },
  };
}

/** A JSON array of texts, each accepted by `accepts`. */
export function listOf(
  accepts: (item: string) => boolean,
  unset: readonly string[],
  allowed: string,
  example: string,
): Kind<readonly string[]> {
  return {
    unset,
    allowed,
    example,
    list: true,
    parse: (value) => {
      const items = parseJson(value);
      const good = Array.isArray(items) && items.every((item) => typeof item === "string" && accepts(item));
      return good ? (items as string[]) : undefined;
    },
  };
}

/** A list that holds something. */
export function atLeastOne(kind: Kind<readonly string[]>): Kind<readonly string[]> {
  return {
    ...kind,
    allowed: `${kind.allowed}, at least one`,
    parse: (value) => {
      const items = kind.parse(value);
      return items?.length === 0 ? undefined : items;
    },
  };
}

/**
 * A JSON object with known fields, written with `pulumi config set --path 'throughline:name.field'`. `{}` means unset.
 * @param required Fields that must be there once any is.
 */
export function record<T>(kinds: Kinds<T>, required: readonly (keyof T & string)[] = []): Kind<T | undefined> {
  const read = (name: string, value: string) => readAll(name, texts(parseJson(value)) ?? {}, kinds, required);
  return {
    unset: undefined,
    unsetText: "{}",
    allowed: `an object with ${Object.keys(kinds).join(", ")}`,
    example: "{}",
    parse: (value) => {
      if (texts(parseJson(value)) === undefined) return undefined;
      const { values, problems } = read("", value);
      return problems.length === 0 ? values : undefined;
    },
    problems: (name, value) => {
      if (texts(parseJson(value)) !== undefined) return read(name, value).problems;
      const field = required[0] ?? (Object.keys(kinds)[0] as keyof T & string);
      return [
        `throughline:${name} ${shown(value)}; allowed: an object with ${Object.keys(kinds).join(", ")}. Write: ${lineToWrite(`${name}.${field}`, kinds[field], kinds[field].example)}`,
      ];
    },
  };
}

/** Any JSON object; `{}` means unset. */
export function object(allowed: string, example: string): Kind<Readonly<Record<string, unknown>> | undefined> {
  return {
    unset: undefined,
    unsetText: "{}",
    allowed,
    example,
    parse: (value) => {
      const parsed = parseJson(value);
      return isObject(parsed) ? parsed : undefined;
    },
  };
}

/**
 * Reads named settings, with all problems.
 * @param prefix Name of the setting that holds them; empty for the settings themselves.
 */
export function readAll<T>(
  prefix: string,
  raw: Readonly<Record<string, string>>,
  kinds: Kinds<T>,
  required: readonly string[] = [],
): { values: T; problems: string[] } {
  const problems = unknownKeys(prefix, raw, Object.keys(kinds));
  const read = <V>(key: string, kind: Kind<V>): V => {
    const name = pathOf(prefix, key);
    const got = Object.hasOwn(raw, key) ? (raw[key] ?? "") : "";
    if (got === "" || got === kind.unsetText) {
      if (required.includes(key)) problems.push(missing(name, kind));
      return kind.unset;
    }
    const value = kind.parse(got);
    if (value === undefined) problems.push(...(kind.problems?.(name, got) ?? [refusal(name, got, kind)]));
    return value ?? kind.unset;
  };
  const values = Object.fromEntries(
    Object.entries<Kind<unknown>>(kinds).map(([key, kind]) => [key, read(key, kind)]),
  ) as T;
  return { values, problems };
}

/** The command that sets a setting, also one inside another: `zipkin.endpoint`. */
export function lineToWrite(name: string, kind: Pick<Kind<unknown>, "list">, value: string): string {
  const quoted = shellWord(value);
  const path = kind.list ? `${name}[0]` : name;
  return path === name && !name.includes(".")
    ? `pulumi config set throughline:${name} ${quoted}`
    : `pulumi config set --path 'throughline:${path}' ${quoted}`;
}

/** The sentence for a value that is not allowed. */
export function refusal(name: string, got: string, kind: Kind<unknown>): string {
  const meant = nearest(got, kind.allowed.split(", "));
  const suggestion = meant === undefined ? "" : ` Did you mean ${meant}?`;
  const line = lineToWrite(name, kind, meant ?? kind.example);
  const what = kind.hidden ? "is something else (not shown, it may be the secret itself)" : shown(got);
  return `throughline:${name} ${what}; allowed: ${kind.allowed}.${suggestion} Write: ${line}`;
}

/** What a setting is, for people. An object that can't be read may hold anything, so it is not repeated. */
function shown(got: string): string {
  return got.trim().startsWith("{")
    ? "can't be read (not shown, it may hold a secret)"
    : `is ${JSON.stringify(withoutCredentials(got))}`;
}

function missing(name: string, kind: Kind<unknown>): string {
  return `throughline:${name} is not set; allowed: ${kind.allowed}. Write: ${lineToWrite(name, kind, kind.example)}`;
}

function unknownKeys(prefix: string, raw: Readonly<Record<string, string>>, known: readonly string[]): string[] {
  return Object.keys(raw)
    .filter((key) => !known.includes(key))
    .map((key) => {
      const name = pathOf(prefix, key);
      const meant = nearest(key, known);
      const suggestion = meant === undefined ? `known settings: ${known.join(", ")}` : `did you mean ${meant}?`;
      const path = prefix === "" ? `throughline:${name}` : `--path 'throughline:${name}'`;
      return `throughline:${name} is not a setting; ${suggestion} Write: pulumi config rm ${path}`;
    });
}

function pathOf(prefix: string, key: string): string {
  return prefix === "" ? key : `${prefix}.${key}`;
}

/** The fields of an object as texts, or undefined for anything else. */
function texts(value: unknown): Record<string, string> | undefined {
  if (!isObject(value)) return undefined;
  const asText = (inner: unknown) => (typeof inner === "string" ? inner : JSON.stringify(inner));
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, asText(inner)]));
}

function parseJson(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}
