import { scryptSync } from "node:crypto";
import { toYaml } from "../../collector-config/shared.ts";
import type { CollectorConfig } from "../../collector-config/types.ts";
import { contentHash } from "../../common/content-hash.ts";
import { configDirectory, configFile } from "../kubernetes/metadata.ts";
import type { DerivedPart } from "../part.ts";
import type { SecretValue } from "./secret-files.ts";

/** Files of a part, all below `configDirectory`. */
export interface PartFiles {
  /** By path. */
  readonly plain: Readonly<Record<string, string>>;
  readonly secret: Readonly<Record<string, string>>;
  /** Other places where they are to be found too. */
  readonly directories: readonly string[];
  /** Changes with any of them. */
  readonly hash: string;
}

/** Where a part finds the value of a secret that Kubernetes would put into its environment, which everyone may read who may ask the engine. */
export function secretPath(variable: string): string {
  return `${configDirectory}/secret-${variable}`;
}

/** The configuration as the part reads it in its container: secrets come from files. */
export function containerConfig({ config, variables }: Pick<DerivedPart, "config" | "variables">): CollectorConfig {
  const text = variables.reduce(
    (json, { name }) => json.replaceAll(`\${env:${name}}`, `\${file:${secretPath(name)}}`),
    JSON.stringify(config),
  );
  return JSON.parse(text) as CollectorConfig;
}

/** Everything that a part reads, with the values of its secrets. */
export function partFiles(part: DerivedPart, secretValue: SecretValue): PartFiles {
  const plain = {
    [`${configDirectory}/${configFile}`]: toYaml(containerConfig(part)),
    ...Object.fromEntries(Object.entries(part.texts ?? {}).map(([name, text]) => [`${configDirectory}/${name}`, text])),
  };
  const secret = Object.fromEntries([
    ...part.variables.map(({ name, secret: of, key }) => [secretPath(name), secretValue(of, key)] as const),
    // The whole folder stands at the place of each of them too, so the name of the folder is all that tells them apart.
    ...part.files.map(
      ({ secret: of, key, directory }) =>
        [`${configDirectory}/${leafOf(directory)}/${key}`, secretValue(of, key)] as const,
    ),
  ]);
  return {
    plain,
    secret,
    directories: [...new Set(part.files.map(({ directory }) => directory.slice(0, directory.lastIndexOf("/"))))],
    hash: contentHash({ plain: JSON.stringify(plain), secret: guarded(secret) }),
  };
}

function leafOf(directory: string): string {
  return directory.slice(directory.lastIndexOf("/") + 1);
}

/** It becomes a name that everyone sees: to guess a secret from it has to cost more than it is worth. */
function guarded(secret: Readonly<Record<string, string>>): string {
  return Object.keys(secret).length === 0 ? "" : scryptSync(JSON.stringify(secret), "throughline", 32).toString("hex");
}
