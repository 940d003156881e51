import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { UserError } from "../common/errors.ts";
import { registerInstrumentation } from "../instrumentation/transform.ts";
import { kubernetesSite, type Site } from "../receipt/site.ts";
import { checkTopology } from "./check-topology.ts";
import { planInjection, stackInstrumentation } from "./injection.ts";
import { isVolatile } from "./jaeger/storage.ts";
import { kubeConfigOf } from "./kubeconfig.ts";
import { names } from "./kubernetes/metadata.ts";
import { Observability } from "./kubernetes/observability.ts";
import { Operator } from "./kubernetes/operator.ts";
import { Workloads } from "./kubernetes/workloads.ts";
import { forwardedUrl, portForwardLine } from "./outputs.ts";
import { projectPath } from "./paths.ts";
import { readiness } from "./readiness.ts";
import { missingSecrets } from "./settings/named-secrets.ts";
import { readSettings, type Settings } from "./settings/settings.ts";
import { certificateGeneration } from "./tier-tls.ts";
import { planTopology } from "./topology.ts";
import { readWorkloads } from "./workload-files.ts";

/** The stack's outputs. */
export interface Outputs {
  readonly namespace: string;
  readonly profile: string;
  /** What becomes of stored traces, for people. */
  readonly storage: string;
  /** How long a backend may be away before senders wait, for people. */
  readonly lossBudget: string;
  /** Where SDKs in the cluster send to: base URL for OTLP/HTTP, URL for OTLP/gRPC. */
  readonly endpoints: { readonly otlpHttp: string; readonly otlpGrpc: string };
  /** URL of Jaeger's UI and API inside the cluster. */
  readonly jaeger: string;
  /** URL of Jaeger's UI for people outside the cluster; without an ingress the address that `portForward` opens. */
  readonly ui: string;
  /** The command that makes Jaeger's UI readable on this machine. */
  readonly portForward: string;
  /** Who is instrumented, such as `Deployment demo/frontend: sdk`. */
  readonly instrumented: readonly string[];
  /** Whether a trace was written and read, for people. */
  readonly probe: pulumi.Output<string>;
}

/**
 * The whole program: settings -> checks -> Collectors and Jaeger -> users' workloads -> operator -> outputs.
 * Resources are made in the running Pulumi stack, whether the Pulumi CLI started it or the Automation API.
 * @param given Default: - the stack's configuration.
 * Throws a UserError with every problem before any resource is made.
 */
export async function program(given?: Settings): Promise<Outputs> {
  const settings = given ?? readSettings();
  const objects = readWorkloads(settings.workloads);
  const { instrumented, warnings, ...injection } = planInjection(settings, objects);
  for (const warning of warnings) await pulumi.log.warn(warning);
  const topology = planTopology(settings);
  for (const note of await checkTopology(settings, topology)) await pulumi.log.info(note);
  // Loaded on use: whoever deploys to a cluster has no need of it.
  if (settings.target === "docker") return (await import("./docker/stack.ts")).dockerStack(settings, topology);
  if (settings.context !== "") {
    const secrets = await missingSecrets(settings, kubeConfigOf(settings));
    for (const note of secrets.notes) await pulumi.log.info(note);
    if (secrets.problems.length > 0) throw new UserError(secrets.problems);
  }

  // First of all: a stack transform sees only what is created after it.
  registerInstrumentation(injection);
  const provider = new k8s.Provider("cluster", providerArgs(settings));
  const observability = new Observability("throughline", { ...settings, topology }, { provider });
  // Workloads come last, so that their first spans find the way to Jaeger open.
  const made: pulumi.Resource[] = [observability];
  if (objects.length > 0) {
    made.push(new Workloads("workloads", { objects }, { provider, dependsOn: [observability] }));
  }
  // After the workloads, which may bring its namespaces; so it also goes first.
  if (settings.operator !== undefined) {
    const { namespace, operator } = settings;
    const args = {
      ...operator,
      namespace,
      generation: certificateGeneration(settings),
      spec: stackInstrumentation(settings),
    };
    new Operator(names.operator, args, { provider, dependsOn: made });
  }

  const { agent, jaeger } = observability;
  if (isVolatile(settings)) await pulumi.log.warn(`storage: ${topology.storage}`);
  return {
    namespace: settings.namespace,
    profile: settings.profile,
    storage: topology.storage,
    lossBudget: topology.lossBudget,
    endpoints: { otlpHttp: agent.otlpHttp, otlpGrpc: agent.otlpGrpc },
    jaeger: jaeger.query,
    ui: observability.ui ?? forwardedUrl(settings),
    portForward: portForwardLine(settings),
    instrumented,
    probe: readiness(settings, siteOf(settings), observability.ready),
  };
}

/** Undefined where nothing is deployed. */
function siteOf(settings: Settings): (() => Site) | undefined {
  if (settings.context === "") return undefined;
  return () => kubernetesSite(kubeConfigOf(settings), settings.namespace);
}

function providerArgs({ context, kubeconfig }: Settings): k8s.ProviderArgs {
  return { context, enableServerSideApply: true, ...(kubeconfig && { kubeconfig: projectPath(kubeconfig) }) };
}
