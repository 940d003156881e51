/** Languages an annotation can ask for, in the order in which they are resolved and injected. */
export const languages = ["java", "nodejs", "python", "dotnet", "go", "apache-httpd", "nginx", "sdk"] as const;
export type Language = (typeof languages)[number];

/** Any Kubernetes object fragment; what injection does not know it passes through untouched. */
export interface Fields {
  readonly [key: string]: unknown;
}

export interface EnvVar extends Fields {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: unknown;
}

export interface VolumeMount extends Fields {
  readonly name: string;
  readonly mountPath: string;
}

export interface Volume extends Fields {
  readonly name: string;
}

export interface Container extends Fields {
  readonly name: string;
  readonly image?: string;
  readonly env?: readonly EnvVar[];
  readonly volumeMounts?: readonly VolumeMount[];
  readonly securityContext?: unknown;
}

export interface PodSpec extends Fields {
  readonly containers?: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly volumes?: readonly Volume[];
  readonly nodeName?: string;
  readonly shareProcessNamespace?: boolean;
}

export interface ObjectMeta extends Fields {
  readonly name?: string;
  readonly namespace?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
}

/** A Deployment, StatefulSet, DaemonSet, ReplicaSet, Job, CronJob or Pod, as in a manifest. */
export interface Workload extends Fields {
  readonly kind: string;
  readonly metadata?: ObjectMeta;
}

export interface Resources extends Fields {
  readonly limits?: Readonly<Record<string, string>>;
  readonly requests?: Readonly<Record<string, string>>;
}

/** Settings of one language's agent image, named as in the Instrumentation resource (`opentelemetry.io/v1alpha1`). */
export interface AgentSpec {
  readonly image?: string;
  readonly env?: readonly EnvVar[];
  /** Resources of the container that brings the agent. The `java` part of the resource calls this `resources`. */
  readonly resourceRequirements?: Resources;
  readonly resources?: Resources;
  /** Size limit of the emptyDir that carries the agent, as a quantity. Default 200Mi. */
  readonly volumeLimitSize?: string;
  /** Carries the agent in an ephemeral volume instead of an emptyDir. */
  readonly volumeClaimTemplate?: Fields;
  /** Java only: images whose directory is copied beside the agent. */
  readonly extensions?: readonly { readonly image: string; readonly dir: string }[];
}

/** Settings of the eBPF agent for Go, which runs beside the program as a container of its own. It has no volume for the agent. */
export interface GoSpec extends AgentSpec {
  /** Security context of the agent's container. Default: privileged, as user 0. */
  readonly securityContext?: Fields;
}

/** Settings of a web server's module, which is configured by directives in a file. */
export interface WebServerSpec extends AgentSpec {
  /** Directives of the module, by name; they win over those that injection computes. */
  readonly attrs?: readonly EnvVar[];
}

/** Settings of the module for Apache HTTP Server. */
export interface ApacheSpec extends WebServerSpec {
  /** "2.4" or "2.2". Default 2.4. */
  readonly version?: string;
  /** Directory of the server's configuration. Default `/usr/local/apache2/conf`. */
  readonly configPath?: string;
}

/** Settings of the module for nginx. */
export interface NginxSpec extends WebServerSpec {
  /** The server's main configuration file. Default `/etc/nginx/nginx.conf`. */
  readonly configFile?: string;
}

/** TLS files of the exporter; names as in the Instrumentation resource. Relative file names are below the mounted Secret or ConfigMap. */
export interface ExporterTls {
  readonly secretName?: string;
  readonly configMapName?: string;
  readonly ca_file?: string;
  readonly cert_file?: string;
  readonly key_file?: string;
}

/** The `spec` of an Instrumentation resource (`opentelemetry.io/v1alpha1`), as far as injection reads it. */
export interface InstrumentationSpec {
  readonly exporter?: { readonly endpoint?: string; readonly tls?: ExporterTls };
  readonly propagators?: readonly string[];
  readonly sampler?: { readonly type?: string; readonly argument?: string };
  readonly resource?: {
    readonly resourceAttributes?: Readonly<Record<string, string>>;
    readonly addK8sUIDAttributes?: boolean;
  };
  readonly defaults?: { readonly useLabelsForResourceAttributes?: boolean };
  readonly env?: readonly EnvVar[];
  readonly imagePullPolicy?: string;
  readonly initContainerSecurityContext?: Fields;
  readonly java?: AgentSpec;
  readonly nodejs?: AgentSpec;
  readonly python?: AgentSpec;
  readonly dotnet?: AgentSpec;
  readonly go?: GoSpec;
  readonly apacheHttpd?: ApacheSpec;
  readonly nginx?: NginxSpec;
}

/** An Instrumentation as a cluster would hold it: who it is and what it says. */
export interface Instrumentation {
  readonly namespace: string;
  readonly name: string;
  readonly spec: InstrumentationSpec;
}

/** Why a workload was not, or not fully, injected. `code` is stable; `message` names setting, value, what is allowed and the line to write. */
export interface Problem {
  readonly code: string;
  readonly message: string;
}

/** The namespace a workload lives in, with the annotations of the Namespace object. */
export interface NamespaceInfo {
  readonly name: string;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
}
