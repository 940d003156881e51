import { describe, expect, test } from "vitest";
import { podProblems } from "../../../sandbox/providers/kubernetes/failures.ts";
import { judge, type Related } from "../../../sandbox/providers/kubernetes/readiness.ts";
import type { Props } from "../../../sandbox/providers/kubernetes/values.ts";

const object = (apiVersion: string, kind: string, spec: Props, status: Props): Props => ({
  apiVersion,
  kind,
  metadata: { name: "x", generation: 2 },
  spec,
  status,
});
const seen = { observedGeneration: 2 };
const condition = (type: string, status: string, message = "") => [{ type, status, message }];
const selector = { selector: { app: "x" }, clusterIP: "10.0.0.1" };
const slice = (ready: boolean): Related => ({ endpointSlices: [{ endpoints: [{ conditions: { ready } }] }] });

describe("judge", () => {
  test.each<[string, string, Props, Related?]>([
    [
      "waiting",
      "the controller is behind",
      object(
        "apps/v1",
        "Deployment",
        {},
        { observedGeneration: 1, replicas: 1, updatedReplicas: 1, availableReplicas: 1 },
      ),
    ],
    [
      "waiting",
      "only the old replica is available",
      object("apps/v1", "Deployment", {}, { ...seen, replicas: 2, updatedReplicas: 1, availableReplicas: 1 }),
    ],
    [
      "waiting",
      "the new replica is not available",
      object("apps/v1", "Deployment", {}, { ...seen, replicas: 1, updatedReplicas: 1 }),
    ],
    [
      "ready",
      "rolled out",
      object("apps/v1", "Deployment", {}, { ...seen, replicas: 1, updatedReplicas: 1, availableReplicas: 1 }),
    ],
    ["ready", "scaled to none", object("apps/v1", "Deployment", { replicas: 0 }, seen)],
    [
      "waiting",
      "out of its deadline, which is not final",
      object(
        "apps/v1",
        "Deployment",
        {},
        { ...seen, conditions: [{ type: "Progressing", reason: "ProgressDeadlineExceeded" }] },
      ),
    ],
    [
      "waiting",
      "two revisions",
      object("apps/v1", "StatefulSet", {}, { ...seen, readyReplicas: 1, updateRevision: "b", currentRevision: "a" }),
    ],
    [
      "ready",
      "one revision",
      object("apps/v1", "StatefulSet", {}, { ...seen, readyReplicas: 1, updateRevision: "a", currentRevision: "a" }),
    ],
    [
      "ready",
      "rolled out down to its partition",
      object(
        "apps/v1",
        "StatefulSet",
        { replicas: 3, updateStrategy: { rollingUpdate: { partition: 2 } } },
        { ...seen, readyReplicas: 3, updatedReplicas: 1 },
      ),
    ],
    ["ready", "no node to run on", object("apps/v1", "DaemonSet", {}, { ...seen, desiredNumberScheduled: 0 })],
    [
      "waiting",
      "an old pod left",
      object(
        "apps/v1",
        "DaemonSet",
        {},
        { ...seen, desiredNumberScheduled: 2, updatedNumberScheduled: 1, numberAvailable: 2 },
      ),
    ],
    [
      "ready",
      "all pods new",
      object(
        "apps/v1",
        "DaemonSet",
        {},
        { ...seen, desiredNumberScheduled: 2, updatedNumberScheduled: 2, numberAvailable: 2 },
      ),
    ],
    ["waiting", "running", object("batch/v1", "Job", {}, { active: 1 })],
    ["ready", "complete", object("batch/v1", "Job", {}, { conditions: condition("Complete", "True") })],
    [
      "failed",
      "out of retries",
      object("batch/v1", "Job", {}, { conditions: condition("Failed", "True", "BackoffLimitExceeded") }),
    ],
    ["waiting", "no endpoint", object("v1", "Service", selector, {})],
    ["waiting", "an endpoint that is not ready", object("v1", "Service", selector, {}), slice(false)],
    ["ready", "an endpoint that is ready", object("v1", "Service", selector, {}), slice(true)],
    ["ready", "headless", object("v1", "Service", { ...selector, clusterIP: "None" }, {})],
    ["ready", "without selector", object("v1", "Service", { clusterIP: "10.0.0.1" }, {})],
    ["ready", "an external name", object("v1", "Service", { ...selector, type: "ExternalName" }, {})],
    [
      "waiting",
      "a load balancer without address",
      object("v1", "Service", { type: "LoadBalancer" }, { loadBalancer: {} }),
    ],
    ["waiting", "not ready", object("v1", "Pod", {}, { phase: "Running", conditions: condition("Ready", "False") })],
    ["failed", "evicted", object("v1", "Pod", {}, { phase: "Failed", reason: "Evicted" })],
    ["waiting", "not bound", object("v1", "PersistentVolumeClaim", {}, { phase: "Pending" })],
    [
      "ready",
      "bound on first use",
      object("v1", "PersistentVolumeClaim", {}, { phase: "Pending" }),
      { storageClass: { volumeBindingMode: "WaitForFirstConsumer" } },
    ],
    ["waiting", "not established", object("apiextensions.k8s.io/v1", "CustomResourceDefinition", {}, {})],
    [
      "ready",
      "established",
      object(
        "apiextensions.k8s.io/v1",
        "CustomResourceDefinition",
        {},
        { conditions: condition("Established", "True") },
      ),
    ],
    [
      "failed",
      "names taken",
      object(
        "apiextensions.k8s.io/v1",
        "CustomResourceDefinition",
        {},
        { conditions: condition("NamesAccepted", "False", "taken") },
      ),
    ],
    ["ready", "a kind that is not waited for", object("networking.k8s.io/v1", "Ingress", {}, {})],
    [
      "ready",
      "a kind of the same name in another group",
      object("serving.example.com/v1", "Service", { selector: { a: "b" } }, {}),
    ],
  ])("%s: %s", (state, _name, live, related) => {
    expect(judge(live, related).state).toBe(state);
  });
});

