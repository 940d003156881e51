import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { UserError } from "../../common/errors.ts";
import { shellWord } from "../../common/shell.ts";
import { projectPath } from "../paths.ts";
import { namedSecrets } from "../settings/named-secrets.ts";
import type { Settings } from "../settings/settings.ts";

const lineFor = (path: string) =>
  `Write: mkdir -p ${shellWord(dirname(path))} && (umask 077; cat > ${shellWord(path)})`;

/** A value of a secret. */
export type SecretValue = (secret: string, key: string) => string;

/**
 * Reads the secrets that settings name: the file `<secretFiles>/<secret>/<key>` for each, without a newline at its end.
 * @throws UserError that lists all that are not there or empty. No value is kept or told.
 */
export function readSecretFiles(settings: Settings): SecretValue {
  const named = namedSecrets(settings);
  const { secretFiles: folder } = settings;
  if (named.length > 0 && folder === undefined) {
    throw new UserError(
      named.map(
        ({ setting, secret }) =>
          `throughline:${setting} is ${JSON.stringify(secret)}, but throughline:secretFiles is not set; allowed: a folder in which ${secret} is a folder with a file for each key. Write: pulumi config set throughline:secretFiles ./secrets`,
      ),
    );
  }
  const values = new Map<string, string>();
  const problems: string[] = [];
  for (const { setting, secret, keys } of named) {
    for (const key of keys) {
      const path = join(folder ?? "", secret, key);
      try {
        const value = readFileSync(projectPath(path), "utf8").replace(/\r?\n$/, "");
        values.set(`${secret}/${key}`, value);
        if (value === "")
          problems.push(`throughline:${setting} is ${JSON.stringify(secret)}, but ${path} is empty. ${lineFor(path)}`);
      } catch (error) {
        problems.push(
          `throughline:${setting} is ${JSON.stringify(secret)}, but ${path} can't be read (${(error as NodeJS.ErrnoException).code}). ${lineFor(path)}`,
        );
      }
    }
  }
  if (problems.length > 0) throw new UserError(problems);
  return (secret, key) => {
    const value = values.get(`${secret}/${key}`);
    if (value === undefined) throw new Error(`secret ${secret} has no key ${key}`);
    return value;
  };
}
