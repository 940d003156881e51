import { execFile } from "node:child_process";
import { toYaml } from "../../infra/render/render.ts";
import type { Manifest } from "../../policy/types.ts";
import { type Finding, objectName } from "./finding.ts";

/** Checks that are off by default; the others of these ask for requests equal to limits, a matter of taste. */
const optional = ["container-seccomp-profile", "container-ports-check"];
const version = "v1.36";
/** Limits of CPU are left out on purpose, see accepted.ts; all else about resources is judged. */
const flags = [
  `--kubernetes-version=${version}`,
  "--output-format=json",
  `--enable-optional-test=${optional}`,
  "--ignore-container-cpu-limit",
];
/** Grades from 1 to 10: critical, warning, almost ok, ok. */
const ok = 10;

interface Scored {
  readonly type_meta: { readonly kind: string };
  readonly object_meta: { readonly name: string };
  readonly checks: readonly {
    readonly check: { readonly id: string };
    readonly grade: number;
    readonly skipped: boolean;
    readonly comments: readonly { readonly path: string; readonly summary: string }[] | null;
  }[];
}

/**
 * What kube-score finds wrong with the objects of one stack.
 * @param program Path of kube-score.
 */
export async function askKubeScore(program: string, manifests: readonly Manifest[]): Promise<Finding[]> {
  const scored: Scored[] = JSON.parse(await answer(program, ["score", ...flags, "-"], toYaml(manifests)));
  return scored.flatMap(({ type_meta: { kind }, object_meta, checks }) =>
    checks
      .filter(({ grade, skipped }) => !skipped && grade < ok)
      .map(({ check, comments }): Finding => {
        const object = objectName({ kind, metadata: object_meta });
        const message = (comments ?? []).map(({ path, summary }) => `${path && `(${path}) `}${summary}`).join(", ");
        return { judge: "kube-score", rule: check.id, object, message };
      }),
  );
}

/** Its output; it ends with 1 where it found something. */
function answer(program: string, args: readonly string[], input: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(program, args, { maxBuffer: 64 << 20 }, (error, stdout, stderr) => {
      if (error && error.code !== 1) reject(new Error(`kube-score ended with ${error.code}: ${stderr}`));
      else resolve(stdout);
    });
    child.stdin?.end(input);
  });
}
