import { containerNamesKeyOf, goTargetKey, prefix } from "../annotations.ts";
import type { Outcome, Task } from "../draft.ts";
import { appendAllIfAbsent, indexOfEnv } from "../env.ts";
import { addCommon, addSdk } from "../sdk-env.ts";
import type { Container, EnvVar, Problem } from "../types.ts";
import { list } from "../workload.ts";

/** Name of the agent's container; its presence also marks a pod as injected. */
export const goSidecar = "opentelemetry-auto-instrumentation";
const targetEnv = "OTEL_GO_AUTO_TARGET_EXE";
/** Where the kernel shows what eBPF programs trace. */
const kernelDebug = { name: "kernel-debug", path: "/sys/kernel/debug" };
/** eBPF needs it, unless the Instrumentation says what is enough. */
const privileged = { privileged: true, runAsUser: 0 };

const optOut = `${prefix}inject-go: "false"`;

/** Why the agent cannot be added; empty when it can. */
function refusals({ draft, subject, spec }: Task, app: string): Problem[] {
  const problems: Problem[] = [];
  const { annotations } = subject.meta;
  const listKey = containerNamesKeyOf("go");
  const names = annotations?.[listKey];
  if (draft.initContainers.some((container) => container?.name === app)) {
    problems.push({
      code: "go-init-container",
      message: `${JSON.stringify(app)} is to get the Go agent, but it is an init container; the agent runs beside ordinary containers, which start later. Write: ${listKey}: ${JSON.stringify(draft.containers[0]?.name ?? "app")}, or ${optOut}`,
    });
  }
  if (subject.spec.shareProcessNamespace === false) {
    problems.push({
      code: "go-processes-not-shared",
      message: `shareProcessNamespace of the pod is false, but the Go agent has to see the program's process. It must be true or left out. Write: shareProcessNamespace: true, or ${optOut}`,
    });
  }
  // Only the pod's own annotation is counted, as the operator does.
  if (typeof names === "string" && names.split(",").length > 1) {
    problems.push({
      code: "go-several-containers",
      message: `annotation ${listKey} is ${JSON.stringify(names)}, but one pod can have the Go agent for one container only. Write: ${listKey}: ${JSON.stringify(names.split(",").find((name) => name !== "") ?? "app")}`,
    });
  }
  const given = [...list(spec.go?.env), ...list(spec.env)];
  if (typeof annotations?.[goTargetKey] !== "string" && indexOfEnv(given, targetEnv) === -1) {
    problems.push({
      code: "go-target-missing",
      message: `the Go agent is not told which program to trace: annotation ${goTargetKey} of the pod template is not set, nor ${targetEnv} in the env of the Instrumentation. It is the path of the executable in the container. Write: ${goTargetKey}: "/path/to/program"`,
    });
  }
  return problems;
}

/**
 * Go: an eBPF agent in a container of its own traces one program from outside. The variables go to the agent and speak of the program's
 * container, which stays as it is.
 * @param names the first one is the program's container; where the pod has none of that name, its first container is
 */
export function injectGo(task: Task, names: readonly string[]): Outcome {
  const { draft, subject, spec } = task;
  const name = names[0] ?? String(draft.containers[0]?.name ?? "");
  const problems = refusals(task, name);
  const app = draft.containers.find((container) => container?.name === name) ?? draft.containers[0];
  if (problems.length > 0 || app === undefined) return { injected: false, problems };

  const go = spec.go ?? {};
  const target = subject.meta.annotations?.[goTargetKey];
  const env: EnvVar[] = typeof target === "string" ? [{ name: targetEnv, value: target }] : [];
  const mounts = [{ name: kernelDebug.name, mountPath: kernelDebug.path }];
  draft.shareProcessNamespace = true;
  draft.volumes.push({ name: kernelDebug.name, hostPath: { path: kernelDebug.path } });
  appendAllIfAbsent(env, list(go.env));
  addCommon(env, spec);
  addSdk(subject, app, spec, { env, mounts }, draft.volumes, list(app.env));
  const agent: Container = {
    name: goSidecar,
    image: go.image ?? "",
    env,
    ...(go.resourceRequirements === undefined ? {} : { resources: go.resourceRequirements }),
    volumeMounts: mounts,
    ...(spec.imagePullPolicy ? { imagePullPolicy: spec.imagePullPolicy } : {}),
    securityContext: go.securityContext ?? privileged,
  };
  draft.containers.push(agent);
  return { injected: true, problems: others(names) };
}

/** Further names of a list that is common to several languages get nothing for Go. */
function others(names: readonly string[]): Problem[] {
  const further = names.slice(1).filter((name) => name !== "");
  if (further.length === 0) return [];
  return [
    {
      code: "go-several-containers",
      message: `the container names for go are ${JSON.stringify(names.join(","))}, but one pod can have the Go agent for one container only; ${further.map((name) => JSON.stringify(name)).join(", ")} would get none. Write: ${containerNamesKeyOf("go")}: ${JSON.stringify(names[0])}, a list of its own for each other language, and no ${prefix}container-names`,
    },
  ];
}
