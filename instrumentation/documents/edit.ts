import {
  type Alias,
  type Document,
  isAlias,
  isCollection,
  isMap,
  isNode,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  Scalar,
  visit,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";
import { isFields } from "../workload.ts";

/**
 * Makes a YAML document say `after` where it said `before`: only what differs is replaced, so that comments, order and styles stay.
 * A part that other places share by an alias is changed for this place alone.
 */
export function editDocument(document: Document, before: unknown, after: unknown): void {
  if (isNode(document.contents)) document.contents = edit(document, document.contents, before, after);
}

function edit(document: Document, given: Node, before: unknown, after: unknown): Node {
  if (same(before, after)) return given;
  const node = own(document, given);
  if (isMap(node) && isFields(before) && isFields(after)) {
    editMap(document, node, before, after);
    return node;
  }
  if (isSeq(node) && Array.isArray(before) && Array.isArray(after)) {
    editSeq(document, node, before, after);
    return node;
  }
  const made = create(document, after);
  if (isScalar(node)) {
    if (isScalar(made) && typeof made.value === "string" && isQuoted(node)) made.type = node.type as Scalar.Type;
    made.comment = node.comment ?? null;
    made.commentBefore = node.commentBefore ?? null;
  }
  return made;
}

const isQuoted = ({ type }: Scalar) => type === Scalar.QUOTE_DOUBLE || type === Scalar.QUOTE_SINGLE;

function editMap(document: Document, map: YAMLMap, before: object, after: object): void {
  const pairs = new Map(map.items.map((pair) => [keyOf(pair), pair]));
  const old = new Map(Object.entries(before));
  for (const [key, value] of Object.entries(after)) {
    const pair = pairs.get(key);
    if (pair === undefined) {
      // The old value, if any, comes from a merge key, which an own value overrides.
      if (!old.has(key) || !same(old.get(key), value))
        map.items.push(document.createPair(key, create(document, value)));
    } else if (isNode(pair.value)) pair.value = edit(document, pair.value, old.get(key), value);
    else if (!same(old.get(key), value)) pair.value = create(document, value);
  }
  for (const [key, pair] of pairs) {
    if (old.has(key) && !Object.hasOwn(after, key)) map.items.splice(map.items.indexOf(pair), 1);
  }
}

function keyOf({ key }: Pair): string {
  return isScalar(key) ? String(key.value ?? "") : String(key);
}

function editSeq(document: Document, seq: YAMLSeq, before: readonly unknown[], after: readonly unknown[]): void {
  const nodes = [...seq.items] as Node[];
  const sources = match(before, after);
  const items = after.map((value, index) => {
    const source = sources[index];
    const node = source === undefined ? undefined : nodes[source];
    return isNode(node) ? edit(document, node, before[source as number], value) : create(document, value);
  });
  const first = nodes[0];
  const moved = first === undefined ? -1 : sources.indexOf(0);
  // What is said above a list is said of its first item.
  if (moved > 0 && isNode(items[moved]) && seq.commentBefore && !seq.flow) {
    const item = items[moved];
    item.commentBefore = [seq.commentBefore, item.commentBefore].filter(Boolean).join("\n");
    seq.commentBefore = null;
  }
  seq.items = items;
}

/** For each new item the index of the old one that it is or comes from, if any: the very same, else one of the same name. */
function match(before: readonly unknown[], after: readonly unknown[]): (number | undefined)[] {
  const free = new Map<unknown, number[]>();
  const offer = (key: unknown, index: number) => free.set(key, [...(free.get(key) ?? []), index]);
  for (const [index, item] of before.entries()) offer(item, index);
  const found = after.map((item) => free.get(item)?.shift());
  const taken = new Set(found);
  const named = new Map<unknown, number[]>();
  for (const [index, item] of before.entries()) {
    if (taken.has(index) || !isFields(item)) continue;
    named.set(item["name"], [...(named.get(item["name"]) ?? []), index]);
  }
  return after.map((item, index) => found[index] ?? (isFields(item) ? named.get(item["name"])?.shift() : undefined));
}

/** The node to change: a copy where an alias stands, and what is anchored here is handed to the aliases first. */
function own(document: Document, node: Node): Node {
  if (isAlias(node)) {
    const target = resolved(document, node);
    return target === undefined ? node : withoutAnchors(target);
  }
  const { anchor } = node as { anchor?: string };
  if (anchor === undefined) return node;
  const aliases: Alias[] = [];
  visit(document, {
    Alias: (_, alias) => {
      if (alias.source === anchor && resolved(document, alias) === node) aliases.push(alias);
    },
  });
  const [heir] = aliases;
  if (heir !== undefined) {
    const copy = withoutAnchors(node);
    (copy as { anchor?: string }).anchor = anchor;
    visit(document, { Alias: (_, alias) => (alias === heir ? copy : undefined) });
  }
  delete (node as { anchor?: string }).anchor;
  return node;
}

function resolved(document: Document, alias: Alias): Node | undefined {
  return alias.resolve(document) as Node | undefined;
}

function withoutAnchors(node: Node): Node {
  const copy = node.clone() as Node;
  const strip = (_: unknown, inner: object) => {
    delete (inner as { anchor?: string }).anchor;
  };
  visit(copy, { Collection: strip, Scalar: strip });
  return copy;
}

function create(document: Document, value: unknown): Node {
  const node = document.createNode(value, { aliasDuplicateObjects: false }) as Node;
  markStrings(node);
  return node;
}

const timeLike = /^[\d:.TZ+ -]+$/;

/** Quotes new text that some YAML readers take for a time. */
function markStrings(node: unknown): void {
  visit(node as Node, {
    Scalar: (key, scalar) => {
      if (key === "key" || typeof scalar.value !== "string") return;
      if (timeLike.test(scalar.value)) scalar.type = Scalar.QUOTE_DOUBLE;
    },
    Collection: (_, inner) => {
      if (isCollection(inner)) inner.flow = inner.items.length === 0;
    },
  });
}

/** Whether two plain values are alike; parts that are the very same object are not looked into. */
export function same(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((one, index) => same(one, b[index]));
  if (!isFields(a) || !isFields(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && same(a[key], b[key]));
}
