import { type CoreV1Api, CustomObjectsApi, KubeConfig, type V1Pod } from "@kubernetes/client-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { inject } from "../../instrumentation/inject.ts";
import { type Cluster, status } from "../../sandbox/node/cluster.ts";
import { kubectl, objects } from "./kubectl.ts";
import { coreApi, eventually } from "./node-workloads.ts";
import { importRecorder } from "./operator/recorder.ts";
import { up } from "./receipts.ts";
import { restoreSettings } from "./stack-settings.ts";
import { throughline } from "./throughline.ts";

const [opted, other] = ["operator-shop", "operator-other"];
const operatorOf = ["-n", "observability", "deployment/otel-operator"];
const on = (field: string) => ["--set", `operator.${field}`];
const asks = { "instrumentation.opentelemetry.io/inject-sdk": "true" };

let core: CoreV1Api;

beforeAll(async () => {
  const cluster = (await status()) as Cluster;
  core = coreApi(cluster);
  await importRecorder(cluster);
  for (const namespace of [opted, other]) await kubectl("create", "namespace", namespace);
});

afterAll(async () => {
  restoreSettings();
  await up();
  await kubectl("delete", "crd", "instrumentations.opentelemetry.io", "--ignore-not-found");
  for (const namespace of [opted, other]) await kubectl("delete", "namespace", namespace, "--ignore-not-found");
});

function pod(annotations?: Record<string, string>): V1Pod {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "trial", ...(annotations && { annotations }) },
    spec: {
      securityContext: { runAsNonRoot: true, runAsUser: 10001, seccompProfile: { type: "RuntimeDefault" } },
      containers: [
        {
          name: "trial",
          image: "trial:1",
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
        },
      ],
    },
  };
}

/** Has the API server make a pod, all but keep it, and tells whether the webhook was asked about it. */
async function asked(namespace: string, body: V1Pod): Promise<boolean> {
  const made = await core.createNamespacedPod({ namespace, body, dryRun: "All" });
  return made.metadata?.annotations?.["test.throughline.dev/asked"] === "yes";
}

/** Waits until the webhook is asked: a node may learn late of a Service, and until then pods are passed by where that is allowed. */
const reached = (namespace: string, body: V1Pod) =>
  eventually(30_000, async () => (await asked(namespace, body)) || undefined);

const webhookConfigurations = async () =>
  (
    await objects<{ kind: string; metadata: { name: string } }>(
      "mutatingwebhookconfigurations,validatingwebhookconfigurations",
    )
  ).map(({ kind, metadata }) => `${kind} ${metadata.name}`);
const ours = ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"].map(
  (kind) => `${kind} otel-operator.observability`,
);

interface Slice {
  endpoints?: { conditions?: { ready?: boolean } }[] | null;
}
async function readyEndpoints(): Promise<number> {
  const slices = await objects<Slice>(
    "endpointslices",
    "-n",
    "observability",
    "-l",
    "kubernetes.io/service-name=otel-operator",
  );
  return slices.flatMap(({ endpoints }) => endpoints ?? []).filter(({ conditions }) => conditions?.ready).length;
}

/** Calls `look` again and again while `what` happens, and gives all that it saw. */
async function during<T>(what: Promise<unknown>, look: () => Promise<T>): Promise<T[]> {
  const seen: T[] = [];
  let over = false;
  const end = what.finally(() => {
    over = true;
  });
  // Seen before it is awaited, since a failure may come first.
  end.catch(() => {});
  try {
    while (!over) seen.push(await look());
  } finally {
    await end;
  }
  return seen;
}

describe("the operator", () => {
  it("is told to the API server only once it answers", async () => {
    const seen = await during(up(...on(`namespaces=["${opted}"]`)), async () => {
      // In this order: what is there at the second look was there or not at the first.
      const told = await webhookConfigurations();
      return { told: told.length, ready: await readyEndpoints(), pods: (await operatorPods()).length };
    });
    expect(seen.filter(({ told, ready }) => told > 0 && ready === 0)).toEqual([]);
    expect(seen.filter(({ told, ready, pods }) => told === 0 && ready === 0 && pods > 0).length).toBeGreaterThan(0);
    expect(await webhookConfigurations()).toEqual(ours);
    expect(await readyEndpoints()).toBe(2);
  });

  it("stays as it is when applied again", async () => {
    expect(Object.keys(await up())).toEqual(["same"]);
  });

  it("brings an Instrumentation, which kubectl lists", async () => {
    expect(await kubectl("get", "otelinst", "-A")).toMatch(
      new RegExp(`${opted} +default +\\S+ +http://otel-agent.observability.svc:4318 +parentbased_always_on`),
    );
  });

  it("is asked about pods that opted in, and by a certificate that the API server believes", async () => {
    await reached(opted, pod(asks));
  });

  it.each([
    ["a pod without annotation", () => asked(opted, pod())],
    ["a pod with other annotations", () => asked(opted, pod({ "example.com/a": "b" }))],
    ["an annotated pod of another namespace", () => asked(other, pod(asks))],
    ["an annotated pod of kube-system", () => asked("kube-system", pod(asks))],
    ["an annotated pod where the stack runs", () => asked("observability", pod(asks))],
    ["a pod that was injected at deploy time", () => asked(opted, injected())],
  ])("is not asked about %s", async (_, ask) => {
    expect(await ask()).toBe(false);
  });

  it("is asked about every pod that is not injected yet where the setting says all", async () => {
    await up(...on("pods=all"));
    await reached(opted, pod());
    expect(await asked(opted, injected())).toBe(false);
    expect(await asked(other, pod(asks))).toBe(false);
    await up(...on("pods=annotated"), ...on("failurePolicy=Fail"));
  });

  it("changes its certificates without one pod refused or passed by", async () => {
    const before = await secretNames();
    const seen = await during(up("--set", "tlsGeneration=2"), () => asked(opted, pod(asks)));
    expect(seen.length).toBeGreaterThan(20);
    expect(seen.filter((one) => !one)).toEqual([]);
    console.log(`certificates changed: ${seen.length} pods asked about meanwhile`);
    expect([before, await secretNames()]).toEqual([
      ["otel-operator-tls-1", "otel-operator-tls-2"],
      ["otel-operator-tls-1", "otel-operator-tls-2", "otel-operator-tls-3"],
    ]);
    const living = (await operatorPods()).filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    expect(living.map(({ spec }) => /"secretName":"(.*?)"/.exec(JSON.stringify(spec))?.[1])).toEqual([
      "otel-operator-tls-2",
      "otel-operator-tls-2",
    ]);
  });

  it("refuses to leave out a generation", async () => {
    const { code, stderr } = await throughline(["up", "--set", "tlsGeneration=4"]);
    expect(code).toBe(1);
    expect(stderr).toContain("allowed: one step at a time. Write: pulumi config set throughline:tlsGeneration 3");
  });
});

