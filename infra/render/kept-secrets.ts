import { parseAllDocuments } from "yaml";
import { UserError } from "../../common/errors.ts";
import { fields } from "../../common/objects.ts";
import type { Manifest } from "../../policy/types.ts";
import { keyOf, toYaml } from "./render.ts";
import type { RenderedSecret } from "./rendered.ts";

/** First line of a file of Secrets, by which it is known. */
const firstLine =
  "# Secrets in plain text, written by throughline render, which reads them again: keep this file, and keep it secret.";

/**
 * The Secrets in a file that an earlier run wrote.
 * @param file Only to name the text in problems.
 * Throws a UserError for a text that is none of ours, or is no longer as it was written.
 */
export function readSecrets(file: string, text: string): Manifest[] {
  if (!text.startsWith(firstLine)) {
    throw new UserError([
      `--secrets is ${file}, which throughline render did not write; it would be overwritten. Write: --secrets with the name of a new file`,
    ]);
  }
  const documents = parseAllDocuments(text, { logLevel: "silent", prettyErrors: false });
  const broken = [...documents].some(({ errors }) => errors.length > 0);
  const secrets = broken ? [] : [...documents].map((document) => document.toJS() as unknown);
  // The value itself is told to nobody.
  if (broken || !secrets.every(isSecret)) {
    throw new UserError([
      `--secrets is ${file}, whose content is not as it was written (encrypted, or changed by hand). Write: the file as it was, decrypted`,
    ]);
  }
  return secrets;
}

function isSecret(value: unknown): value is Manifest {
  const { kind, metadata, data, stringData } = fields(value);
  if (kind !== "Secret" || typeof fields(metadata)["name"] !== "string") return false;
  const isBase64 = (one: unknown) => typeof one === "string" && /^[A-Za-z0-9+/]*={0,2}$/.test(one);
  return Object.values(fields(data)).every(isBase64) && (stringData === undefined || typeof stringData === "object");
}

/** The data of each by `namespace/name`, as `render` takes it. */
export function keptData(secrets: readonly Manifest[]): ReadonlyMap<string, Readonly<Record<string, unknown>>> {
  return new Map(secrets.map((secret) => [keyOf(secret), fields(secret["data"])]));
}

/** The text of the file that keeps the Secrets; the same for the same Secrets. */
export function secretsText(secrets: readonly Manifest[]): string {
  return `${firstLine}\n${toYaml(secrets)}`;
}

/** All Secrets of a rendering, and certificates of an earlier one that these do not replace: another namespace's, or of a part that is off. */
export function withEarlier(secrets: readonly RenderedSecret[], kept: readonly Manifest[]): Manifest[] {
  const families = new Set(secrets.filter(({ made }) => made).map(({ manifest }) => familyOf(manifest)));
  const names = new Set(secrets.map(({ manifest }) => keyOf(manifest)));
  const earlier = kept.filter(
    (secret) => secret["immutable"] === true && !names.has(keyOf(secret)) && !families.has(familyOf(secret)),
  );
  return [...secrets.map(({ manifest }) => manifest), ...earlier].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

/**
 * What is wrong with changing to a generation of certificates: both ends of a connection trust the generations beside their own,
 * so a larger step than one cuts them apart while pods roll.
 */
export function jumpProblems(
  secrets: readonly RenderedSecret[],
  kept: readonly Manifest[],
  generation: number,
): string[] {
  const generations = kept.map((secret) => ({ family: familyOf(secret), generation: generationOf(secret) }));
  const families = new Set(secrets.filter(({ made }) => made).map(({ manifest }) => familyOf(manifest)));
  const jumps = [...families].some((family) => {
    const own = generations.filter((one) => one.family === family).map((one) => one.generation);
    return own.length > 0 && !own.includes(generation);
  });
  if (!jumps) return [];
  const known = [...new Set(generations.map((one) => one.generation))].sort((a, b) => a - b);
  return [
    `throughline:tlsGeneration is ${generation}, but --secrets keeps generations ${known.join(", ")}, and pods of the two would refuse each other; allowed: one step at a time. Write: --set tlsGeneration=${generation > Number(known.at(-1)) ? known.at(-1) : known[0]}`,
  ];
}

/** Name and namespace without the generation at the end. */
function familyOf(secret: Manifest): string {
  return keyOf(secret).replace(/-\d+$/, "");
}

function generationOf({ metadata }: Manifest): number {
  return Number(/-(\d+)$/.exec(metadata.name)?.[1] ?? 0);
}
