import { profiles } from "../profiles.ts";
import type { Settings } from "./settings.ts";

const remove = (path: string) =>
  path.includes(".")
    ? `Write: pulumi config rm --path 'throughline:${path}'`
    : `Write: pulumi config rm throughline:${path}`;

/** What is set although the target has no use for it: the setting, whether it is set, and why it means nothing. */
type Useless = readonly [name: string, value: unknown, why: string];

/** Settings that do not go with the target, one sentence each, which ends with the line to write. */
export function dockerProblems(settings: Settings): string[] {
  return settings.target === "docker" ? onDocker(settings) : onKubernetes(settings);
}

function onKubernetes({ dockerHost, secretFiles }: Settings): string[] {
  const useless: Useless[] = [
    ["dockerHost", dockerHost, "which Docker Engine to use"],
    ["secretFiles", secretFiles, "where a Docker Engine's containers get secrets from; a cluster has Secrets"],
  ];
  return useless.flatMap(([name, value, why]) =>
    value === undefined
      ? []
      : [
          `throughline:${name} is ${JSON.stringify(value)}, but the target is kubernetes, and it says ${why}. Write: pulumi config set throughline:target docker`,
        ],
  );
}

function onDocker(settings: Settings): string[] {
  const { jaeger, storage } = settings;
  const oneEach = "a Docker Engine runs each part once";
  const roles = (["collector", "ingester", "query"] as const).flatMap((role): Useless[] => [
    [`jaeger.${role}.replicas`, more(jaeger?.[role]?.replicas), oneEach],
    [`jaeger.${role}.maxReplicas`, jaeger?.[role]?.maxReplicas, oneEach],
  ]);
  const useless: Useless[] = [
    ["context", settings.context || undefined, "there is no kubeconfig in it"],
    ["kubeconfig", settings.kubeconfig, "there is no kubeconfig in it"],
    ["createNamespace", settings.createNamespace ? undefined : false, "the network is always made here"],
    [
      "workloads",
      settings.workloads[0],
      "these are manifests of Kubernetes; label your containers instead (docs/docker.md)",
    ],
    ["storageClass", settings.storageClass, "a volume of a Docker Engine has no class"],
    ["storage.volumeGiB", storage?.volumeGiB, "a volume of a Docker Engine has no size of its own"],
    ["storage.dependencies", storage?.dependencies === "job" ? "job" : undefined, "nothing there runs a nightly job"],
    ["gatewayReplicas", more(settings.gatewayReplicas), oneEach],
    ["gatewayMaxReplicas", settings.gatewayMaxReplicas, oneEach],
    ["operator", settings.operator?.namespaces, "the operator watches pods"],
    ["ingress", settings.ingress?.host, "Jaeger's UI is on this machine's loopback"],
    [
      "tls",
      settings.tls === "off" ? undefined : settings.tls,
      "its parts talk on a network of their own in one machine",
    ],
    ["tlsGeneration", settings.tlsGeneration, "its parts talk on a network of their own in one machine"],
    ...roles,
  ];
  const problems = useless
    .filter(([, value]) => value !== undefined)
    .map(
      ([name, value, why]) =>
        `throughline:${name} is ${JSON.stringify(value)}, but the target is docker: ${why}. ${remove(name)}`,
    );
  if (profiles[settings.profile].tls !== "off") {
    problems.push(
      `throughline:profile is ${settings.profile}, which has several gateways and mutual TLS between machines, but the target is docker; allowed: laptop, standard. Write: pulumi config set throughline:profile standard`,
    );
  }
  if ((storage?.kind === "opensearch" || storage?.kind === "elasticsearch") && storage.cleanup !== "none") {
    problems.push(
      `throughline:storage.cleanup is job, but the target is docker: nothing there runs a nightly job, so somebody else has to remove old indices. Write: pulumi config set --path 'throughline:storage.cleanup' none`,
    );
  }
  return problems;
}

/** A number of pods above one; undefined for what means the same as one. */
function more(replicas: number | undefined): number | undefined {
  return replicas === 1 ? undefined : replicas;
}
