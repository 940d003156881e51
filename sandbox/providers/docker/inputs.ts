import { isProps, type Props, type Value } from "../kubernetes/values.ts";

/** The text at a key; undefined when there is none. */
export function text(props: Props, key: string): string | undefined {
  const value = props[key];
  return typeof value === "string" ? value : undefined;
}

export function number(props: Props, key: string): number | undefined {
  const value = props[key];
  return typeof value === "number" ? value : undefined;
}

export function flag(props: Props, key: string): boolean | undefined {
  const value = props[key];
  return typeof value === "boolean" ? value : undefined;
}

export function texts(props: Props, key: string): string[] {
  const value = props[key];
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

export function objects(props: Props, key: string): Props[] {
  const value = props[key];
  return Array.isArray(value) ? value.filter(isProps) : [];
}

export function textMap(props: Props, key: string): Record<string, string> | undefined {
  const value: Value | undefined = props[key];
  return isProps(value)
    ? Object.fromEntries(Object.entries(value).map(([name, one]) => [name, String(one)]))
    : undefined;
}

/** Labels as the engine has them, from a list of `{label, value}`. */
export function labels(props: Props): Record<string, string> {
  return Object.fromEntries(
    objects(props, "labels").map((one) => [text(one, "label") ?? "", text(one, "value") ?? ""]),
  );
}

/** Nanoseconds of a duration as Go writes it, such as `1m30s`. */
export function nanoseconds(duration: string | undefined): number | undefined {
  if (duration === undefined) return undefined;
  const units: Readonly<Record<string, number>> = { ns: 1, us: 1e3, ms: 1e6, s: 1e9, m: 60e9, h: 3600e9 };
  const parts = [...duration.matchAll(/(\d+(?:\.\d+)?)(ns|us|ms|s|m|h)/g)];
  return parts.reduce((sum, [, count, unit]) => sum + Number(count) * (units[unit ?? ""] ?? 0), 0);
}

const MiB = 1024 * 1024;

/** Bytes of a number of MiB; what is below 0 (no limit) stays. */
export function bytes(mebibytes: number | undefined): number | undefined {
  return mebibytes === undefined || mebibytes < 0 ? mebibytes : mebibytes * MiB;
}

/** An object without the fields that are undefined. */
export function given<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
