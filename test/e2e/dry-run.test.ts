import { afterAll, beforeAll, expect, it } from "vitest";
import { fields } from "../../common/objects.ts";
import { restrictedNamespace } from "../../infra/kubernetes/metadata.ts";
import { list, podsOf } from "../../policy/pods.ts";
import type { Manifest } from "../../policy/types.ts";
import { judgedStacks, type Stack } from "../judges/stacks.ts";
import { kubectl, kubectlOn } from "./kubectl.ts";
import { eventually } from "./node-workloads.ts";

// The suite's own stack holds the real names, and an object that is there already is judged as a change of that one.
const namespace = "judged";
const definition = "instrumentations.opentelemetry.io";
/** What the API server knows only where somebody has added it. */
const notServed = ["HTTPRoute"];

let stacks: Stack[];
let hadDefinition: boolean;

beforeAll(async () => {
  stacks = await judgedStacks();
  const labels = { ...restrictedNamespace };
  await kubectlOn([{ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace, labels } }], "create");
  // Pods need it, and a controller makes it.
  await kubectl("wait", "--for=create", "serviceaccount/default", "-n", namespace, "--timeout=60s");
  hadDefinition = (await kubectl("get", "crd", "-o", "name")).includes(definition);
  const definitions = stacks.flatMap(({ manifests }) =>
    manifests.filter(({ kind }) => kind === "CustomResourceDefinition"),
  );
  expect(definitions.map(({ metadata }) => metadata.name)).toEqual([definition]);
  if (hadDefinition) return;
  await kubectlOn(definitions, "create", "--validate=strict");
  await kubectl("wait", "--for=condition=Established", `crd/${definition}`, "--timeout=60s");
  // The API server may serve a kind a moment later than it says.
  await eventually(30_000, () => kubectl("get", definition));
});

afterAll(async () => {
  if (!hadDefinition) await kubectl("delete", "crd", definition, "--ignore-not-found");
  await kubectl("delete", "namespace", namespace, "--ignore-not-found");
});

/** The object under a name and in a namespace where there is none yet. What is masked becomes base64. */
function moved(manifest: Manifest): Manifest {
  const { kind, metadata } = manifest;
  const data = fields(manifest["data"]);
  return {
    ...manifest,
    metadata: {
      ...metadata,
      ...(metadata.namespace ? { namespace } : { name: `${namespace}.${metadata.name}` }),
      ...(kind === "Namespace" && { name: `${namespace}-${metadata.name}` }),
    },
    ...(kind === "Secret" && { data: Object.fromEntries(Object.keys(data).map((key) => [key, "e30="])) }),
    ...(kind === "ConfigMap" && { data }),
  };
}

/** The volumes that a StatefulSet's controller adds to its pods. */
function claimed(owner: Manifest): object[] {
  const templates = list(fields(owner["spec"])["volumeClaimTemplates"]);
  return templates.map(({ metadata }) => {
    const { name } = fields(metadata);
    return { name, persistentVolumeClaim: { claimName: `${name}-${owner.metadata.name}-0` } };
  });
}

/** The API server's own judgement as if it were to keep them: schemas, defaults, admission. A warning counts as a refusal. */
async function dryRun(items: readonly object[]): Promise<string[]> {
  const flags = ["--dry-run=server", "--validate=strict", "--warnings-as-errors", "-o", "name"];
  return (await kubectlOn(items, "create", ...flags)).trim().split("\n");
}

const judged = ({ kind }: Manifest) => kind !== "CustomResourceDefinition" && !notServed.includes(kind);

it("the API server accepts every object of every stack, without a warning", async () => {
  const objects = stacks.flatMap(({ manifests }) => manifests.filter(judged)).map(moved);
  expect(await dryRun(objects)).toHaveLength(objects.length);
  expect(objects.length).toBeGreaterThan(180);
});

it("and every pod that they would make, where Pod Security restricted is enforced", async () => {
  const pods = stacks
    .flatMap(({ manifests }) => podsOf(manifests))
    .map(({ owner, spec, labels, annotations }, index) => ({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: `pod-${index}`, namespace, labels, annotations },
      spec: {
        ...spec,
        // Its own account is not there.
        serviceAccountName: "default",
        volumes: [...list(spec["volumes"]), ...claimed(owner)],
      },
    }));
  expect(await dryRun(pods)).toHaveLength(pods.length);
  expect(pods.length).toBeGreaterThan(25);
});

it.each([
  ["a field that is not known", { spec: { replica: 2 } }, /unknown field "(spec\.)?replica"/],
  ["a pod below restricted", { spec: { template: { spec: { hostNetwork: true } } } }, /would violate PodSecurity/],
])("and would have said so of %s", async (_, change, says) => {
  const manifest = stacks[0]?.manifests.find(({ kind }) => kind === "StatefulSet");
  await expect(dryRun([merged(moved(manifest as Manifest), change)])).rejects.toThrow(says);
});

function merged<T extends object>(into: T, change: object): T {
  const entries = Object.entries(change).map(([key, value]) => {
    const before = (into as Record<string, unknown>)[key];
    return [key, typeof value === "object" ? merged((before ?? {}) as object, value) : value];
  });
  return { ...into, ...Object.fromEntries(entries) };
}
