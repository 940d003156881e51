import { randomBytes } from "node:crypto";

/** A secret of a test: its text changes under every escaping, and its core survives all of them but base64. */
export interface Canary {
  readonly text: string;
  readonly core: string;
}

const special = ['"', "'", "&", "+", "%41", "\\", "<x>", "é", "😀", "{x}", "a=b", "#", "?", ":", " ", "\\n", "$$", "`"];

/** Distinct secrets, with characters around the core that escapings change. */
export function canaries(count: number): Canary[] {
  return Array.from({ length: count }, (_, index) => {
    const core = `canary${index}x${randomBytes(9).toString("hex")}`;
    const [before, after] = [special[index % special.length], special[(index * 7 + 3) % special.length]];
    return { core, text: `${before}${core}${after}${before}` };
  });
}

/** The ways in which a canary may stand in a text: plain, escaped for JSON or a URL, in hexadecimal digits, in base64. */
export function forms({ text, core }: Canary): string[] {
  const json = JSON.stringify(text).slice(1, -1);
  return [
    core,
    text,
    json,
    JSON.stringify(json).slice(1, -1),
    encodeURIComponent(text),
    new URLSearchParams({ a: text }).toString().slice(2),
    Buffer.from(core).toString("hex"),
    ...base64Of(core),
  ];
}

/** A text in base64 however many bytes stand before it, without the digits at either end that its neighbours change. */
function base64Of(text: string): string[] {
  return [0, 1, 2].map((before) => {
    const whole = Buffer.from(`${" ".repeat(before)}${text}`);
    const digits = whole.toString("base64").replace(/=+$/, "");
    return digits.slice(before === 0 ? 0 : before + 1, whole.length % 3 === 0 ? undefined : -1);
  });
}

/** The cores of all canaries that stand in a text in some form. */
export function found(all: readonly Canary[], text: string): string[] {
  // base64 may be broken into lines, and may be that of URLs.
  const joined = text
    .replace(/\\n|\s/g, "")
    .replaceAll("-", "+")
    .replaceAll("_", "/");
  return all
    .filter((canary) => forms(canary).some((form) => text.includes(form) || joined.includes(form)))
    .map(({ core }) => core);
}
