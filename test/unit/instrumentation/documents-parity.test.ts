import { expect, test } from "vitest";
import { parseAllDocuments, stringify } from "yaml";
import { inject } from "../../../instrumentation/inject.ts";
import type { Instrumentation, Workload } from "../../../instrumentation/types.ts";
import { podTemplate } from "../../../instrumentation/workload.ts";
import { objectsOfCase, type ParityCase, parityCases, run } from "./documents-fixtures.ts";

/** What the function itself makes of a case; that it agrees with the webhook is shown beside it. */
function expected(one: ParityCase): unknown {
  const instrumentations = one.instrumentations.map((object) => {
    const { metadata, spec } = object as { metadata: { name: string; namespace: string }; spec: object };
    return { ...metadata, spec } as Instrumentation;
  });
  const { metadata } = one.namespace as { metadata: { name: string; annotations?: Record<string, string> } };
  const { workload } = inject({
    workload: one.workload,
    namespace: { name: metadata.name, annotations: metadata.annotations },
    instrumentations,
    secrets: new Set(one.secrets),
    configMaps: new Set(one.configmaps),
  });
  return podTemplate(workload);
}

const yaml = (one: ParityCase) =>
  objectsOfCase(one)
    .map((object) => stringify(object, { lineWidth: 0, version: "1.1" }))
    .join("---\n");
const lastOf = (text: string) => parseAllDocuments(text, { version: "1.1" }).at(-1)?.toJS() as Workload;
const named = parityCases.map((one) => [`${one.id} ${one.note}`, one] as const);

test.each(named)("as YAML: %s", (_name, one) => {
  const text = yaml(one);
  const { output, refused, unreadable, injected } = run(text);
  expect(unreadable).toEqual([]);
  if (one.injected) {
    expect(refused).toEqual([]);
    expect(injected.length).toBe(1);
    expect(podTemplate(lastOf(output))).toEqual(expected(one));
    expect(run(output).output).toBe(output);
  } else {
    expect(output).toBe(text);
  }
});

test("as JSON values one after the other, and as a List", () => {
  for (const one of parityCases) {
    const objects = objectsOfCase(one);
    const stream = run(`${objects.map((object) => JSON.stringify(object, null, 4)).join("\n")}\n`);
    const list = run(JSON.stringify({ apiVersion: "v1", kind: "List", items: objects }));
    const { items } = JSON.parse(list.output) as { items: Workload[] };
    expect(stream.output).toContain(JSON.stringify(items.at(-1), null, 4));
    if (one.injected) expect(podTemplate(items.at(-1) as Workload)).toEqual(expected(one));
    else expect(items).toEqual(objects);
  }
});
