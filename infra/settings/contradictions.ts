import { mostPods, profiles } from "../profiles.ts";
import { dockerProblems } from "./docker-contradictions.ts";
import { ingressProblems } from "./ingress-contradictions.ts";
import { jaegerProblems } from "./jaeger-contradictions.ts";
import type { Settings } from "./settings.ts";
import { tlsProblems } from "./tls-contradictions.ts";

/** Settings that are each allowed but do not go together, one sentence each, which ends with the line to write. */
export function contradictions(settings: Settings): string[] {
  return [
    ...samplerProblems(settings),
    ...gatewayProblems(settings),
    ...samplingProblems(settings),
    ...tlsProblems(settings),
    ...metricsProblems(settings),
    ...kafkaProblems(settings),
    ...operatorProblems(settings),
    ...jaegerProblems(settings),
    ...ingressProblems(settings),
    ...dockerProblems(settings),
  ];
}

function samplerProblems({ sampler, samplerArgument }: Settings): string[] {
  const ratio = sampler.endsWith("traceidratio");
  if (ratio && samplerArgument === undefined) {
    return [
      `throughline:sampler is ${sampler}, which needs a share of traces from 0 to 1. Write: pulumi config set throughline:samplerArgument 0.1`,
    ];
  }
  if (!ratio && samplerArgument !== undefined) {
    return [
      `throughline:samplerArgument is "${samplerArgument}", but the sampler ${sampler} takes none; it goes with traceidratio and parentbased_traceidratio. Write: pulumi config rm throughline:samplerArgument`,
    ];
  }
  return [];
}

function gatewayProblems(settings: Settings): string[] {
  const { profile, storageClass, gatewayMaxReplicas: most, tailSampling, tls, tlsGeneration } = settings;
  const onDisk = profiles[profile].gateway.queue.kind === "disk";
  const replicas = settings.gatewayReplicas ?? profiles[profile].gateway.replicas;
  const problems: string[] = [];
  if (storageClass !== undefined && !onDisk && settings.storage?.kind !== "badger") {
    problems.push(
      `throughline:storageClass is "${storageClass}", but the profile ${profile} keeps nothing on disk. Write: pulumi config set throughline:profile standard`,
    );
  }
  if (most !== undefined && most <= replicas) {
    problems.push(
      `throughline:gatewayMaxReplicas is ${most}, but the gateway has ${replicas} pods to begin with; allowed: more than that, ${mostPods} at most. Write: ${replicas < mostPods ? `pulumi config set throughline:gatewayMaxReplicas ${Math.min(replicas * 2, mostPods)}` : "pulumi config rm throughline:gatewayMaxReplicas"}`,
    );
  }
  if (most !== undefined && (onDisk || tailSampling !== undefined)) {
    const why = onDisk
      ? `the profile ${profile} keeps queues on disk, and a pod that is scaled away leaves its queue behind`
      : "tail sampling sends each trace to a fixed pod";
    problems.push(
      `throughline:gatewayMaxReplicas is ${most}, but ${why}; allowed: a fixed number of pods. Write: pulumi config rm throughline:gatewayMaxReplicas && pulumi config set throughline:gatewayReplicas ${most}`,
    );
  }
  const tlsInUse = tls ?? profiles[profile].tls;
  if (tlsInUse === "off" && settings.operator === undefined && tlsGeneration !== undefined) {
    problems.push(
      `throughline:tlsGeneration is ${tlsGeneration}, but TLS between the tiers is off and there is no operator. Write: pulumi config set throughline:tls mutual`,
    );
  }
  return problems;
}

/** Bytes that a span takes in the memory of the tail sampler, about. */
const spanInMemory = 1_500;

