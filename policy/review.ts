import { judge } from "../collector-config/rules/judge.ts";
import type { Severity } from "../collector-config/rules/rule.ts";
import { findings, nameOf } from "./check.ts";
import type { Read } from "./documents.ts";
import type { Manifest } from "./types.ts";

/** One thing that is wrong, with where it stands. */
export interface Reviewed {
  /** A rule's name among `rules` of policy/check.ts, also for a plain configuration. */
  readonly id: string;
  readonly severity: Severity;
  readonly file: string;
  /** Counted from 1. */
  readonly document: number;
  /** The line of the finding, as near as the document tells it; counted from 1. */
  readonly line: number;
  /** `Kind namespace/name`; null in a plain configuration. */
  readonly object: string | null;
  /** The setting's place; null where the message tells it. */
  readonly path: string | null;
  readonly message: string;
  readonly fix: string;
}

/** What is wrong with documents, all of them judged together so that they can be related; in their order. */
export function review(documents: readonly Read[]): Reviewed[] {
  const manifests = documents.flatMap((document) => (document.kind === "manifest" ? [document.manifest] : []));
  const found = findings(manifests);
  return documents.flatMap(({ file, document, line, ...what }): Reviewed[] => {
    const at = (path?: string) => ({ file, document, line: line(path) });
    if (what.kind === "configuration") {
      return judge(what.config).map(({ id, ...problem }) => ({
        id: `collector-${id}`,
        ...at(problem.path),
        object: null,
        ...problem,
      }));
    }
    if (what.kind === "other") return [];
    const own = found.filter(({ finding }) => finding.object === (what.manifest as Manifest));
    return own.map(({ rule, finding: { object, path, message, fix } }) => ({
      id: rule.name,
      severity: rule.severity,
      ...at(path),
      object: nameOf(object),
      path: path ?? null,
      message,
      fix,
    }));
  });
}
