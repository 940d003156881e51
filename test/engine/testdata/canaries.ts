import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { registerInstrumentation } from "../../../instrumentation/transform.ts";

const namespace = "birds";
const opted = { "instrumentation.opentelemetry.io/inject-nodejs": "true" };

/**
 * A user's program with secrets wherever a program can put them: those of the configuration (a list `secrets`), and those made in the program.
 * @param own the second kind
 */
export function birds(own: readonly string[]): { url: pulumi.Output<string> } {
  const given = new pulumi.Config("birds").requireSecretObject<string[]>("secrets");
  const config = (index: number) => given.apply((all) => all[index] ?? "");
  const made = (index: number) => pulumi.secret(own[index] ?? "");
  registerInstrumentation({ spec: { exporter: { endpoint: "http://collector:4318" } } });

  const labels = { app: "bird" };
  const metadata = (name: string) => ({ name, namespace });
  const url = pulumi.interpolate`https://user:${config(0)}@database.example.com/?token=${made(0)}`;
  const pod = (of: (index: number) => pulumi.Output<string>, restartPolicy?: string) => ({
    metadata: {
      labels,
      annotations: {
        ...opted,
        "resource.opentelemetry.io/team": of(1),
        "example.com/token": of(2),
      },
    },
    spec: {
      ...(restartPolicy && { restartPolicy }),
      initContainers: [{ name: "first", image: "first:1", env: [{ name: "TOKEN", value: of(3) }] }],
      containers: [
        {
          name: "bird",
          image: "bird:1",
          command: ["bird", of(4)],
          args: [pulumi.interpolate`--password=${of(5)}`],
          env: [
            { name: "URL", value: url },
            { name: "NODE_OPTIONS", value: pulumi.interpolate`--title=${of(6)}` },
            { name: "OTEL_RESOURCE_ATTRIBUTES", value: pulumi.interpolate`key=${of(7)}` },
          ],
        },
      ],
    },
  });
  new k8s.apps.v1.Deployment("web", {
    metadata: { ...metadata("web"), annotations: { "example.com/note": config(8) } },
    spec: { selector: { matchLabels: labels }, template: pod(config) },
  });
  new k8s.batch.v1.CronJob("nightly", {
    metadata: { ...metadata("nightly"), labels: { key: "plain" }, annotations: { "example.com/note": made(8) } },
    spec: { schedule: "0 0 * * *", jobTemplate: { spec: { template: pod(made, "Never") } } },
  });
  new k8s.core.v1.Secret("login", {
    metadata: metadata("login"),
    stringData: { password: config(9), "tls.key": pulumi.interpolate`-----BEGIN PRIVATE KEY-----\n${made(9)}\n` },
    data: {
      given: config(10).apply((text) => Buffer.from(text).toString("base64")),
      made: made(10).apply((text) => Buffer.from(`:${text}`).toString("base64")),
    },
  });
  // Not marked by the program: an object of this kind is secret by itself.
  new k8s.core.v1.Secret("plain", { metadata: metadata("plain"), stringData: { password: own[11] ?? "" } });
  return { url };
}
