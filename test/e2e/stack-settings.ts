import { readFileSync, writeFileSync } from "node:fs";
import { sandboxTarget } from "../../cli/target.ts";
import { stackFile } from "../../infra/settings/stack-config.ts";

/** The file with the settings of the suite's stack. */
export const settingsFile = stackFile(sandboxTarget().stack);

const before = readFileSync(settingsFile, "utf8");

/** Puts the settings back that stood there before the file's tests; `up` applies them. */
export const restoreSettings = () => writeFileSync(settingsFile, before);
