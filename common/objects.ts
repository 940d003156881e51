/** An object of any keys, such as one that was read from YAML or JSON. */
export type Fields = Readonly<Record<string, unknown>>;

/** Whether a value is an object with keys: not null, not a list. */
export function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value as an object, empty where it is none: what others wrote is read with it, whatever its shape. */
export function fields(value: unknown): Fields {
  return isObject(value) ? value : {};
}

/** The value as a list, empty where it is none. */
export function items(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The value as text, empty where it is an object, a list or nothing: `String` throws on some objects. */
export function textual(value: unknown): string {
  return value === undefined || value === null || typeof value === "object" ? "" : String(value);
}