describe("while no operator answers", () => {
  beforeAll(async () => {
    await kubectl("scale", ...operatorOf, "--replicas=0");
    await eventually(60_000, async () => ((await operatorPods()).length === 0 ? true : undefined));
  });

  it("Fail refuses pods that opted in, and those only", async () => {
    await expect(asked(opted, pod(asks))).rejects.toThrow(/failed calling webhook [\\"]+pods\.throughline\.dev/);
    expect(await asked(opted, pod())).toBe(false);
    expect(await asked(other, pod(asks))).toBe(false);
    expect(await asked("kube-system", pod(asks))).toBe(false);
    expect(await asked(opted, injected())).toBe(false);
  });

  it("Ignore makes them without traces", async () => {
    await up(...on("failurePolicy=Ignore"));
    expect(await asked(opted, pod(asks))).toBe(false);
    await up(...on("failurePolicy=Fail"));
    await expect(asked(opted, pod(asks))).rejects.toThrow(/failed calling webhook/);
  });

  it("it can be taken away, and nothing is left that asks for it; Instrumentations of others stay", async () => {
    await makeOwnInstrumentation();
    const target = ["-n", "observability", "-l", "app.kubernetes.io/name=otel-operator"];
    const seen = await during(up("--set", "operator={}", "--set", "tlsGeneration=0"), async () => {
      // In this order: what is told at the second look was told at the first.
      const deployments = (await objects("deployments", ...target)).length;
      return { deployments, told: (await webhookConfigurations()).length };
    });
    // First the webhooks, then what they ask.
    expect(seen.filter(({ told, deployments }) => told > 0 && deployments === 0)).toEqual([]);
    expect(await webhookConfigurations()).toEqual([]);
    expect(await asked(opted, pod(asks))).toBe(false);
    expect(await secretNames()).toEqual([]);
    expect(await kubectl("get", "otelinst", "-A", "-o", "name")).toBe("instrumentation.opentelemetry.io/own\n");
    expect(await kubectl("get", "clusterrole,clusterrolebinding", "-o", "name")).not.toContain("otel-operator");
  });

  it("it can come back over the definition that was left", async () => {
    await up(...on(`namespaces=["${opted}"]`));
    await reached(opted, pod(asks));
    expect(Object.keys(await up())).toEqual(["same"]);
  });
});

interface OperatorPod {
  spec: object;
  metadata: { deletionTimestamp?: string };
}
const operatorPods = () =>
  objects<OperatorPod>("pods", "-n", "observability", "-l", "app.kubernetes.io/name=otel-operator");

const secretNames = async () =>
  (await objects<{ metadata: { name: string } }>("secrets", "-n", "observability"))
    .map(({ metadata }) => metadata.name)
    .filter((name) => name.startsWith("otel-operator"));

/** An Instrumentation as a user would apply it. */
async function makeOwnInstrumentation(): Promise<void> {
  const config = new KubeConfig();
  config.loadFromFile(((await status()) as Cluster).kubeconfig);
  const [group, version, kind] = ["opentelemetry.io", "v1alpha1", "Instrumentation"];
  const body = {
    apiVersion: `${group}/${version}`,
    kind,
    metadata: { name: "own" },
    spec: { java: { image: "own:1" } },
  };
  const custom = config.makeApiClient(CustomObjectsApi);
  await custom.createNamespacedCustomObject({ group, version, namespace: other, plural: "instrumentations", body });
}

function injected(): V1Pod {
  const spec = { exporter: { endpoint: "http://otel-agent.observability.svc:4318" } };
  const { workload, injected: languages } = inject({
    workload: pod(asks) as never,
    namespace: { name: opted },
    instrumentations: [{ namespace: opted, name: "default", spec }],
  });
  expect(languages).toEqual(["sdk"]);
  return workload as unknown as V1Pod;
}
