import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { jaegerConfig } from "../../collector-config/jaeger.ts";
import { ports, toYaml } from "../../collector-config/shared.ts";
import type { Profile } from "../profiles.ts";
import { images } from "../versions.ts";
import { checked } from "./checked.ts";
import { address, configMap, metadata, names, selector } from "./metadata.ts";
import { ingressOnly, otlpPorts, programPod, servicePorts } from "./pod.ts";

export interface JaegerArgs {
  readonly namespace: string;
  /** Sizes. */
  readonly profile: Profile["jaeger"];
  /** Traces kept in memory. Default: - the profile's. */
  readonly maxTraces?: number | undefined;
}

/** Jaeger v2, all in one, with storage in memory. */
export class Jaeger extends pulumi.ComponentResource {
  /** URL of the UI and the HTTP API inside the cluster. */
  readonly query: string;
  /** What becomes of stored traces, for people. */
  readonly storage: string;

  constructor(name: string, args: JaegerArgs, opts?: pulumi.ComponentResourceOptions) {
    const { namespace, profile } = args;
    const storage = { kind: "memory", maxTraces: args.maxTraces ?? profile.maxTraces } as const;
    const config = configMap(names.jaeger, namespace, toYaml(checked(names.jaeger, jaegerConfig({ storage }))));
    super("throughline:index:Jaeger", name, args, opts);
    const child = { parent: this };
    const meta = metadata(names.jaeger, namespace);

    const account = new k8s.core.v1.ServiceAccount(
      name,
      { metadata: meta, automountServiceAccountToken: false },
      child,
    );
    const map = new k8s.core.v1.ConfigMap(`${name}-config`, config.args, child);
    const policy = new k8s.networking.v1.NetworkPolicy(
      name,
      {
        metadata: meta,
        spec: ingressOnly(names.jaeger, [{ ports: otlpPorts, from: [names.gateway] }, { ports: queryPorts }]),
      },
      child,
    );
    new k8s.core.v1.Service(name, { metadata: meta, spec: serviceSpec() }, child);
    new k8s.apps.v1.Deployment(
      name,
      { metadata: meta, spec: deploymentSpec(profile, config.objectName) },
      { parent: this, dependsOn: [account, map, policy] },
    );

    this.query = `http://${address(names.jaeger, namespace, ports.query)}`;
    this.storage = `memory (the newest ${storage.maxTraces} traces; traces are lost when Jaeger restarts)`;
    this.registerOutputs({ query: this.query, storage: this.storage });
  }
}

const queryPorts = { "http-query": ports.query, "query-grpc": ports.queryGrpc } as const;

function serviceSpec(): k8s.types.input.core.v1.ServiceSpec {
  return {
    type: "ClusterIP",
    selector: selector(names.jaeger),
    ports: servicePorts({ ...otlpPorts, ...queryPorts }),
  };
}

function deploymentSpec(profile: Profile["jaeger"], config: string): k8s.types.input.apps.v1.DeploymentSpec {
  return {
    replicas: 1,
    // Two pods at once would each hold a part of the traces.
    strategy: { type: "Recreate" },
    selector: { matchLabels: selector(names.jaeger) },
    template: programPod({
      name: names.jaeger,
      image: images.jaeger,
      configMap: config,
      ports: { ...otlpPorts, ...queryPorts },
      healthPath: "/status",
      resources: profile.resources,
      gracePeriodSeconds: 30,
    }),
  };
}
