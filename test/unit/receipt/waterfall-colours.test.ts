import { expect, test } from "vitest";
import { coloursOf, neutral, palette } from "../../../receipt/waterfall/colours.ts";

type Triple = readonly [number, number, number];

/** What eyes see of linear RGB that see all, or lack one kind of cones (Machado, Oliveira and Fernandes 2009, severity 1). */
const eyes: Readonly<Record<string, readonly Triple[]>> = {
  full: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

const channels = (hex: string) =>
  [1, 3, 5].map((at) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
const dot = (row: Triple, rgb: readonly number[]) => row.reduce((sum, factor, at) => sum + factor * (rgb[at] ?? 0), 0);

/** CIELAB, in which distances are as eyes see them. */
function lab(rgb: readonly number[]): number[] {
  const f = (value: number) => (value > 0.008856 ? Math.cbrt(value) : 7.787 * value + 16 / 116);
  const [r = 0, g = 0, b = 0] = rgb.map((value) => Math.min(1, Math.max(0, value)));
  const x = f((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.95047);
  const y = f(0.2126 * r + 0.7152 * g + 0.0722 * b);
  const z = f((0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.08883);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

const luminance = (hex: string) => dot([0.2126, 0.7152, 0.0722], channels(hex));
const contrast = (one: string, other: string) => {
  const [least = 0, most = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (most + 0.05) / (least + 0.05);
};

test.each(["light", "dark"] as const)("on a %s ground, every eye tells all colours apart and sees them", (ground) => {
  const colours = [...palette, neutral].map((colour) => colour[ground]);
  for (const [eye, matrix] of Object.entries(eyes)) {
    const seen = colours.map((hex) => lab(matrix.map((row) => dot(row, channels(hex)))));
    const distances = seen.flatMap((one, at) =>
      seen.slice(at + 1).map((other) => Math.hypot(...one.map((value, axis) => value - (other[axis] ?? 0)))),
    );
    expect(Math.min(...distances), eye).toBeGreaterThan(15);
  }
  for (const hex of colours)
    expect(contrast(hex, ground === "light" ? "#ffffff" : "#0d1117"), hex).toBeGreaterThan(2.6);
});

test("the same services have the same colours in any order, each its own", () => {
  const services = [
    "throughline-cli",
    "edge",
    "orders",
    "pricing",
    "shipping",
    "mailer",
    "invoice",
    "ledger",
    "a",
    "b",
  ];
  const colours = coloursOf(services);
  expect(new Set(colours.values()).size).toBe(10);
  expect(coloursOf([...services].reverse())).toEqual(new Map([...colours].sort()));
  expect(colours.get("throughline-cli")).toBe(neutral);
});

test("one more service leaves most of the others their colours", () => {
  const services = ["edge", "orders", "pricing", "shipping"];
  const before = coloursOf(services);
  const after = coloursOf([...services, "bank"]);
  expect(services.filter((service) => before.get(service) === after.get(service)).length).toBeGreaterThanOrEqual(3);
});

test("more services than colours share them evenly", () => {
  const colours = [...coloursOf(Array.from({ length: 20 }, (_, index) => `service-${index}`)).values()];
  const uses = palette.map((colour) => colours.filter((used) => used === colour).length);
  expect(Math.max(...uses) - Math.min(...uses)).toBeLessThanOrEqual(1);
});
