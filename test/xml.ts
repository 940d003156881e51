/** An element of an XML document. */
export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: Element[];
  /** All text in it, of the elements inside too. */
  text: string;
}

/** Names as far as our documents use them. */
const name = "[A-Za-z_][\\w.:-]*";
const tag = new RegExp(`<(/?)(${name})((?:\\s+${name}\\s*=\\s*(?:"[^"<]*"|'[^'<]*'))*)\\s*(/?)>`, "y");
const attribute = new RegExp(`(${name})\\s*=\\s*(?:"([^"]*)"|'([^']*)')`, "g");
const allowed = /^[\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]*$/u;
const entities: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/**
 * Reads an XML 1.0 document of elements and text, as strictly as the standard wants (https://www.w3.org/TR/xml/): no comment, CDATA or DTD.
 * @throws Error that says what is not well-formed, and where.
 */
export function parseXml(document: string): Element {
  if (!allowed.test(document)) throw new Error("a character that XML does not allow");
  const top: Element = { name: "", attributes: {}, children: [], text: "" };
  const open = [top];
  for (let at = 0; at < document.length; ) {
    const inner = open.at(-1)!;
    if (document[at] !== "<") {
      const end = document.indexOf("<", at) < 0 ? document.length : document.indexOf("<", at);
      const text = decoded(document.slice(at, end));
      if (inner === top && text.trim() !== "") throw new Error(`text outside the document's element at ${at}`);
      for (const element of open) element.text += text;
      at = end;
      continue;
    }
    tag.lastIndex = at;
    const [whole, closes, called = "", attributes = "", empty] = tag.exec(document) ?? [];
    if (whole === undefined) throw new Error(`no tag at ${at}: ${document.slice(at, at + 40)}`);
    at += whole.length;
    if (closes) {
      if (called !== inner.name || attributes !== "" || empty) throw new Error(`</${called}> ends <${inner.name}>`);
      open.pop();
      continue;
    }
    if (inner === top && top.children.length > 0) throw new Error(`a second element at the top: <${called}>`);
    const element: Element = { name: called, attributes: attributesIn(attributes), children: [], text: "" };
    inner.children.push(element);
    if (!empty) open.push(element);
  }
  const [root] = top.children;
  if (open.length > 1 || root === undefined) throw new Error(`<${open.at(-1)!.name}> has no end`);
  return root;
}

/** The element and all inside it, in the document's order. */
export const allOf = (element: Element): Element[] => [element, ...element.children.flatMap(allOf)];

function attributesIn(text: string): Record<string, string> {
  const attributes: Record<string, string> = {};
  for (const [, key = "", double, single] of text.matchAll(attribute)) {
    if (Object.hasOwn(attributes, key)) throw new Error(`attribute ${key} twice`);
    attributes[key] = decoded(double ?? single ?? "");
  }
  return attributes;
}

function decoded(text: string): string {
  if (text.includes("]]>")) throw new Error("]]> in text");
  return text.replace(/&(?:(\w+);)?/g, (reference, entity: string | undefined) => {
    const character = entities[entity ?? ""];
    if (character === undefined) throw new Error(`${reference} is no entity`);
    return character;
  });
}
