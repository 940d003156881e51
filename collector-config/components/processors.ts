import { extra, type Processor } from "../component.ts";
import type { Duration, NonEmpty } from "./sending-queue.ts";

/** By share of the memory there is (in a container: of its limit), or by number; the spike is part of the limit and smaller. */
type MemoryLimit =
  | {
      readonly limit_percentage: number;
      readonly spike_limit_percentage?: number;
      readonly limit_mib?: never;
      readonly spike_limit_mib?: never;
    }
  | {
      readonly limit_mib: number;
      /** Upstream's default: 20% of the limit. */
      readonly spike_limit_mib?: number;
      readonly limit_percentage?: never;
      readonly spike_limit_percentage?: never;
    };

export type MemoryLimiterArgs = MemoryLimit & {
  /** How often memory is measured. Upstream's default is 0s, which it refuses itself. */
  readonly check_interval: Duration;
  /** Upstream's default: 10s. */
  readonly min_gc_interval_when_soft_limited?: Duration;
  /** Upstream's default: 0s. */
  readonly min_gc_interval_when_hard_limited?: Duration;
};

/**
 * Refuses data while memory is short, so that senders wait instead of the process being killed. Must be the first processor.
 * @see https://github.com/open-telemetry/opentelemetry-collector/blob/main/processor/memorylimiterprocessor/README.md
 */
export function memoryLimiter(args: MemoryLimiterArgs, name = ""): Processor {
  return extra.processor("memory_limiter", { ...args }, name);
}

/** What k8s_attributes can find out; the container's need container.id or k8s.container.name in the data. */
export type KubernetesMetadata =
  | "k8s.namespace.name"
  | `k8s.pod.${"name" | "uid" | "hostname" | "ip" | "start_time"}`
  | `k8s.${"deployment" | "replicaset" | "statefulset" | "daemonset" | "job" | "cronjob" | "node"}.${"name" | "uid"}`
  | "k8s.cluster.uid"
  | "k8s.container.name"
  | "container.id"
  | `container.image.${"name" | "tag" | "tags" | "repo_digests"}`
  | `service.${"namespace" | "name" | "version" | "instance.id"}`;

/** An attribute from a label or annotation: one key, or all that a regular expression matches. */
export type FieldRule = {
  /** Upstream's default: `k8s.pod.labels.<key>` and the like. */
  readonly tag_name?: string;
  /** Upstream's default: pod. Each other needs leave to watch that kind. */
  readonly from?: "pod" | "namespace" | "node" | "deployment" | "statefulset" | "daemonset" | "job";
} & ({ readonly key: string; readonly key_regex?: never } | { readonly key_regex: string; readonly key?: never });

/** How data says from which pod it is: by its connection's address, or by an attribute. */
export type AssociationSource =
  | { readonly from: "connection" }
  | { readonly from: "resource_attribute"; readonly name: string };

type UpTo4<T> = readonly [T] | readonly [T, T] | readonly [T, T, T] | readonly [T, T, T, T];

export interface K8sAttributesArgs {
  /** Upstream's default: serviceAccount. */
  readonly auth_type?: "serviceAccount" | "kubeConfig" | "none";
  /** Adds the pod's IP only and asks Kubernetes nothing; a later Collector does the rest. Upstream's default: false. */
  readonly passthrough?: boolean;
  readonly filter?: {
    readonly node?: string;
    /** The variable that holds the node's name: then only that node's pods are watched. It must be set, or the Collector does not start. */
    readonly node_from_env_var?: string;
    readonly namespace?: string;
    readonly labels?: readonly {
      readonly key: string;
      readonly value?: string;
      readonly op?: "equals" | "not-equals" | "exists" | "does-not-exist";
    }[];
  };
  readonly extract?: {
    readonly metadata?: readonly KubernetesMetadata[];
    readonly labels?: readonly FieldRule[];
    readonly annotations?: readonly FieldRule[];
    /** Takes `resource.opentelemetry.io/*` annotations as attributes. Upstream's default: false. */
    readonly otel_annotations?: boolean;
  };
  /** Tried in order; all sources of one rule must match. Upstream's default: by the connection's address. */
  readonly pod_association?: readonly { readonly sources: UpTo4<AssociationSource> }[];
  /** Pods by name, as regular expressions. */
  readonly exclude?: { readonly pods: readonly { readonly name: string }[] };
  /** Starts only when the pods are known; else the first spans go without. Upstream's default: false. */
  readonly wait_for_metadata?: boolean;
  /** Upstream's default: 10s; the Collector does not start when it passes. */
  readonly wait_for_metadata_timeout?: Duration;
}

/**
 * Adds to the data what Kubernetes knows of the pod that sent it.
 * @see https://github.com/open-telemetry/opentelemetry-collector-contrib/blob/main/processor/k8sattributesprocessor/README.md
 */
export function k8sAttributes(args: K8sAttributesArgs = {}, name = ""): Processor {
  return extra.processor("k8s_attributes", { ...args }, name);
}

export interface ResourceDetectionArgs {
  /** In order: of an attribute that two find, the first counts. */
  readonly detectors: NonEmpty<
    | "env"
    | "system"
    | "docker"
    | "k8s_api"
    | "kubeadm"
    | "openshift"
    | "gcp"
    | "ec2"
    | "ecs"
    | "eks"
    | "elastic_beanstalk"
    | "lambda"
    | "azure"
    | "aks"
    | "azurecontainerapps"
    | "alibaba_ecs"
    | "tencent_cvm"
    | "oraclecloud"
    | "ibmcloud_classic"
    | "ibmcloud_vpc"
    | "digitalocean"
    | "hetzner"
    | "heroku"
    | "scaleway"
    | "upcloud"
    | "vultr"
    | "akamai"
    | "nova"
    | "consul"
    | "dynatrace"
  >;
  /** Replaces what the data already says. Upstream's default: true, which on a gateway puts its own host over the senders'. */
  readonly override?: boolean;
  /** Upstream's default: 5s. */
  readonly timeout?: Duration;
  /** Detects again so often. Upstream's default: 0s, never. */
  readonly refresh_interval?: Duration;
  readonly fail_on_missing_metadata?: boolean;
  readonly system?: DetectorSettings & { readonly hostname_sources?: NonEmpty<"os" | "dns" | "cname" | "lookup"> };
  readonly k8s_api?: DetectorSettings & {
    readonly auth_type?: "serviceAccount" | "kubeConfig" | "none";
    readonly node_from_env_var?: string;
  };
  readonly eks?: DetectorSettings;
  readonly gcp?: DetectorSettings;
  readonly aks?: DetectorSettings;
}

interface DetectorSettings {
  readonly resource_attributes?: Readonly<Record<string, { readonly enabled: boolean }>>;
}

/**
 * Adds to the data what the machine and its cloud know of themselves.
 * @see https://github.com/open-telemetry/opentelemetry-collector-contrib/blob/main/processor/resourcedetectionprocessor/README.md
 */
export function resourceDetection(args: ResourceDetectionArgs, name = ""): Processor {
  return extra.processor("resource_detection", { ...args }, name);
}