describe("podProblems", () => {
  const pod = (status: Props): Props => ({ kind: "Pod", metadata: { name: "p" }, status });
  const container = (state: Props, more: Props = {}): Props => ({
    containerStatuses: [{ name: "c", ready: false, state, ...more }],
  });
  const ended: Props = { terminated: { exitCode: 2, reason: "Error" } };
  test.each<[string, Props, string[]]>([
    [
      "a crash loop",
      container({ waiting: { reason: "CrashLoopBackOff" } }, { lastState: ended }),
      ["c: CrashLoopBackOff: last exit code 2, Error (previous log)"],
    ],
    [
      "a missing image",
      container({ waiting: { reason: "ImagePullBackOff", message: "no such image" } }),
      ["c: ImagePullBackOff: no such image (none log)"],
    ],
    ["an unready container", container({ running: {} }), ["c: running, but not ready (current log)"]],
    [
      "an ended container",
      container({ terminated: { exitCode: 1, reason: "Error" } }),
      ["c: Error: exit code 1 (current log)"],
    ],
    [
      "a pod without a node",
      { conditions: [{ type: "PodScheduled", status: "False", message: "0/1 nodes" }] },
      [": FailedScheduling: 0/1 nodes (none log)"],
    ],
    [
      "a failing init container",
      { initContainerStatuses: [{ name: "i", state: { waiting: { reason: "CrashLoopBackOff" } } }] },
      ["i: CrashLoopBackOff (none log)"],
    ],
    [
      "an evicted pod",
      { phase: "Failed", reason: "Evicted", message: "low on memory" },
      [": Evicted: low on memory (none log)"],
    ],
    ["a ready pod", { conditions: condition("Ready", "True") }, []],
  ])("names %s", (_name, status, expected) => {
    expect(podProblems(pod(status)).map((one) => `${one.container}: ${one.reason} (${one.logs} log)`)).toEqual(
      expected,
    );
  });
});
