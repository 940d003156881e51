import structProto from "google-protobuf/google/protobuf/struct_pb.js";
import { at, equal, isProps, type Path, type Props, unknown, type Value } from "./values.ts";

// The marks of Pulumi's wire format, https://www.pulumi.com/docs/iac/extending-pulumi/provider-protocol (property values).
const signature = "4dabf18193072939515e22adb298388d";
const secretMark = "1b47061264138c4ac30d75fd1eb44270";
const outputMark = "d0e6a833031e9bbcd3f4e8bde6ca49a4";
const unknownMark = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const unknownMarks = new Set([
  unknownMark,
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7", // boolean
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421", // number
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2", // array
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff", // object
]);

/** A tree of plain values, and the places in it that are secret. */
export interface Marked {
  readonly value: Props;
  readonly secrets: readonly Path[];
}

/** Reads a protocol message: secret envelopes are opened and their places noted. */
export function fromStruct(struct: structProto.Struct | undefined): Marked {
  const secrets: Path[] = [];
  const open = (raw: unknown, path: Path): Value => {
    if (typeof raw === "string") return unknownMarks.has(raw) ? unknown : raw;
    if (Array.isArray(raw)) return raw.map((item, i) => open(item, [...path, i]));
    if (typeof raw !== "object" || raw === null) return raw as Value;
    const fields = raw as Record<string, unknown>;
    const mark = fields[signature];
    if (mark === secretMark || (mark === outputMark && fields["secret"])) secrets.push(path);
    if (mark === outputMark && !("value" in fields)) return unknown;
    if (mark === secretMark || mark === outputMark) return open(fields["value"], path);
    return Object.fromEntries(Object.entries(fields).map(([key, child]) => [key, open(child, [...path, key])]));
  };
  return { value: open(struct?.toJavaScript() ?? {}, []) as Props, secrets };
}

/** Writes a protocol message: the secret places get their envelopes back. */
export function toStruct({ value, secrets }: Marked): structProto.Struct {
  const wrapped = secrets.map((path) => JSON.stringify(path));
  const close = (tree: Value, path: Path): unknown => {
    const inner = closeInner(tree, path);
    return wrapped.includes(JSON.stringify(path)) ? { [signature]: secretMark, value: inner } : inner;
  };
  const closeInner = (tree: Value, path: Path): unknown => {
    if (tree === unknown) return unknownMark;
    if (Array.isArray(tree)) return tree.map((item, i) => close(item, [...path, i]));
    if (!isProps(tree)) return tree;
    const known = Object.entries(tree).filter(([, child]) => child !== undefined);
    return Object.fromEntries(known.map(([key, child]) => [key, close(child, [...path, key])]));
  };
  return structProto.Struct.fromJavaScript(closeInner(value, []) as Record<string, structProto.JavaScriptValue>);
}

/**
 * Where the secrets of the inputs stand in the live object.
 * A server may reorder or extend a list (a webhook adds a container), so in lists every item that holds the same value counts too.
 */
export function carrySecrets(inputs: Marked, live: Props): Path[] {
  const found = new Map<string, Path>();
  const add = (path: Path) => found.set(JSON.stringify(path), path);
  const follow = (tree: Value | undefined, done: Path, rest: Path, wanted: Value | undefined): void => {
    const [key, ...next] = rest;
    if (tree === undefined) return;
    if (key === undefined) {
      if (equal(tree, wanted)) add(done);
    } else if (typeof key === "number" && Array.isArray(tree)) {
      tree.forEach((item, i) => {
        follow(item, [...done, i], next, wanted);
      });
    } else follow(at(tree, [key]), [...done, key], next, wanted);
  };
  for (const path of inputs.secrets) {
    if (at(live, path) !== undefined) add(path);
    follow(live, [], path, at(inputs.value, path));
  }
  // A Secret's stringData comes back as data.
  if (isSecretObject(live)) for (const key of ["data", "stringData"]) if (live[key] !== undefined) add([key]);
  return [...found.values()];
}

/** Whether this is a Kubernetes Secret, whose contents are secret whatever the program says. */
export function isSecretObject(object: Props): boolean {
  return object["kind"] === "Secret" && object["apiVersion"] === "v1";
}