function samplingProblems(settings: Settings): string[] {
  const { profile, tailSampling, spansPerSecond = 1_000 } = settings;
  if (tailSampling === undefined) return [];
  const { replicas: usual, resources } = profiles[profile].gateway;
  const replicas = settings.gatewayReplicas ?? usual;
  const seconds = tailSampling.decisionWaitSeconds ?? 10;
  const perSecond = (spansPerSecond * spanInMemory) / (1024 * 1024);
  const room = resources.memoryLimit * 0.4;
  const MiB = (perSecond * seconds) / replicas;
  if (MiB <= room) return [];
  const most = settings.target === "docker" ? 1 : mostPods;
  const needed = Math.ceil((perSecond * seconds) / room);
  const shorter = Math.floor((room * most) / perSecond);
  const line = samplingLine(needed, shorter, replicas, most);
  return [
    `throughline:tailSampling.decisionWaitSeconds is ${seconds}, so each gateway pod would hold about ${Math.ceil(MiB)} MiB of undecided spans at ${spansPerSecond} spans per second; allowed: ${Math.floor(room)} MiB, which is 40 % of its memory limit. Write: ${line}`,
  ];
}

/** The line that makes room: more pods, as far as there may be, then less to wait. */
function samplingLine(needed: number, shorter: number, replicas: number, most: number): string {
  const pods = `pulumi config set throughline:gatewayReplicas ${Math.min(needed, most)}`;
  const wait = `pulumi config set --path 'throughline:tailSampling.decisionWaitSeconds' ${shorter}`;
  if (needed <= most) return pods;
  if (shorter < 1) return "pulumi config rm throughline:tailSampling";
  return replicas === most ? wait : `${pods} && ${wait}`;
}

/** Attributes with a value of its own for nearly every request: as labels they make a time series each. */
const unbounded =
  /(^|\.)(url\.(full|path|query)|http\.(url|target)|user\.id|session\.id|client\.(address|port)|query\.text|db\.statement|message\.id|trace_?id|span_?id|request_?id|k8s\.pod\.(uid|ip))$/;

function metricsProblems({ prometheus }: Settings): string[] {
  const problems: string[] = [];
  if (prometheus !== undefined && !prometheus.scrape && prometheus.remoteWrite === undefined) {
    problems.push(
      "throughline:prometheus has neither scrape nor remoteWrite, so no metrics would go anywhere. Write: pulumi config set --path 'throughline:prometheus.scrape' true",
    );
  }
  for (const name of ["secret", "ca"] as const) {
    if (prometheus?.[name] !== undefined && prometheus.remoteWrite === undefined) {
      problems.push(
        `throughline:prometheus.${name} is "${prometheus[name]}", but it goes with throughline:prometheus.remoteWrite, which is not set. Write: pulumi config rm --path 'throughline:prometheus.${name}'`,
      );
    }
  }
  for (const [index, dimension] of (prometheus?.dimensions ?? []).entries()) {
    if (unbounded.test(dimension)) {
      problems.push(
        `throughline:prometheus.dimensions[${index}] is "${dimension}", which has a value of its own for nearly every request and would make a time series each; allowed: attributes with few values, such as http.route. Write: pulumi config rm --path 'throughline:prometheus.dimensions[${index}]'`,
      );
    }
  }
  return problems;
}

function kafkaProblems({ kafka, jaeger }: Settings): string[] {
  return Object.entries({ kafka, "jaeger.buffer": jaeger?.buffer }).flatMap(([name, setting]) =>
    setting?.mechanism === undefined || setting.secret !== undefined
      ? []
      : [
          `throughline:${name}.mechanism is ${setting.mechanism}, but throughline:${name}.secret is not set, and without a login there is nothing to say by it. Write: pulumi config rm --path 'throughline:${name}.mechanism'`,
        ],
  );
}

/** Namespaces of the cluster itself: what runs there must never wait for anything of ours. */
const systemNamespaces = ["kube-system", "kube-public", "kube-node-lease"];

function operatorProblems({ namespace, operator }: Settings): string[] {
  return (operator?.namespaces ?? []).flatMap((name, index, all) => {
    const reason =
      name === namespace
        ? "which is where the operator itself and the Collectors run"
        : systemNamespaces.includes(name)
          ? "which belongs to the cluster itself"
          : all.indexOf(name) < index
            ? "which is in the list already"
            : undefined;
    if (reason === undefined) return [];
    const path = `throughline:operator.namespaces[${index}]`;
    return [
      `${path} is "${name}", ${reason}; allowed: namespaces of workloads, each once. Write: pulumi config rm --path '${path}'`,
    ];
  });
}
