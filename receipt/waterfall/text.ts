/** Characters that XML 1.0 has no way to write (https://www.w3.org/TR/xml/#charsets), and those that turn the direction of what follows. */
const unfit =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\ufffe\uffff]/g;

const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** Text as it may stand in an XML element or a quoted attribute; what XML has no way to write becomes U+FFFD. */
export function xml(text: string): string {
  return text
    .toWellFormed()
    .replace(unfit, "\ufffd")
    .replace(/[&<>"]/g, (character) => entities[character] ?? character);
}

/** Width of a text in a sans serif font of that size, rather too large than too small: no font is at hand to measure it. */
export function widthOf(text: string, size: number): number {
  let ems = 0;
  for (const character of text) {
    if (/[il.,:;'|!()[\]jtf\s]/.test(character)) ems += 0.38;
    else if (/[mwMW@%]/.test(character)) ems += 0.98;
    else if (/[A-Z]/.test(character)) ems += 0.72;
    else if (character.charCodeAt(0) < 0x0500) ems += 0.63;
    else ems += 1;
  }
  return ems * size;
}

/** The text, or as much of its beginning as fits, with an ellipsis behind. */
export function cut(text: string, room: number, size: number): string {
  if (widthOf(text, size) <= room) return text;
  const characters: string[] = [];
  let left = room - size;
  for (const character of text) {
    left -= widthOf(character, size);
    if (left < 0) break;
    characters.push(character);
  }
  return `${characters.join("").trimEnd()}…`;
}

const units: readonly [name: string, ms: number][] = [
  ["h", 3_600_000],
  ["min", 60_000],
  ["s", 1_000],
  ["ms", 1],
  ["µs", 1e-3],
  ["ns", 1e-6],
];

/** A duration with three digits and its unit, such as `84.2 ms`. `unit` is the span of time whose unit is taken; default: its own. */
export function duration(ms: number, unit = ms): string {
  if (ms === 0) return "0";
  const [name, size] = units.find(([, least]) => Math.abs(unit) >= least) ?? units.at(-1)!;
  return `${Number((ms / size).toPrecision(3))} ${name}`;
}

/** Points of a time axis from 0 to `totalMs`: multiples of 1, 2 or 5 times a power of ten, about six of them. */
export function ticks(totalMs: number): number[] {
  const rough = totalMs / 6;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10);
  return Array.from({ length: Math.floor(totalMs / step + 1e-9) + 1 }, (_, index) => index * step);
}
