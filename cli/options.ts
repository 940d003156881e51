import { type ParseArgsConfig, parseArgs } from "node:util";
import { withoutCredentials } from "../common/credentials.ts";
import { UserError } from "../common/errors.ts";

type Options = NonNullable<ParseArgsConfig["options"]>;

/**
 * Parses a command's options; `--help` prints `help` and gives undefined.
 * @param program How it is called. Default: `throughline <command>`.
 * @throws UserError for an option it does not know.
 */
export function parseOptions<const T extends Options>(
  command: string,
  options: T,
  help: string,
  argv: string[],
  program?: string,
) {
  return parseArguments(command, options, help, argv, false, program)?.values;
}

/** The same for a command that also takes words without a dash, which come as `positionals`. */
export function parseArguments<const T extends Options>(
  command: string,
  options: T,
  help: string,
  argv: string[],
  allowPositionals = true,
  program = `throughline ${command}`,
) {
  try {
    const all = { ...options, help: { type: "boolean", short: "h" } } as const;
    const { values, positionals } = parseArgs({ args: argv, options: all, strict: true, allowPositionals });
    if ((values as { help?: boolean }).help) {
      console.log(help);
      return undefined;
    }
    return { values: values as ReturnType<typeof parseArgs<{ options: T; strict: true }>>["values"], positionals };
  } catch (error) {
    if ((error as { code?: string }).code?.startsWith("ERR_PARSE_ARGS")) {
      throw new UserError([`${(error as Error).message.split(". ")[0]}. ${program} --help lists its options`]);
    }
    throw error;
  }
}

/** Reads `--set` values. @throws UserError for each that is not KEY=VALUE. */
export function settings(values: readonly string[]): Record<string, string> {
  const wrong = values.filter((value) => !/^[A-Za-z]+(\.[A-Za-z]+)*=/.test(value));
  if (wrong.length > 0) {
    throw new UserError(
      wrong.map(
        (value) =>
          `--set is ${JSON.stringify(withoutCredentials(value))}; write --set key=value, e.g. --set profile=standard`,
      ),
    );
  }
  return Object.fromEntries(
    values.map((value) => [`throughline:${value.slice(0, value.indexOf("="))}`, value.slice(value.indexOf("=") + 1)]),
  );
}
