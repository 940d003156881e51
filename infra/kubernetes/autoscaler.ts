import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { metadata } from "./metadata.ts";

/** What an autoscaler scales, and between how many pods. */
export interface AutoscalerArgs {
  readonly kind: "StatefulSet" | "Deployment";
  readonly namespace: string;
  readonly minReplicas: number;
  readonly maxReplicas: number;
}

/** More pods when they are busy at once, fewer only after ten quiet minutes: each pod that goes breaks connections. */
export function autoscaler(name: string, args: AutoscalerArgs, opts: pulumi.CustomResourceOptions): void {
  const { kind, namespace, minReplicas, maxReplicas } = args;
  const utilization = (resource: string, averageUtilization: number) => ({
    type: "Resource",
    resource: { name: resource, target: { type: "Utilization", averageUtilization } },
  });
  new k8s.autoscaling.v2.HorizontalPodAutoscaler(
    name,
    {
      metadata: metadata(name, namespace),
      spec: {
        scaleTargetRef: { apiVersion: "apps/v1", kind, name },
        minReplicas,
        maxReplicas,
        metrics: [utilization("cpu", 80), utilization("memory", 150)],
        behavior: { scaleDown: { stabilizationWindowSeconds: 600 } },
      },
    },
    opts,
  );
}

/** An autoscaler that is no longer wanted has left the number of pods as its own, which would be a conflict. */
export const takesOver = { "pulumi.com/patchForce": "true" } as const;
