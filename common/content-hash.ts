import { createHash } from "node:crypto";
import { textual } from "./objects.ts";

/** Ten hex digits that change with any of the texts. */
export function contentHash(data: Readonly<Record<string, unknown>>): string {
  const texts = Object.keys(data).sort();
  return createHash("sha256")
    .update(texts.map((name) => textual(data[name])).join("\n"))
    .digest("hex")
    .slice(0, 10);
}
