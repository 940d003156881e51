import { createHash } from "node:crypto";
import { isAbsolute, sep } from "node:path";
import { pathToFileURL } from "node:url";
import type { Exception } from "./exceptions.ts";
import type { Reviewed } from "./review.ts";
import type { Rule } from "./types.ts";

/** A finding as it is told, with what excuses it. */
export interface Told extends Reviewed {
  /** Default: - it stands. */
  readonly exception?: Exception;
}

/**
 * Findings as a log of the Static Analysis Results Interchange Format, for code scanning and editors.
 * @param checked The rules that were asked: every one that a finding names.
 * @see https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
 */
export function toSarif(found: readonly Told[], checked: readonly Rule[]): object {
  const indices = new Map(checked.map(({ name }, index) => [name, index]));
  return {
    $schema: "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "throughline", rules: checked.map(descriptor) } },
        columnKind: "utf16CodeUnits",
        results: found.map((one) => ({ ...result(one), ruleIndex: indices.get(one.id) ?? -1 })),
      },
    ],
  };
}

function descriptor({ name, description, why, source, severity, example }: Rule): object {
  const text = `${description} ${why}\n\nWrong:\n${example.wrong}\n\nRight:\n${example.right}`;
  const fenced = (yaml: string) => `\`\`\`yaml\n${yaml}\n\`\`\``;
  return {
    id: name,
    shortDescription: { text: description },
    fullDescription: { text: `${description} ${why}` },
    help: {
      text,
      markdown: `${description} ${why}\n\nWrong:\n\n${fenced(example.wrong)}\n\nRight:\n\n${fenced(example.right)}`,
    },
    helpUri: source,
    defaultConfiguration: { level: severity },
  };
}

function result({ id, severity, file, line, object, path, message, fix, exception }: Told): object {
  const named = [object, path].filter((part): part is string => part !== null);
  const said = `${named.length > 0 ? `${named.join(": ")} ` : ""}${message}. Write: ${fix}`;
  return {
    ruleId: id,
    level: severity,
    message: { text: said },
    locations: [
      {
        physicalLocation: { artifactLocation: { uri: uriOf(file) }, region: { startLine: line } },
        ...(object !== null && { logicalLocations: [{ fullyQualifiedName: object, kind: "resource" }] }),
      },
    ],
    // The line may move; what is wrong with which object is the same finding.
    partialFingerprints: { "throughline/v1": fingerprint(id, file, object, path, message) },
    suppressions:
      exception === undefined
        ? []
        : [{ kind: "external", status: "accepted", justification: `${exception.reason} (until ${exception.until})` }],
  };
}

function fingerprint(...parts: (string | null)[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 32);
}

/** A reference as RFC 3986 has it: relative to where the command ran, or a whole `file:` address. */
function uriOf(file: string): string {
  if (isAbsolute(file)) return pathToFileURL(file).href;
  return file.split(sep).map(encodeURIComponent).join("/");
}
