import { readFileSync } from "node:fs";
import { UserError } from "../../common/errors.ts";
import { isObject } from "../../common/objects.ts";
import { projectPath } from "../paths.ts";

const example = '{"default_strategy":{"type":"probabilistic","param":0.1}}';

/**
 * The text of a file with sampling strategies.
 * @see https://www.jaegertracing.io/docs/latest/architecture/sampling/#file-based-sampling-configuration
 * @throws UserError where it can't be read or is not such a file
 */
export function readSamplingFile(path: string): string {
  const problem = (what: string) =>
    new UserError([
      `throughline:jaeger.samplingFile is ${JSON.stringify(path)}, ${what}; allowed: a JSON file such as ${example}. Write: pulumi config set --path 'throughline:jaeger.samplingFile' sampling.json`,
    ]);
  let text: string;
  try {
    text = readFileSync(projectPath(path), "utf8");
  } catch (error) {
    throw problem(`which can't be read (${(error as NodeJS.ErrnoException).code})`);
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw problem("which is no JSON");
  }
  if (!isObject(parsed) || !(isObject(parsed["default_strategy"]) || Array.isArray(parsed["service_strategies"]))) {
    throw problem("which has neither default_strategy nor service_strategies");
  }
  return text;
}
