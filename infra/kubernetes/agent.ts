import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { ports } from "../../collector-config/ports.ts";
import type { DerivedPart } from "../part.ts";
import { address, metadata, names, selector } from "./metadata.ts";
import { partObjects } from "./part.ts";
import { programPod } from "./pod.ts";
import type { TlsMount } from "./tls.ts";

export interface OtelAgentArgs {
  readonly namespace: string;
  readonly part: DerivedPart;
  /** Its certificates. */
  readonly tls: readonly TlsMount[];
}

/** The OpenTelemetry Collector on every node. Pods reach the one of their own node through the Service `otel-agent`. */
export class OtelAgent extends pulumi.ComponentResource {
  /** Base URL for OTLP/HTTP inside the cluster. */
  readonly otlpHttp: string;
  /** URL for OTLP/gRPC inside the cluster. */
  readonly otlpGrpc: string;
  /** Known when a pod of each node is ready. */
  readonly ready: pulumi.Output<unknown>;

  constructor(name: string, args: OtelAgentArgs, opts?: pulumi.ComponentResourceOptions) {
    const { namespace, part } = args;
    super("throughline:index:OtelAgent", name, {}, opts);
    const services = { [names.agent]: { internalTrafficPolicy: "Local" } };
    const { configMap, dependsOn } = partObjects(part, namespace, services, this);
    const set = new k8s.apps.v1.DaemonSet(
      name,
      {
        metadata: metadata(names.agent, namespace),
        spec: {
          selector: { matchLabels: selector(names.agent) },
          // The new pod of a node is ready before the old one goes, so no SDK finds the door closed.
          updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
          template: programPod(part, {
            tls: args.tls,
            configMap,
            replaced: true,
            env: [{ name: "NODE_NAME", valueFrom: { fieldRef: { fieldPath: "spec.nodeName" } } }],
            // Where a pod may run, its agent must run too.
            tolerations: [{ operator: "Exists" }],
          }),
        },
      },
      // The start waits for pods to be listed, which needs the permission.
      { parent: this, dependsOn: [...dependsOn] },
    );

    this.ready = set.id;
    this.otlpHttp = `http://${address(names.agent, namespace, ports.otlpHttp)}`;
    this.otlpGrpc = `http://${address(names.agent, namespace, ports.otlpGrpc)}`;
    this.registerOutputs({ otlpHttp: this.otlpHttp, otlpGrpc: this.otlpGrpc });
  }
}
