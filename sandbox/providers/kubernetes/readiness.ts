import { at, isProps, type Props, type Value } from "./values.ts";

/** How far an object is. `failed` means that waiting longer cannot help. */
export type Readiness =
  | { readonly state: "ready" }
  | { readonly state: "waiting"; readonly message: string }
  | { readonly state: "failed"; readonly message: string };

/** What some kinds are judged by besides their own state. */
export interface Related {
  /** The EndpointSlices of a Service. */
  readonly endpointSlices?: readonly Props[];
  /** The StorageClass of a PersistentVolumeClaim. */
  readonly storageClass?: Props;
}

const ready: Readiness = { state: "ready" };
const waiting = (message: string): Readiness => ({ state: "waiting", message });
const failed = (message: string): Readiness => ({ state: "failed", message });
const count = (object: Props, ...path: string[]): number => Number(at(object, path) ?? 0);

type Judge = (object: Props, related: Related) => Readiness;

// The kinds and rules of the official provider's await logic and of `kubectl rollout status`; other kinds are ready once they exist.
const judges: Readonly<Record<string, Judge>> = {
  "apps/Deployment": deployment,
  "apps/StatefulSet": statefulSet,
  "apps/DaemonSet": daemonSet,
  "batch/Job": job,
  "/Service": service,
  "/Pod": pod,
  "/PersistentVolumeClaim": claim,
  "apiextensions.k8s.io/CustomResourceDefinition": definition,
};

/** Whether this kind has something to wait for. */
export function isAwaited(object: Props): boolean {
  return Object.hasOwn(judges, groupKind(object));
}

/** Judges a live object, status included. */
export function judge(object: Props, related: Related = {}): Readiness {
  return judges[groupKind(object)]?.(object, related) ?? ready;
}

function groupKind(object: Props): string {
  const version = String(object["apiVersion"]);
  return `${version.includes("/") ? version.split("/")[0] : ""}/${String(object["kind"])}`;
}

/** The condition of a type, if the object has it. */
export function condition(object: Props, type: string): Props | undefined {
  const list = at(object, ["status", "conditions"]);
  const found = (Array.isArray(list) ? list : []).find((one: Value) => at(one, ["type"]) === type);
  return isProps(found) ? found : undefined;
}

const explain = (one: Props | undefined) => String(one?.["message"] ?? one?.["reason"] ?? "");
const isObserved = (object: Props) =>
  count(object, "status", "observedGeneration") >= count(object, "metadata", "generation");

function deployment(object: Props): Readiness {
  const wanted = Number(at(object, ["spec", "replicas"]) ?? 1);
  if (!isObserved(object)) return waiting("the controller has not seen the change yet");
  if (at(object, ["spec", "paused"]) === true) return ready;
  const progressing = condition(object, "Progressing");
  // Said, but not final: the controller goes on, and so does the official provider until the time is over.
  if (progressing?.["reason"] === "ProgressDeadlineExceeded") return waiting(explain(progressing));
  const [total, updated, available] = ["replicas", "updatedReplicas", "availableReplicas"].map((field) =>
    count(object, "status", field),
  );
  if (updated! < wanted) return waiting(`${updated} of ${wanted} replicas are of the new version`);
  if (total! > updated!) return waiting(`${total! - updated!} replicas of the old version are ending`);
  if (available! < wanted) return waiting(`${available} of ${wanted} replicas are available`);
  return ready;
}

function statefulSet(object: Props): Readiness {
  const wanted = Number(at(object, ["spec", "replicas"]) ?? 1);
  if (!isObserved(object)) return waiting("the controller has not seen the change yet");
  const [readyCount, updated] = ["readyReplicas", "updatedReplicas"].map((field) => count(object, "status", field));
  if (readyCount! < wanted) return waiting(`${readyCount} of ${wanted} replicas are ready`);
  const strategy = at(object, ["spec", "updateStrategy"]);
  if (at(strategy, ["type"]) === "OnDelete") return ready;
  const partition = Number(at(strategy, ["rollingUpdate", "partition"]) ?? 0);
  if (partition > 0)
    return updated! >= wanted - partition
      ? ready
      : waiting(`${updated} of ${wanted - partition} replicas are of the new version`);
  if (wanted > 0 && at(object, ["status", "updateRevision"]) !== at(object, ["status", "currentRevision"])) {
    return waiting(`${updated} of ${wanted} replicas are of the new version`);
  }
  return ready;
}

function daemonSet(object: Props): Readiness {
  if (!isObserved(object)) return waiting("the controller has not seen the change yet");
  const [wanted, updated, available] = ["desiredNumberScheduled", "updatedNumberScheduled", "numberAvailable"].map(
    (field) => count(object, "status", field),
  );
  const byHand = at(object, ["spec", "updateStrategy", "type"]) === "OnDelete";
  if (!byHand && updated! < wanted!) return waiting(`${updated} of ${wanted} pods are of the new version`);
  if (available! < wanted!) return waiting(`${available} of ${wanted} pods are available`);
  return ready;
}

function job(object: Props): Readiness {
  if (condition(object, "Complete")?.["status"] === "True") return ready;
  if (at(object, ["spec", "suspend"]) === true) return ready;
  const failure = condition(object, "Failed");
  if (failure?.["status"] === "True") return failed(`the job failed: ${explain(failure)}`);
  const wanted = Number(at(object, ["spec", "completions"]) ?? 1);
  return waiting(`${count(object, "status", "succeeded")} of ${wanted} pods have completed`);
}

function service(object: Props, { endpointSlices = [] }: Related): Readiness {
  const spec = at(object, ["spec"]);
  const selector = at(spec, ["selector"]);
  const type = at(spec, ["type"]);
  const waitsForPods =
    isProps(selector) &&
    Object.keys(selector).length > 0 &&
    at(spec, ["clusterIP"]) !== "None" &&
    type !== "ExternalName";
  if (waitsForPods) {
    const endpoints = endpointSlices.flatMap((slice) => (Array.isArray(slice["endpoints"]) ? slice["endpoints"] : []));
    // An endpoint that says nothing about itself counts as ready, as the API defines it.
    if (!endpoints.some((one) => at(one, ["conditions", "ready"]) !== false))
      return waiting("no pod that its selector matches is ready");
  }
  const ingress = at(object, ["status", "loadBalancer", "ingress"]);
  if (type === "LoadBalancer" && !(Array.isArray(ingress) && ingress.length > 0))
    return waiting("the load balancer has no address yet");
  return ready;
}

function pod(object: Props): Readiness {
  const phase = at(object, ["status", "phase"]);
  if (phase === "Succeeded") return ready;
  if (phase === "Failed")
    return failed(
      `the pod failed: ${String(at(object, ["status", "message"]) ?? at(object, ["status", "reason"]) ?? "")}`,
    );
  const state = condition(object, "Ready");
  return state?.["status"] === "True" ? ready : waiting(explain(state) || "the pod is not ready");
}

function claim(object: Props, { storageClass }: Related): Readiness {
  const phase = at(object, ["status", "phase"]);
  if (phase === "Bound") return ready;
  if (phase === "Lost") return failed("its volume is lost");
  // Such a claim is bound when the first pod uses it, and that pod waits for this resource.
  if (storageClass?.["volumeBindingMode"] === "WaitForFirstConsumer") return ready;
  return waiting("it is not bound to a volume");
}

function definition(object: Props): Readiness {
  const refused = condition(object, "NamesAccepted");
  if (refused?.["status"] === "False") return failed(explain(refused));
  return condition(object, "Established")?.["status"] === "True" ? ready : waiting("it is not established");
}
