// Every annotated workload that this program makes, in components too, gets its SDK configuration from here.
// Run: pulumi stack init dev && pulumi config set context <CONTEXT> && pulumi up
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { defaultImages } from "../../../instrumentation/defaulter.ts";
import { instrumentationSpec } from "../../../instrumentation/defaults.ts";
import { registerInstrumentation } from "../../../instrumentation/transform.ts";

const config = new pulumi.Config();

// First of all: it sees what is created after it. `namespace` is where the Collectors stand.
registerInstrumentation({
  spec: instrumentationSpec({ namespace: "observability", images: defaultImages, sampler: config.require("sampler") }),
});

const provider = new k8s.Provider("cluster", { context: config.require("context") });

/** A Deployment of one container. */
function deployment(name: string, annotations: Record<string, string>): k8s.apps.v1.Deployment {
  const labels = { app: name };
  return new k8s.apps.v1.Deployment(
    name,
    {
      metadata: { name, namespace: "default" },
      spec: {
        selector: { matchLabels: labels },
        template: {
          metadata: { labels, annotations },
          spec: { containers: [{ name: "app", image: "nginx:1.27" }] },
        },
      },
    },
    { provider },
  );
}

deployment("traced", { "instrumentation.opentelemetry.io/inject-sdk": "true" });
deployment("untouched", {});
