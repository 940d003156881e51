import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { type DocumentsInput, injectDocuments } from "../../../instrumentation/documents/documents.ts";
import type { Workload } from "../../../instrumentation/types.ts";

export interface ParityCase {
  id: string;
  note: string;
  namespace: object & { metadata: { name: string } };
  instrumentations: object[];
  secrets: string[];
  configmaps: string[];
  workload: Workload;
  injected: boolean;
  result: { metadata: object; spec: object } | null;
}

const text = gunzipSync(readFileSync(new URL("./testdata/parity.jsonl.gz", import.meta.url))).toString();
export const parityCases: readonly ParityCase[] = text
  .split("\n")
  .filter((line) => line !== "")
  .map((line) => JSON.parse(line));

/** All objects of a case as a cluster would hold them, the workload last. */
export function objectsOfCase(one: ParityCase): object[] {
  const named = (kind: string) => (name: string) => ({
    apiVersion: "v1",
    kind,
    metadata: { name, namespace: one.namespace.metadata.name },
  });
  const around = [...one.secrets.map(named("Secret")), ...one.configmaps.map(named("ConfigMap"))];
  return [one.namespace, ...one.instrumentations, ...around, one.workload];
}

export const namespaceYaml = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n";
export const instrumentationYaml = `apiVersion: opentelemetry.io/v1alpha1
kind: Instrumentation
metadata: {name: default, namespace: shop}
spec:
  exporter: {endpoint: "http://collector:4318"}
`;

/** A Deployment as YAML; `lines` stand in its one container, indented by two more than "- ". */
export function deploymentYaml(lines = "", annotation = 'inject-sdk: "true"', name = "web"): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}   # its name
  namespace: shop
spec:
  template:
    metadata:
      annotations:
        instrumentation.opentelemetry.io/${annotation}
    spec:
      containers:
      - name: app  # main
        image: 'shop/app:1.2'
${lines}`;
}

export function run(text: string, more: Partial<DocumentsInput> = {}) {
  const result = injectDocuments({ texts: [{ name: "in.yaml", text }], defaultNamespace: "default", ...more });
  return { ...result, output: result.outputs.join("") };
}

export const inShop = [
  { name: "shop.yaml", text: namespaceYaml },
  { name: "otel.yaml", text: instrumentationYaml },
];
