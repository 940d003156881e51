import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { inject } from "../../../instrumentation/inject.ts";
import type { Instrumentation, InstrumentationSpec, Workload } from "../../../instrumentation/types.ts";
import { podTemplate } from "../../../instrumentation/workload.ts";

interface Case {
  id: string;
  note: string;
  namespace: { metadata: { name: string; annotations?: Record<string, string> } };
  instrumentations: { metadata: { name: string; namespace: string }; spec: InstrumentationSpec }[];
  secrets: string[];
  configmaps: string[];
  workload: Workload;
  injected: boolean;
  message: string;
  result: { metadata: object; spec: object } | null;
}

const text = gunzipSync(readFileSync(new URL("./testdata/parity.jsonl.gz", import.meta.url))).toString();
const all: Case[] = text
  .split("\n")
  .filter((line) => line !== "")
  .map((line) => JSON.parse(line));

function annotationsOf(one: Case): [Record<string, string>, Record<string, string>] {
  return [podTemplate(one.workload)?.metadata.annotations ?? {}, one.namespace.metadata.annotations ?? {}];
}

function on([pod, namespace]: [Record<string, string>, Record<string, string>], key: string): boolean {
  const value = (pod[key] || namespace[key] || "").toLowerCase();
  return value !== "" && value !== "false";
}

/** Whether any opt-in annotation, known or not, is switched on. */
function asks(one: Case): boolean {
  const annotations = annotationsOf(one);
  return Object.keys({ ...annotations[0], ...annotations[1] }).some(
    (key) => key.includes("/inject-") && !key.endsWith("container-names") && on(annotations, key),
  );
}

function run(one: Case) {
  const instrumentations: Instrumentation[] = one.instrumentations.map(({ metadata, spec }) => ({ ...metadata, spec }));
  return inject({
    workload: one.workload,
    namespace: { name: one.namespace.metadata.name, annotations: one.namespace.metadata.annotations },
    instrumentations,
    secrets: new Set(one.secrets),
    configMaps: new Set(one.configmaps),
  });
}

const liveAttribute = /^(k8s\.replicaset\.name=\{replicaset\}|k8s\.job\.name=\{job\}|k8s\.[a-z]+\.uid=\{uid\})$/;

/** Removes encoding noise and what only the live cluster knows. */
function normalise(value: unknown, workloadName: string): unknown {
  if (Array.isArray(value)) return value.map((one) => normalise(one, workloadName));
  if (typeof value !== "object" || value === null) return value;
  const variable = value as { name?: unknown; value?: unknown };
  if (variable.name === "OTEL_RESOURCE_ATTRIBUTES" && typeof variable.value === "string") {
    const kept = variable.value.split(",").filter((pair) => !liveAttribute.test(pair));
    return { ...value, value: kept.join(",") };
  }
  if (variable.name === "OTEL_SERVICE_NAME" && /^\{(replicaset|job)\}$/.test(String(variable.value))) {
    return { ...value, value: workloadName };
  }
  const result: Record<string, unknown> = {};
  for (const [key, inner] of Object.entries(value)) {
    const normal = normalise(inner, workloadName);
    const empty =
      normal === null || (typeof normal === "object" && normal !== null && Object.keys(normal).length === 0);
    // A variable with an empty value is encoded without one.
    if (!empty && !(key === "value" && normal === "" && "name" in value)) result[key] = normal;
  }
  return result;
}

describe("the verdicts of the operator's webhook 0.158.0", () => {
  test("the fixture is whole", () => {
    expect(all.length).toBe(436);
    // The webhook injects into this many of them.
    expect(all.filter((one) => one.injected).length).toBe(311);
  });

  test.each(all.map((one) => [`${one.id} ${one.note}`, one] as const))("%s", (_name, one) => {
    const before = JSON.stringify(one.workload);
    const { workload, injected, problems } = run(one);
    expect(JSON.stringify(one.workload)).toBe(before);
    const name = String(one.workload.metadata?.name);
    if (!one.injected) {
      expect(workload).toBe(one.workload);
      expect(injected).toEqual([]);
    } else {
      const template = podTemplate(workload);
      expect(normalise(template?.spec, name)).toEqual(normalise(one.result?.spec, name));
      const { annotations = {}, labels = {} } = template?.metadata ?? {};
      expect(normalise({ annotations, labels }, name)).toEqual(normalise(one.result?.metadata, name));
    }
    // Where the webhook keeps silent we do not.
    const marked = one.note.startsWith("already injected");
    if (!one.injected && asks(one) && !marked) expect(problems.map(({ message }) => message)).not.toEqual([]);
  });
});
