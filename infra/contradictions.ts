import { isOutside } from "../collector-config/rules/secrets.ts";
import { dockerProblems } from "./docker-contradictions.ts";
import { ingressProblems } from "./ingress-contradictions.ts";
import { jaegerProblems } from "./jaeger-contradictions.ts";
import { profiles } from "./profiles.ts";
import type { Settings } from "./settings.ts";

/** Settings that are each allowed but do not go together, one sentence each, which ends with the line to write. */
export function contradictions(settings: Settings): string[] {
  return [
    ...samplerProblems(settings),
    ...gatewayProblems(settings),
    ...samplingProblems(settings),
    ...backendProblems(settings),
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
      `throughline:gatewayMaxReplicas is ${most}, but the gateway has ${replicas} pods to begin with; allowed: more than that. Write: pulumi config set throughline:gatewayMaxReplicas ${replicas * 2}`,
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
  const seconds = tailSampling.decisionWaitSeconds ?? 10;
  const MiB = (spansPerSecond * seconds * spanInMemory) / (settings.gatewayReplicas ?? usual) / (1024 * 1024);
  const room = resources.memoryLimit * 0.4;
  if (MiB <= room) return [];
  const needed = Math.ceil((MiB * (settings.gatewayReplicas ?? usual)) / room);
  return [
    `throughline:tailSampling.decisionWaitSeconds is ${seconds}, so each gateway pod would hold about ${Math.ceil(MiB)} MiB of undecided spans at ${spansPerSecond} spans per second; allowed: ${Math.floor(room)} MiB, which is 40 % of its memory limit. Write: pulumi config set throughline:gatewayReplicas ${needed}`,
  ];
}

/** Attributes with a value of its own for nearly every request: as labels they make a time series each. */
const unbounded =
  /(^|\.)(url\.(full|path|query)|http\.(url|target)|user\.id|session\.id|client\.(address|port)|query\.text|db\.statement|message\.id|trace_?id|span_?id|request_?id|k8s\.pod\.(uid|ip))$/;

function backendProblems(settings: Settings): string[] {
  const problems: string[] = [];
  const { prometheus } = settings;
  for (const name of ["otlp", "zipkin", "elasticsearch", "opensearch"] as const) {
    const { ca, endpoint, secret } = settings[name] ?? {};
    if (secret !== undefined && endpoint?.startsWith("http:") && isOutside(endpoint)) {
      problems.push(
        `throughline:${name}.secret is "${secret}", but throughline:${name}.endpoint leads out of the cluster without TLS, where anyone can read the login. Write: pulumi config set --path 'throughline:${name}.endpoint' ${endpoint.replace("http:", "https:")}`,
      );
    }
    if (ca !== undefined && endpoint?.startsWith("http:")) {
      problems.push(
        `throughline:${name}.ca is "${ca}", but throughline:${name}.endpoint is not https. Write: pulumi config set --path 'throughline:${name}.endpoint' ${endpoint.replace("http:", "https:")}`,
      );
    }
  }
  const push = prometheus?.remoteWrite;
  if (prometheus?.secret !== undefined && push?.startsWith("http:") && isOutside(push)) {
    problems.push(
      `throughline:prometheus.secret is "${prometheus.secret}", but throughline:prometheus.remoteWrite leads out of the cluster without TLS, where anyone can read the login. Write: pulumi config set --path 'throughline:prometheus.remoteWrite' ${push.replace("http:", "https:")}`,
    );
  }
  if (prometheus !== undefined && !prometheus.scrape && prometheus.remoteWrite === undefined) {
    problems.push(
      "throughline:prometheus has neither scrape nor remoteWrite, so no metrics would go anywhere. Write: pulumi config set --path 'throughline:prometheus.scrape' true",
    );
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
