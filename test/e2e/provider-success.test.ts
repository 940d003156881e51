import { expect, test } from "vitest";
import { agentImages, images } from "../../infra/versions.ts";
import { STORAGE_CLASS } from "../../sandbox/node/volumes.ts";
import { get, up, useTrial } from "./provider-trial.ts";

useTrial();

const shell = agentImages.nodejs;
const workloads = `
  const pod = (app: string, container: object) => ({ metadata: { labels: { app } }, spec: { containers: [{ name: "c", image: "${images.pause}", ...container }] } });
  const named = (name: string) => ({ name, namespace, annotations: { "pulumi.com/timeoutSeconds": "90" } });
  const selecting = (app: string) => ({ selector: { matchLabels: { app } } });

  new k8s.apps.v1.Deployment("web", { metadata: named("web"), spec: { replicas: 2, ...selecting("web"), template: pod("web", {}) } }, options);
  new k8s.apps.v1.DaemonSet("each", { metadata: named("each"), spec: { ...selecting("each"), template: pod("each", {}) } }, options);
  new k8s.apps.v1.StatefulSet("store", { metadata: named("store"), spec: {
    serviceName: "store", replicas: 1, ...selecting("store"), template: pod("store", { volumeMounts: [{ name: "data", mountPath: "/data" }] }),
    persistentVolumeClaimRetentionPolicy: { whenDeleted: "Delete" },
    volumeClaimTemplates: [{ metadata: { name: "data" }, spec: { accessModes: ["ReadWriteOnce"], storageClassName: "${STORAGE_CLASS}", resources: { requests: { storage: "10Mi" } } } }],
  } }, options);
  new k8s.batch.v1.Job("once", { metadata: named("once"), spec: { template: { spec: {
    restartPolicy: "Never", containers: [{ name: "c", image: "${shell}", command: ["/bin/busybox", "sleep", "2"] }],
  } } } }, options);
  const crd = new k8s.apiextensions.v1.CustomResourceDefinition("crd", {
    metadata: { name: "gadgets.success.example.com" },
    spec: { group: "success.example.com", scope: "Namespaced", names: { plural: "gadgets", singular: "gadget", kind: "Gadget" },
      versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } } }] },
  }, options);
  new k8s.apiextensions.CustomResource("gadget", { apiVersion: "success.example.com/v1", kind: "Gadget", metadata: { name: "g", namespace }, spec: { size: 1 } },
    { provider, dependsOn: [crd] });
`;

test("an update ends when every kind of workload is ready, and not before", async () => {
  const done = await up(workloads);
  expect(done.code, done.output).toBe(0);
  // Asked without waiting: what follows was true when the update ended.
  const status = async (...args: string[]) => (await get(...args)).status;
  expect((await status("deployment", "web")).availableReplicas).toBe(2);
  expect(await status("daemonset", "each")).toMatchObject({ desiredNumberScheduled: 1, numberAvailable: 1 });
  expect((await status("statefulset", "store")).readyReplicas).toBe(1);
  expect((await status("pvc", "data-store-0")).phase).toBe("Bound");
  expect((await get("pvc", "data-store-0")).spec.storageClassName).toBe(STORAGE_CLASS);
  expect((await status("job", "once")).succeeded).toBe(1);
  expect((await status("crd", "gadgets.success.example.com")).conditions).toContainEqual(
    expect.objectContaining({ type: "Established", status: "True" }),
  );
  expect((await get("gadgets.success.example.com", "g")).spec).toEqual({ size: 1 });
  expect((await up(workloads)).output).toMatch(/Resources:\n\s+8 unchanged/);
});

test("a deletion ends when the objects and their pods are gone, and not before", async () => {
  const gone = await up("");
  expect(gone.code, gone.output).toBe(0);
  for (const kind of ["deployment", "daemonset", "statefulset", "job", "replicaset", "pod"]) {
    expect((await get(kind)).items, kind).toEqual([]);
  }
  await expect(get("gadgets.success.example.com")).rejects.toThrow("the server doesn't have a resource type");
});

test("a deletion waits for a pod that takes its time", async () => {
  const grace = 6;
  // The first process of a container hears no SIGTERM that it does not handle, so the kubelet waits the whole time.
  const program = `
    new k8s.apps.v1.Deployment("slow", { metadata: { name: "slow", namespace }, spec: {
      selector: { matchLabels: { app: "slow" } },
      template: { metadata: { labels: { app: "slow" } }, spec: { terminationGracePeriodSeconds: ${grace},
        containers: [{ name: "c", image: "${shell}", command: ["/bin/busybox", "sleep", "1000"] }] } },
    } }, options);`;
  const made = await up(program);
  expect(made.code, made.output).toBe(0);
  const begun = Date.now();
  const gone = await up("");
  expect(gone.code, gone.output).toBe(0);
  expect(Date.now() - begun).toBeGreaterThan((grace - 1) * 1000);
  expect((await get("pod")).items).toEqual([]);
});
