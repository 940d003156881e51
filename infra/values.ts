import { nearest } from "../common/nearest.ts";

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
  /** The value, or undefined when the text is not allowed. */
  parse(text: string): T | undefined;
}

/** One of a few words. */
export function oneOf<T extends string>(words: readonly T[], unset: T): Kind<T> {
  return {
    unset,
    allowed: words.join(", "),
    example: unset,
    parse: (text) => words.find((word) => word === text),
  };
}

/** Any text that `pattern` matches. */
export function text<T extends string | undefined>(
  pattern: RegExp,
  unset: T,
  allowed: string,
  example: string,
): Kind<string | T> {
  return { unset, allowed, example, parse: (value) => (pattern.test(value) ? value : undefined) };
}

/** `true` or `false`. */
export function flag(unset: boolean): Kind<boolean> {
  return {
    unset,
    allowed: "true, false",
    example: String(unset),
    parse: (value) => (value === "true" ? true : value === "false" ? false : undefined),
  };
}

/** A whole number; 0 means unset. */
export function count(maximum: number, example: number): Kind<number | undefined> {
  return {
    unset: undefined,
    unsetText: "0",
    allowed: `a whole number from 1 to ${maximum}, or 0 for the profile's own`,
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

/** The command that sets a setting. */
export function lineToWrite(name: string, kind: Pick<Kind<unknown>, "list">, value: string): string {
  const quoted = /^[\w./:@-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`;
  return kind.list
    ? `pulumi config set --path 'throughline:${name}[0]' ${quoted}`
    : `pulumi config set throughline:${name} ${quoted}`;
}

/** The sentence for a value that is not allowed. */
export function refusal(name: string, got: string, kind: Kind<unknown>): string {
  const meant = nearest(got, kind.allowed.split(", "));
  const suggestion = meant === undefined ? "" : ` Did you mean ${meant}?`;
  const line = lineToWrite(name, kind, meant ?? kind.example);
  return `throughline:${name} is ${JSON.stringify(got)}; allowed: ${kind.allowed}.${suggestion} Write: ${line}`;
}

function parseJson(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}
