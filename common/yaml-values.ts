import type { DocumentOptions, ParseOptions, Scalar, SchemaOptions, Tags } from "yaml";

/** How a YAML text is read. */
export type YamlOptions = ParseOptions & DocumentOptions & SchemaOptions;

const infinite = /^[-+]?\.(?:inf|Inf|INF)$|^\.(?:nan|NaN|NAN)$/;
const point = /^\.\d+(?:_\d+)*(?:[eE][-+]?\d+)?$/;
/** Underscores may stand anywhere but before the first digit or sign. */
const numeric =
  /^(?=[-+\d])[-+]?(?:[\d_]*[xX][\da-fA-F_]+|[\d_]*[oO][0-7_]+|[\d_]*[bB][01_]+|(?:\.[\d_]+|[\d_]+(?:\.[\d_]*)?)(?:[eE][-+]?[\d_]+)?)$/;
const number = new RegExp([infinite, point, numeric].map(({ source }) => source).join("|"));

/** The number that Go's readers of YAML take an unquoted text for, which a zero before it makes an octal one; undefined where they take it for a text. */
export function numberIn(text: string): number | undefined {
  if (!number.test(text)) return undefined;
  if (infinite.test(text)) return /nan/i.test(text) ? Number.NaN : text.startsWith("-") ? -Infinity : Infinity;
  const plain = text.replaceAll("_", "");
  const [sign, digits] = /^[-+]/.test(plain) ? [plain.charAt(0), plain.slice(1)] : ["", plain];
  const value = /^0[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : Number(digits || Number.NaN);
  return !Number.isFinite(value) ? undefined : sign === "-" ? -value : value;
}

function numberTag(tag: string, identify: (value: unknown) => boolean) {
  return {
    tag,
    identify,
    default: true,
    test: number,
    resolve: (text: string) => numberIn(text) ?? text,
    // As it was read, so that a mode stays octal.
    stringify: ({ source, value }: Scalar) => source ?? written(Number(value)),
  };
}

function written(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? ".nan" : value < 0 ? "-.inf" : ".inf";
}

const numberTags = [
  numberTag("tag:yaml.org,2002:int", Number.isInteger),
  numberTag("tag:yaml.org,2002:float", (value) => typeof value === "number"),
];

/** Kinds of values that YAML 1.1 has and these readers have not, and those of numbers. */
const replaced = /:(timestamp|binary|omap|pairs|set|int|float)$/;

function customTags(tags: Tags): Tags {
  return [...tags.filter((one) => typeof one !== "string" && !replaced.test(one.tag)), ...numberTags];
}

/**
 * Reads values as kubectl does: 0644 is octal, `yes` no text, and `<<` merges. Numbers are written as they were read.
 * @see https://github.com/kubernetes-sigs/yaml
 */
export const asKubectl: YamlOptions = { schema: "yaml-1.1", merge: true, customTags };

/** Reads values as the Collector does, which differs in that `yes` is a text. @see https://github.com/yaml/go-yaml */
export const asCollector: YamlOptions = { schema: "core", merge: true, customTags };
