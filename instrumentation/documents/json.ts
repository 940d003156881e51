/** A JSON value and its part of a text. */
export interface JsonPart {
  readonly value: unknown;
  readonly text: string;
}

/** What may stand before a value: a byte order mark, space, and the mark between documents of YAML, which JSON is too. */
const lead = /^(\uFEFF?\s*(?:---\s+)?)([[{])/;

/** The objects and lists of a text that holds nothing but JSON, one after the other as `jq` prints them; undefined for any other text. */
export function jsonValues(text: string): JsonPart[] | undefined {
  if (!lead.test(text)) return undefined;
  const parts: JsonPart[] = [];
  let start = 0;
  let depth = 0;
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\\n]|\\.)*"|[[\]{}]/g)) {
    if (token === "{" || token === "[") depth += 1;
    else if (token === "}" || token === "]") {
      depth -= 1;
      if (depth !== 0) continue;
      const end = index + 1;
      const value = parsed(text.slice(start, end));
      if (value === undefined) return undefined;
      parts.push({ value, text: text.slice(start, end) });
      start = end;
    }
  }
  const last = parts.at(-1);
  const rest = text.slice(start);
  if (last === undefined || depth !== 0 || rest.trim() !== "") return undefined;
  parts[parts.length - 1] = { value: last.value, text: last.text + rest };
  return parts;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text.replace(lead, "$2"));
  } catch {
    return undefined;
  }
}

/** A value as JSON, indented like the text it comes from and with the space around that. */
export function printJson(value: unknown, like: string): string {
  const before = lead.exec(like)?.[1] ?? "";
  const trail = /\s*$/.exec(like)?.[0] ?? "";
  const indent = /^[[{]\r?\n([ \t]+)/.exec(like.slice(before.length))?.[1] ?? "";
  const printed = JSON.stringify(value, null, indent);
  return before + (like.includes("\r\n") ? printed.replaceAll("\n", "\r\n") : printed) + trail;
}
