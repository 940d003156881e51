import { appendAllIfAbsent, appendIfAbsent, fromField, indexOfEnv, literal, moveToEnd } from "./env.ts";
import { configureExporter } from "./exporter.ts";
import {
  attributesEnv,
  attributesOf,
  render,
  type Subject,
  serviceName,
  serviceVersion,
  userAttributes,
} from "./resource.ts";
import type { Container, EnvVar, InstrumentationSpec, Volume, VolumeMount } from "./types.ts";

/** Injected variable that says which node a pod runs on; its presence marks a container as injected. */
export const nodeNameEnv = "OTEL_RESOURCE_ATTRIBUTES_NODE_NAME";
/** Injected variable that says which pod a container runs in. */
export const podNameEnv = "OTEL_RESOURCE_ATTRIBUTES_POD_NAME";
const podUidEnv = "OTEL_RESOURCE_ATTRIBUTES_POD_UID";

/** Adds what stands first (addresses, so that `$(OTEL_NODE_IP)` can be used by all that follows) and the Instrumentation's own variables. */
export function addCommon(env: EnvVar[], spec: InstrumentationSpec): void {
  if (indexOfEnv(env, "OTEL_POD_IP") === -1) env.unshift(fromField("OTEL_POD_IP", "status.podIP"));
  if (indexOfEnv(env, "OTEL_NODE_IP") === -1) env.unshift(fromField("OTEL_NODE_IP", "status.hostIP"));
  if (spec.env) appendAllIfAbsent(env, spec.env);
}

function addSampler(env: EnvVar[], sampler: InstrumentationSpec["sampler"]): void {
  if (!sampler?.type) return;
  if (indexOfEnv(env, "OTEL_TRACES_SAMPLER") !== -1 || indexOfEnv(env, "OTEL_TRACES_SAMPLER_ARG") !== -1) return;
  env.push({ name: "OTEL_TRACES_SAMPLER", value: sampler.type });
  if (sampler.argument) env.push({ name: "OTEL_TRACES_SAMPLER_ARG", value: sampler.argument });
}

function addAttributes(env: EnvVar[], text: string, user: string): void {
  const index = indexOfEnv(env, attributesEnv);
  if (index === -1) {
    env.push({ name: attributesEnv, value: text });
    return;
  }
  const old = env[index] as EnvVar;
  env[index] = { ...old, value: `${literal(old)}${user.endsWith(",") ? "" : ","}${text}` };
  moveToEnd(env, attributesEnv);
}

/**
 * Adds the SDK's configuration to a container's variables, in the operator's order: service name, exporter, pod and node names,
 * propagators, sampler, and the resource attributes last, because they refer to variables before them. Mounts and volumes get the TLS files.
 */
export function addSdk(
  subject: Subject,
  container: Container,
  spec: InstrumentationSpec,
  env: EnvVar[],
  mounts: VolumeMount[],
  volumes: Volume[],
): void {
  const user = userAttributes(env, subject.late);
  const attributes = attributesOf(subject, container, spec, user);
  if (indexOfEnv(env, "OTEL_SERVICE_NAME") === -1) {
    env.push({ name: "OTEL_SERVICE_NAME", value: serviceName(subject, container, spec, attributes) });
  }
  configureExporter(spec, env, mounts, volumes);

  env.push(fromField(podNameEnv, "metadata.name"));
  attributes.set("k8s.pod.name", `$(${podNameEnv})`);
  if (spec.resource?.addK8sUIDAttributes === true && !attributes.get("k8s.pod.uid")) {
    env.push(fromField(podUidEnv, "metadata.uid"));
    attributes.set("k8s.pod.uid", `$(${podUidEnv})`);
  }
  if (!user.includes("service.version")) {
    const version = serviceVersion(subject, container, spec);
    if (version) attributes.set("service.version", version);
  }
  if (!attributes.get("k8s.node.name")) {
    env.push(fromField(nodeNameEnv, "spec.nodeName"));
    attributes.set("k8s.node.name", `$(${nodeNameEnv})`);
  }

  const propagators = spec.propagators ?? [];
  if (propagators.length > 0) appendIfAbsent(env, "OTEL_PROPAGATORS", propagators.join(","));
  addSampler(env, spec.sampler);
  addAttributes(env, render(attributes), user);
}
