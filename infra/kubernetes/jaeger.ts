import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { ports } from "../../collector-config/ports.ts";
import type { DerivedPart } from "../part.ts";
import { address, metadata, names, selector } from "./metadata.ts";
import { partObjects } from "./part.ts";
import { programPod } from "./pod.ts";
import type { TlsMount } from "./tls.ts";

export interface JaegerArgs {
  readonly namespace: string;
  readonly part: DerivedPart;
  /** Its certificates. */
  readonly tls: readonly TlsMount[];
}

/** Jaeger v2, all in one. */
export class Jaeger extends pulumi.ComponentResource {
  /** URL of the UI and the HTTP API inside the cluster. */
  readonly query: string;

  constructor(name: string, args: JaegerArgs, opts?: pulumi.ComponentResourceOptions) {
    const { namespace, part } = args;
    super("throughline:index:Jaeger", name, {}, opts);
    const { configMap, dependsOn } = partObjects(part, namespace, { [names.jaeger]: {} }, this);
    new k8s.apps.v1.Deployment(
      name,
      {
        metadata: metadata(names.jaeger, namespace),
        spec: {
          replicas: part.replicas,
          // Two pods at once would each hold a part of the traces.
          strategy: { type: "Recreate" },
          selector: { matchLabels: selector(names.jaeger) },
          template: programPod(part, { tls: args.tls, configMap }),
        },
      },
      { parent: this, dependsOn: [...dependsOn] },
    );
    this.query = `http://${address(names.jaeger, namespace, ports.query)}`;
    this.registerOutputs({ query: this.query });
  }
}
