import { cliService } from "../../common/names.ts";

/** A colour on a light and on a dark ground. */
export interface Colour {
  readonly light: string;
  readonly dark: string;
}

/** Told apart with every kind of colour blindness, and none of them the red of an error. */
export const palette: readonly Colour[] = [
  { light: "#3352d6", dark: "#4c9ef0" },
  { light: "#c39760", dark: "#de8616" },
  { light: "#21835c", dark: "#3fd9a4" },
  { light: "#a33aab", dark: "#b63ab1" },
  { light: "#179de9", dark: "#b5eef2" },
  { light: "#5d1a43", dark: "#d6407a" },
  { light: "#949313", dark: "#d3d04a" },
  { light: "#0b2571", dark: "#5f60ea" },
  { light: "#2b5b1d", dark: "#7fb85f" },
];

/** Of spans without a service, and of our own that only asks. */
export const neutral: Colour = { light: "#6b7785", dark: "#8b949e" };

/**
 * A colour for each service: the same services get the same colours in every picture. One more service leaves most others theirs;
 * when there are more services than colours, some share one.
 */
export function coloursOf(services: Iterable<string>): Map<string, Colour> {
  const free = new Set(palette.keys());
  const colours = new Map<string, Colour>();
  for (const service of [...new Set(services)].sort()) {
    if (service === "" || service === cliService) {
      colours.set(service, neutral);
      continue;
    }
    if (free.size === 0) for (const slot of palette.keys()) free.add(slot);
    let slot = hash(service) % palette.length;
    while (!free.has(slot)) slot = (slot + 1) % palette.length;
    free.delete(slot);
    colours.set(service, palette[slot]!);
  }
  return colours;
}

/** FNV-1a (https://datatracker.ietf.org/doc/draft-eastlake-fnv/). */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193) >>> 0;
  return value;
}
