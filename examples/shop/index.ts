// The shop: services of four languages and two brokers, each opted in to tracing by one annotation.
// Run: pulumi stack init dev && pulumi config set context <CONTEXT> && pulumi config set --secret rabbitmq <URL> && pulumi up
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { defaultImages } from "../../instrumentation/defaulter.ts";
import { instrumentationSpec } from "../../instrumentation/defaults.ts";
import { registerInstrumentation } from "../../instrumentation/transform.ts";
import { type ServiceArgs, serviceIn } from "./service.ts";

const config = new pulumi.Config();
const kafka = config.get("kafka") ?? "";

// First of all: it sees what is created after it.
registerInstrumentation({
  spec: instrumentationSpec({ namespace: config.get("collectors") ?? "observability", images: defaultImages }),
});

const provider = new k8s.Provider("cluster", { context: config.require("context") });
const namespace = new k8s.core.v1.Namespace(
  "shop",
  { metadata: { name: "shop", labels: { "pod-security.kubernetes.io/enforce": "restricted" } } },
  { provider },
);
// It holds a password: the pods read it from a Secret, and it stays encrypted in Pulumi's state.
const brokers = new k8s.core.v1.Secret(
  "brokers",
  {
    metadata: { name: "brokers", namespace: "shop" },
    stringData: { rabbitmq: config.requireSecret("rabbitmq") },
  },
  { provider, dependsOn: namespace },
);

const rabbitmq = { RABBITMQ: { secretKeyRef: { name: "brokers", key: "rabbitmq" } } };
const image = (name: string) => `docker.io/throughline/${name}:0.1.0`;
/** A service in Go, which has an SDK of its own and answers probes without a span. */
const go = (name: string): ServiceArgs => ({
  inject: "sdk",
  image: image("shop"),
  command: [`/shop/${name}`],
  probe: { httpGet: { path: "/healthz", port: "http" } },
  memory: "96Mi",
});
/** What an agent traces would include an HTTP probe, so these only open a connection. */
const probe = { tcpSocket: { port: "http" } };

const services: Record<string, ServiceArgs> = {
  edge: go("edge"),
  stock: go("stock"),
  audit: go("audit"),
  pricing: { ...go("pricing"), probe: { grpc: { port: 8080 } } },
  orders: { ...go("orders"), env: { ...rabbitmq, KAFKA: kafka } },
  mailer: {
    inject: "nodejs",
    image: image("shop-mailer"),
    env: { ...rabbitmq, INVOICE_URL: kafka && "http://invoice:8080" },
    probe,
    memory: "192Mi",
  },
};
const behindKafka: Record<string, ServiceArgs> = {
  shipping: { ...go("shipping"), env: { KAFKA: kafka } },
  invoice: { inject: "python", image: image("shop-invoice"), probe, memory: "256Mi" },
  ledger: { inject: "java", image: image("shop-ledger"), probe, memory: "384Mi", writesTmp: true },
};

for (const [name, args] of Object.entries({ ...services, ...(kafka && behindKafka) })) {
  serviceIn("shop", name, args, { provider, dependsOn: brokers });
}
