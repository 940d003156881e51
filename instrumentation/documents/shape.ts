import type { Problem, Workload } from "../types.ts";
import { isFields, podTemplate, templatePath } from "../workload.ts";

/** What is wrong with the parts of a workload that injection reads or adds to; the cluster's API would refuse them too. */
export function misshapen(workload: Workload): Problem[] {
  const template = podTemplate(workload);
  if (template === undefined) return [];
  const problems: Problem[] = [];
  const at = [...(templatePath(workload.kind) ?? []), "spec"].join(".");
  const wrong = (path: string, allowed: string, write: string) => {
    problems.push({ code: "workload-malformed", message: `${path} has to be ${allowed}. Write: ${path}: ${write}` });
  };
  const text = (value: unknown, path: string, required: boolean) => {
    if (typeof value !== "string" && (required || (value !== undefined && value !== null)))
      wrong(path, "a text", '"<text>"');
  };
  const list = (value: unknown, path: string, one: (item: Readonly<Record<string, unknown>>, path: string) => void) => {
    if (value === undefined || value === null) return;
    if (!Array.isArray(value)) return wrong(path, "a list", "[{ name: <name> }]");
    for (const [index, item] of value.entries()) {
      if (isFields(item)) one(item, `${path}[${index}]`);
      else wrong(`${path}[${index}]`, "an object", "{ name: <name> }");
    }
  };
  for (const key of ["name", "namespace"]) text(workload.metadata?.[key], `metadata.${key}`, false);
  for (const key of ["containers", "initContainers"] as const) {
    list(template.spec[key], `${at}.${key}`, (container, path) => {
      text(container["name"], `${path}.name`, true);
      text(container["image"], `${path}.image`, false);
      list(container["env"], `${path}.env`, (variable, own) => {
        text(variable["name"], `${own}.name`, true);
        text(variable["value"], `${own}.value`, false);
      });
      list(container["volumeMounts"], `${path}.volumeMounts`, (mount, own) => {
        text(mount["name"], `${own}.name`, true);
        text(mount["mountPath"], `${own}.mountPath`, true);
      });
    });
  }
  list(template.spec.volumes, `${at}.volumes`, (volume, path) => text(volume["name"], `${path}.name`, true));
  return problems;
}
