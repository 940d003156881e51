import { inject } from "../../../instrumentation/inject.ts";
import type {
  Container,
  EnvVar,
  Instrumentation,
  InstrumentationSpec,
  Workload,
} from "../../../instrumentation/types.ts";
import { list, podTemplate } from "../../../instrumentation/workload.ts";

export const key = (name: string) => `instrumentation.opentelemetry.io/${name}`;

export const spec: InstrumentationSpec = {
  exporter: { endpoint: "http://collector:4318" },
  propagators: ["tracecontext", "baggage"],
  sampler: { type: "parentbased_traceidratio", argument: "0.5" },
  nodejs: { image: "agents/nodejs:1" },
  java: { image: "agents/java:1" },
  python: { image: "agents/python:1" },
  dotnet: { image: "agents/dotnet:1" },
  go: { image: "agents/go:1", env: [{ name: "OTEL_GO_AUTO_TARGET_EXE", value: "/app" }] },
  apacheHttpd: { image: "agents/apache-httpd:1" },
  nginx: { image: "agents/nginx:1" },
};

export interface PodParts {
  annotations?: Record<string, string>;
  labels?: Record<string, string>;
  env?: EnvVar[];
  containers?: Container[];
  initContainers?: Container[];
  pod?: object;
}

/** A Deployment shop/web with one container "app", changed as asked. */
export function deployment(parts: PodParts = {}): Workload {
  const { annotations = { [key("inject-sdk")]: "true" }, labels = {}, env, pod } = parts;
  const containers = parts.containers ?? [{ name: "app", image: "shop/app:1.4.2", ...(env ? { env } : {}) }];
  const initContainers = parts.initContainers ? { initContainers: parts.initContainers } : {};
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", namespace: "shop" },
    spec: { template: { metadata: { annotations, labels }, spec: { ...initContainers, containers, ...pod } } },
  };
}

export interface Around {
  spec?: InstrumentationSpec;
  namespace?: Record<string, string>;
  instrumentations?: Instrumentation[];
  secrets?: ReadonlySet<string>;
  configMaps?: ReadonlySet<string>;
}

export function run(workload: Workload, around: Around = {}) {
  return inject({
    workload,
    namespace: { name: "shop", annotations: around.namespace },
    instrumentations: around.instrumentations ?? [{ namespace: "shop", name: "default", spec: around.spec ?? spec }],
    secrets: around.secrets,
    configMaps: around.configMaps,
  });
}

export function container(workload: Workload, name = "app"): Container {
  const pod = podTemplate(workload)?.spec;
  const found = [...list(pod?.containers), ...list(pod?.initContainers)].find((one) => one.name === name);
  if (found === undefined) throw new Error(`no container ${name}`);
  return found;
}

export const names = (workload: Workload, of = "app") => list(container(workload, of).env).map((one) => one.name);

export function value(workload: Workload, name: string, of = "app"): string | undefined {
  return list(container(workload, of).env).find((one) => one.name === name)?.value;
}

export function attributes(workload: Workload, of = "app"): Record<string, string> {
  const text = value(workload, "OTEL_RESOURCE_ATTRIBUTES", of) ?? "";
  return Object.fromEntries(text.split(",").map((pair) => pair.split(/=(.*)/s).slice(0, 2)));
}

export const codes = (result: { problems: readonly { code: string }[] }) => result.problems.map(({ code }) => code);
