import type { Colour } from "./colours.ts";

const fonts = 'ui-sans-serif,system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,"DejaVu Sans",sans-serif';

/** Class, what of it is coloured, on a light ground, on a dark one. */
const colours: readonly [selector: string, property: "fill" | "stroke", light: string, dark: string][] = [
  [".ground", "fill", "#ffffff", "#0d1117"],
  [".ground", "stroke", "#d1d9e0", "#3d444d"],
  ["text", "fill", "#1f2328", "#f0f6fc"],
  [".quiet", "fill", "#59636e", "#9198a1"],
  [".band", "fill", "#f6f8fa", "#151b23"],
  [".wrong", "fill", "#ffebe9", "#3c1618"],
  [".grid", "stroke", "#e4e9ee", "#262c36"],
  [".tree", "stroke", "#b6bfc9", "#4a525c"],
  [".message", "stroke", "#59636e", "#b7bdc8"],
  [".arrow", "fill", "#59636e", "#b7bdc8"],
  [".error", "fill", "#cf222e", "#ff7b72"],
  [".ring", "stroke", "#cf222e", "#ff7b72"],
  [".skew", "fill", "#9a6700", "#e3b341"],
  [".mark", "stroke", "#ffffff", "#0d1117"],
];

/**
 * The style sheet of a picture: light, and dark where the reader prefers that. A viewer that knows no media queries shows it light.
 * @param services Colours of the classes `c0`, `c1` and so on.
 */
export function styleSheet(services: readonly Colour[]): string {
  const rules = (ground: "light" | "dark") => [
    ...colours.map(
      ([selector, property, light, dark]) => `${selector}{${property}:${ground === "light" ? light : dark}}`,
    ),
    ...services.map((colour, index) => `.c${index}{fill:${colour[ground]};stroke:${colour[ground]}}`),
  ];
  return [
    `text{font-family:${fonts};font-size:12px}`,
    ".title{font-size:16px;font-weight:600}.small{font-size:11px}.called{font-weight:600}",
    ".end{text-anchor:end}.middle{text-anchor:middle}",
    ".solid{stroke:none}.hollow{fill-opacity:.22;stroke-width:1.5}",
    ".tree,.grid,.message,.ring,.mark{fill:none}.ring{stroke-width:1.5}.mark{stroke-width:1.6;stroke-linecap:round}",
    ".message{stroke-width:1.25;stroke-dasharray:3 3}.lost{stroke-dasharray:2 2}",
    ...rules("light"),
    `@media (prefers-color-scheme:dark){${rules("dark").join("")}}`,
  ].join("\n");
}
