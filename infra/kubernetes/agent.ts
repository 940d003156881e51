import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { agentConfig } from "../../collector-config/agent.ts";
import { ports, toYaml } from "../../collector-config/shared.ts";
import type { Profile } from "../profiles.ts";
import { images } from "../versions.ts";
import { checked } from "./checked.ts";
import { address, configMap, labels, metadata, names, selector } from "./metadata.ts";
import { ingressOnly, otlpPorts, programPod, servicePorts } from "./pod.ts";

export interface OtelAgentArgs {
  readonly namespace: string;
  /** Sizes and delays. */
  readonly profile: Profile["agent"];
}

/** The OpenTelemetry Collector on every node. Pods reach the one of their own node through the Service `otel-agent`. */
export class OtelAgent extends pulumi.ComponentResource {
  /** Base URL for OTLP/HTTP inside the cluster. */
  readonly otlpHttp: string;
  /** URL for OTLP/gRPC inside the cluster. */
  readonly otlpGrpc: string;

  constructor(name: string, args: OtelAgentArgs, opts?: pulumi.ComponentResourceOptions) {
    const { namespace } = args;
    const config = configMap(names.agent, namespace, toYaml(checked(names.agent, resolveConfig(args))));
    super("throughline:index:OtelAgent", name, args, opts);
    const child = { parent: this };
    const meta = metadata(names.agent, namespace);

    const account = new k8s.core.v1.ServiceAccount(
      name,
      { metadata: meta, automountServiceAccountToken: false },
      child,
    );
    // Cluster-wide names carry the namespace, so that two installations do not share them.
    const clusterMeta = { name: `${names.agent}.${namespace}`, labels: labels(names.agent) };
    const role = new k8s.rbac.v1.ClusterRole(name, { metadata: clusterMeta, rules: podReader }, child);
    const binding = new k8s.rbac.v1.ClusterRoleBinding(
      name,
      {
        metadata: clusterMeta,
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: clusterMeta.name },
        subjects: [{ kind: "ServiceAccount", name: names.agent, namespace }],
      },
      { parent: this, dependsOn: [role, account] },
    );
    const map = new k8s.core.v1.ConfigMap(`${name}-config`, config.args, child);
    const policy = new k8s.networking.v1.NetworkPolicy(
      name,
      { metadata: meta, spec: ingressOnly(names.agent, [{ ports: otlpPorts }]) },
      child,
    );
    new k8s.core.v1.Service(name, { metadata: meta, spec: serviceSpec() }, child);
    new k8s.apps.v1.DaemonSet(
      name,
      { metadata: meta, spec: daemonSetSpec(args, config.objectName) },
      // The start waits for pods to be listed, which needs the binding.
      { parent: this, dependsOn: [binding, map, policy] },
    );

    this.otlpHttp = `http://${address(names.agent, namespace, ports.otlpHttp)}`;
    this.otlpGrpc = `http://${address(names.agent, namespace, ports.otlpGrpc)}`;
    this.registerOutputs({ otlpHttp: this.otlpHttp, otlpGrpc: this.otlpGrpc });
  }
}

/** All that k8s_attributes needs for what it is asked to extract; owners' names come with the pod. */
const podReader = [{ apiGroups: [""], resources: ["pods"], verbs: ["get", "list", "watch"] }];

function resolveConfig({ namespace, profile }: OtelAgentArgs) {
  return agentConfig({ ...profile, gatewayEndpoint: address(names.gatewayOtlp, namespace, ports.otlpGrpc) });
}

function serviceSpec(): k8s.types.input.core.v1.ServiceSpec {
  return {
    type: "ClusterIP",
    selector: selector(names.agent),
    internalTrafficPolicy: "Local",
    ports: servicePorts(otlpPorts),
  };
}

function daemonSetSpec(args: OtelAgentArgs, config: string): k8s.types.input.apps.v1.DaemonSetSpec {
  return {
    selector: { matchLabels: selector(names.agent) },
    // The new pod of a node is ready before the old one goes, so no SDK finds the door closed.
    updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
    template: programPod({
      name: names.agent,
      image: images.collector,
      configMap: config,
      ports: otlpPorts,
      healthPath: "/",
      resources: args.profile.resources,
      gracePeriodSeconds: 30,
      usesKubernetesApi: true,
      env: [{ name: "NODE_NAME", valueFrom: { fieldRef: { fieldPath: "spec.nodeName" } } }],
      // Where a pod may run, its agent must run too.
      tolerations: [{ operator: "Exists" }],
    }),
  };
}
