import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../../common/run.ts";
import { toYaml } from "../../infra/render/render.ts";
import { type Finding, objectName } from "./finding.ts";
import type { Stack } from "./stacks.ts";

interface Report {
  readonly summary: { readonly parsing_errors: number; readonly resource_count: number };
  readonly results: {
    readonly failed_checks: readonly {
      readonly check_id: string;
      readonly check_name: string;
      /** `Kind.namespace.name`, and for a pod of a workload `Pod.namespace.workload.labels`. */
      readonly resource: string;
    }[];
  };
}

/**
 * What Checkov finds wrong with the objects of all stacks.
 * @param packages Folder with Checkov and what it needs.
 */
export async function askCheckov(packages: string, stacks: readonly Stack[]): Promise<Finding[]> {
  const folder = mkdtempSync(join(tmpdir(), "throughline-checkov-"));
  try {
    for (const { name, manifests } of stacks) writeFileSync(join(folder, `${name}.yaml`), toYaml(manifests));
    const flags = ["--framework=kubernetes", "--skip-download", "--soft-fail", "--quiet", "--output=json"];
    const output = await run("python3", [join(packages, "bin/checkov"), `--directory=${folder}`, ...flags], {
      env: { PYTHONPATH: packages },
    });
    const { summary, results } = JSON.parse(output) as Report;
    const { parsing_errors, resource_count } = summary;
    if (parsing_errors > 0 || resource_count === 0) throw new Error(`Checkov read only ${resource_count} objects`);
    return results.failed_checks.map(({ check_id, check_name, resource }) => {
      const [kind = "", , name = ""] = resource.split(".");
      const object = objectName({ kind, metadata: { name } });
      return { judge: "checkov", rule: check_id, object, message: check_name };
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
