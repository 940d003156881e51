// Only the annotated workloads of one component get SDK configuration; the rest of the program is not looked at.
// Run: pulumi stack init dev && pulumi config set context <CONTEXT> && pulumi up
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { defaultImages } from "../../../instrumentation/defaulter.ts";
import { instrumentationSpec } from "../../../instrumentation/defaults.ts";
import { instrumented } from "../../../instrumentation/transform.ts";

const config = new pulumi.Config();
const provider = new k8s.Provider("cluster", { context: config.require("context") });

/** A component with an annotated workload, as a team would share it. */
class App extends pulumi.ComponentResource {
  constructor(name: string, token: pulumi.Input<string>, opts: pulumi.ComponentResourceOptions) {
    super("example:index:App", name, {}, opts);
    const labels = { app: name };
    new k8s.apps.v1.Deployment(
      name,
      {
        metadata: { name, namespace: "default" },
        spec: {
          selector: { matchLabels: labels },
          template: {
            metadata: { labels, annotations: { "instrumentation.opentelemetry.io/inject-sdk": "true" } },
            spec: { containers: [{ name: "app", image: "nginx:1.27", env: [{ name: "TOKEN", value: token }] }] },
          },
        },
      },
      { parent: this },
    );
    this.registerOutputs({});
  }
}

// `namespace` is where the Collectors stand.
const spec = instrumentationSpec({
  namespace: "observability",
  images: defaultImages,
  sampler: config.require("sampler"),
});
const token = pulumi.secret("a-t0ken");

new App("traced", token, instrumented({ spec }, { provider }));
new App("untouched", token, { provider });
