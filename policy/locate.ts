import {
  type Document,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseAllDocuments,
  type Scalar,
} from "yaml";
import { asKubectl } from "../common/yaml-values.ts";

/** A document with what tells the lines of its text. */
export interface Source {
  readonly document: Document.Parsed;
  readonly lines: LineCounter;
}

/** A document by itself, of a text that is known to be valid. */
export function parsePart(text: string): Source {
  const lines = new LineCounter();
  const [document] = parseAllDocuments(text, { ...asKubectl, lineCounter: lines, logLevel: "silent" });
  return { document: document as Document.Parsed, lines };
}

/**
 * The line, counted from 1, of a setting's place such as `data["config.yaml"].receivers.otlp`, also in YAML that is a text inside YAML.
 * Where part of the place is not there it is the line of the last part that is.
 * @param trail Where the object stands in the document, such as `["items", 0]` in a List.
 * @param path Default: - the object itself.
 */
export function lineOf({ document, lines }: Source, trail: readonly (string | number)[], path = ""): number {
  let node: unknown = document.contents;
  for (const step of trail) node = isMap(node) || isSeq(node) ? node.get(step, true) : undefined;
  const object = node as Node | undefined | null;
  return follow(object, path, lines) ?? (object ? startOf(object, lines) : undefined) ?? 1;
}

/** Undefined where nothing of the path is there. */
function follow(node: Node | undefined | null, path: string, lines: LineCounter): number | undefined {
  if (node === undefined || node === null) return undefined;
  if (path === "") return startOf(node, lines);
  if (isMap(node)) {
    const found = node.items
      .flatMap((pair) => {
        const rest = isScalar(pair.key) ? restOf(path, String(pair.key.value)) : undefined;
        return rest === undefined ? [] : [{ pair, rest }];
      })
      .sort((a, b) => a.rest.length - b.rest.length)[0];
    if (found === undefined) return undefined;
    const ofKey = startOf(found.pair.key as Node, lines);
    return found.rest === "" ? ofKey : (follow((found.pair as Pair<unknown, Node>).value, found.rest, lines) ?? ofKey);
  }
  if (isSeq(node)) {
    const [, index = "", rest = ""] = /^\[(\d+)\]\.?(.*)$/s.exec(path) ?? [];
    const item = index === "" ? undefined : (node.items[Number(index)] as Node | undefined);
    return follow(item, rest, lines) ?? (item ? startOf(item, lines) : undefined);
  }
  // A block begins on the line after its mark; in other texts the lines of the value are not those of the file.
  if (!isScalar(node) || typeof node.value !== "string" || node.type !== "BLOCK_LITERAL") return undefined;
  const [mark, inner] = [startOf(node, lines), innerLine(node, path)];
  return mark === undefined || inner === undefined ? undefined : mark + inner;
}

/** What remains of a path behind a key: `b` of `a.b` behind `a`; undefined where it does not begin with it. */
function restOf(path: string, key: string): string | undefined {
  const quoted = `[${JSON.stringify(key)}]`;
  for (const start of [quoted, key]) {
    if (!path.startsWith(start) || start === "") continue;
    const rest = path.slice(start.length);
    if (rest === "" || rest.startsWith("[")) return rest;
    if (rest.startsWith(".")) return rest.slice(1);
  }
  return undefined;
}

function startOf(node: Node, lines: LineCounter): number | undefined {
  return node.range ? lines.linePos(node.range[0]).line : undefined;
}

const parsed = new WeakMap<Scalar, Source>();

/** The line in a text that is YAML itself. */
function innerLine(node: Scalar, path: string): number | undefined {
  let inner = parsed.get(node);
  if (inner === undefined) {
    inner = parsePart(String(node.value));
    parsed.set(node, inner);
  }
  return follow(inner.document.contents, path, inner.lines);
}
