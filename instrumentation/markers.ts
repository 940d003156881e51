import { indexOfEnv, literal } from "./env.ts";
import { goSidecar } from "./languages/go.ts";
import { initNames } from "./languages/web-server-scripts.ts";
import { attributesEnv, podNameAttribute } from "./resource.ts";
import { nodeNameEnv, podNameEnv } from "./sdk-env.ts";
import type { Container, EnvVar, PodSpec, Problem } from "./types.ts";
import { isFields, list } from "./workload.ts";

const initMarkers: ReadonlySet<string> = new Set([
  "opentelemetry-auto-instrumentation-java",
  "opentelemetry-auto-instrumentation-nodejs",
  "opentelemetry-auto-instrumentation-python",
  "opentelemetry-auto-instrumentation-dotnet",
  initNames.apache,
  // nginx is known by it too: its own init container is no mark.
  initNames.clone,
]);

const collectorSidecar = "otc-container";

function fieldOf(variable: EnvVar | undefined): unknown {
  const from = variable?.valueFrom;
  const reference = isFields(from) ? from["fieldRef"] : undefined;
  return isFields(reference) ? reference["fieldPath"] : undefined;
}

/** Variables as injection leaves them. The operator would add them a second time where its own marker is missing; doubling helps nobody. */
function looksInjected(container: Container | null): boolean {
  const env = list(container?.env);
  const podName = env[indexOfEnv(env, podNameEnv)];
  return (
    fieldOf(podName) === "metadata.name" && literal(env[indexOfEnv(env, attributesEnv)]).includes(podNameAttribute)
  );
}

/** Whether a pod was injected already, by us or by the operator, going by the marks both leave. */
export function isInjected(spec: PodSpec): boolean {
  for (const container of list(spec.initContainers)) {
    if (initMarkers.has(container?.name) || looksInjected(container)) return true;
  }
  for (const container of list(spec.containers)) {
    if (container?.name === goSidecar) return true;
    if (container?.name !== collectorSidecar && indexOfEnv(list(container?.env), nodeNameEnv) !== -1) return true;
    if (looksInjected(container)) return true;
  }
  return false;
}

/** Problem of a pod that only looks injected, because someone wrote the marker variable by hand. */
export function handmadeMarker(spec: PodSpec): Problem | undefined {
  for (const container of list(spec.containers)) {
    const env = list(container?.env);
    const marker = env[indexOfEnv(env, nodeNameEnv)];
    if (marker === undefined || fieldOf(marker) === "spec.nodeName") continue;
    return {
      code: "marker-set-by-hand",
      message: `container ${container.name} sets ${nodeNameEnv} itself, which marks a pod as injected already, so nothing is added to it. The name is reserved. Remove it; the attribute can be set by an annotation. Write: resource.opentelemetry.io/k8s.node.name: "<node>"`,
    };
  }
  return undefined;
}
