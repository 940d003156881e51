import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { registerInstrumentation } from "../../../instrumentation/transform.ts";

class App extends pulumi.ComponentResource {
  constructor(name: string, sdk: string, env: { name: string; value: pulumi.Input<string> }[]) {
    super("test:index:App", name);
    const annotations = { "instrumentation.opentelemetry.io/inject-sdk": sdk };
    const labels = { app: name };
    new k8s.apps.v1.Deployment(
      name,
      {
        metadata: { name, namespace: "shop" },
        spec: {
          selector: { matchLabels: labels },
          template: {
            metadata: { labels, annotations },
            spec: { containers: [{ name: "app", image: "shop/web:7", env }] },
          },
        },
      },
      { parent: this },
    );
    this.registerOutputs({});
  }
}

/**
 * A program with one workload inside a component, for every way in which Pulumi runs programs.
 * @param sdk the value of the workload's annotation inject-sdk
 */
export function shop(sdk: string): void {
  registerInstrumentation({
    spec: { exporter: { endpoint: "http://collector:4318" }, sampler: { type: "always_on" } },
  });
  const late = new k8s.core.v1.ConfigMap("late", { metadata: { name: "late", namespace: "shop" } });
  new App("web", sdk, [
    { name: "PLAIN", value: "seen" },
    { name: "FROM_CONFIG", value: new pulumi.Config().requireSecret("hidden") },
    { name: "FROM_PROGRAM", value: pulumi.secret("pr0gram-s3cret") },
    { name: "LATE", value: late.id },
  ]);
}
