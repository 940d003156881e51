import { RE2JS } from "re2js";

/** Whether the Collector takes a text as a regular expression: it reads RE2, which has no references to groups and does not look around. */
export function isPattern(text: string): boolean {
  try {
    return text !== "" && RE2JS.compile(text) !== undefined;
  } catch {
    return false;
  }
}
