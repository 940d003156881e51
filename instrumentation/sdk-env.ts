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
/** Injected variable that holds the UID of the pod. */
export const podUidEnv = "OTEL_RESOURCE_ATTRIBUTES_POD_UID";

/** Addresses that other variables may refer to. */
export function addresses(): EnvVar[] {
  return [fromField("OTEL_POD_IP", "status.podIP"), fromField("OTEL_NODE_IP", "status.hostIP")];
}

/**
 * Adds what stands first (addresses, so that `$(OTEL_NODE_IP)` can be used by all that follows) and the Instrumentation's own variables.
 * @returns how many variables there were when the last address was put first; undefined when all addresses were there
 */
export function addCommon(env: EnvVar[], spec: InstrumentationSpec): number | undefined {
  let made: number | undefined;
  for (const address of addresses()) {
    if (indexOfEnv(env, address.name) !== -1) continue;
    env.unshift(address);
    made = env.length;
  }
  if (spec.env) appendAllIfAbsent(env, spec.env);
  return made;
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

/** The lists of a container that injection adds to. */
export interface Edited {
  readonly env: EnvVar[];
  readonly mounts: VolumeMount[];
}

/**
 * Adds the SDK's configuration to a container's variables, in the operator's order: service name, exporter, pod and node names,
 * propagators, sampler, and the resource attributes last, because they refer to variables before them. Mounts and volumes get the TLS files.
 * @param container the container that the telemetry is about
 * @param edited what is added to: the variables and mounts of that container, or of an agent that runs beside it
 * @param appEnv the variables of `container`, where `edited` are an agent's: the keys of its own attributes are left out
 */
export function addSdk(
  subject: Subject,
  container: Container,
  spec: InstrumentationSpec,
  { env, mounts }: Edited,
  volumes: Volume[],
  appEnv: readonly EnvVar[] = env,
): void {
  const user = userAttributes(env, subject.late);
  const attributes = attributesOf(subject, container, spec, userAttributes(appEnv, subject.late));
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
