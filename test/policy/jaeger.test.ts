import { describe, expect, test } from "vitest";
import { program } from "../../infra/program.ts";
import { render } from "../../infra/render/render.ts";
import { parseSettings } from "../../infra/settings/settings.ts";
import { check, report, rules } from "../../policy/check.ts";
import type { Manifest } from "../../policy/types.ts";
import { jaegerStacks } from "../stacks.ts";

const stacks: Record<string, Record<string, string>> = jaegerStacks;

const rendered = async (name: string) => {
  const { manifests, outputs } = await render(() => program(parseSettings(stacks[name] ?? {})));
  const find = (kind: string, of: string) =>
    manifests.find((one) => one.kind === kind && one.metadata.name === of) as Manifest & { spec: object };
  return { manifests, outputs, find };
};

describe.each(Object.keys(stacks))("%s", (name) => {
  test("keeps every rule", async () => {
    expect(report(check((await rendered(name)).manifests, rules))).toBe("");
  });
});

test("nobody gets to Jaeger's UI past the login", async () => {
  const { find, outputs } = await rendered("badger with a login");
  const policy = find("NetworkPolicy", "jaeger").spec as { ingress: { from?: object[]; ports: { port: string }[] }[] };
  const door = policy.ingress.find(({ ports }) => ports.some(({ port }) => port === "http-query"));
  expect(door?.from).toEqual([
    {
      podSelector: {
        matchLabels: { "app.kubernetes.io/name": "jaeger-login", "app.kubernetes.io/part-of": "throughline" },
      },
    },
  ]);
  expect(find("Ingress", "jaeger").spec).toMatchObject({
    tls: [{ hosts: ["traces.example.com"], secretName: "traces-tls" }],
    rules: [{ http: { paths: [{ path: "/traces", backend: { service: { name: "jaeger-login" } } }] } }],
  });
  expect(find("Deployment", "jaeger-login").spec).toMatchObject({
    template: {
      spec: {
        containers: [
          {
            args: expect.arrayContaining([
              "--redirect-url=https://traces.example.com/traces/oauth2/callback",
              "--upstream=http://jaeger.observability.svc:16686/",
            ]),
            env: expect.arrayContaining([
              {
                name: "OAUTH2_PROXY_CLIENT_SECRET",
                valueFrom: { secretKeyRef: { name: "jaeger-login", key: "client-secret" } },
              },
            ]),
          },
        ],
      },
    },
  });
  expect(outputs).toMatchObject({ ui: "https://traces.example.com/traces" });
});

test("the login reaches the UI, and nothing else inside the cluster, also where it is a role of its own", async () => {
  const to = async (stack: string) => {
    const policy = (await rendered(stack)).find("NetworkPolicy", "jaeger-login").spec as {
      egress: { ports?: { port: number }[]; to?: { podSelector?: { matchLabels: Record<string, string> } }[] }[];
    };
    const door = policy.egress.find(({ ports }) => ports?.some(({ port }) => port === 16686));
    return door?.to?.map(({ podSelector }) => podSelector?.matchLabels["app.kubernetes.io/name"]);
  };
  expect(await to("badger with a login")).toEqual(["jaeger"]);
  expect(await to("roles with a login")).toEqual(["jaeger-query"]);
});

test("old indices are removed by the cleaner of the same release, with the storage's login", async () => {
  const { find } = await rendered("roles behind Kafka");
  expect(find("CronJob", "jaeger-retention").spec).toMatchObject({
    jobTemplate: {
      spec: {
        template: {
          spec: {
            containers: [
              {
                image: "docker.io/jaegertracing/jaeger-es-index-cleaner:2.13.0",
                args: ["3", "https://os.search.svc:9200"],
                env: [
                  { name: "ES_TLS_ENABLED", value: "true" },
                  { name: "ES_TLS_CA", value: "/etc/throughline-ca/es/ca.crt" },
                  { name: "ES_USERNAME", valueFrom: { secretKeyRef: { name: "os", key: "username" } } },
                  { name: "ES_PASSWORD", valueFrom: { secretKeyRef: { name: "os", key: "password" } } },
                ],
              },
            ],
          },
        },
      },
    },
  });
});

test("dependencies are worked out before the day ends, over TLS by an authority that Java was given", async () => {
  const { find } = await rendered("roles behind Kafka");
  const store = "/tmp/authorities.p12";
  const job = find("CronJob", "jaeger-dependencies").spec;
  expect(job).toMatchObject({ schedule: "45 23 * * *", timeZone: "Etc/UTC" });
  expect(job).toMatchObject({
    jobTemplate: {
      spec: {
        template: {
          spec: {
            initContainers: [
              {
                image: "ghcr.io/jaegertracing/spark-dependencies/spark-dependencies:v0.7.2-opensearch",
                command: expect.arrayContaining(["keytool", "/etc/throughline-ca/os/ca.crt", store]),
              },
            ],
            containers: [
              {
                image: "ghcr.io/jaegertracing/spark-dependencies/spark-dependencies:v0.7.2-opensearch",
                env: expect.arrayContaining([
                  {
                    name: "JAVA_OPTS",
                    value: `-Xmx768m -Djavax.net.ssl.trustStore=${store} -Djavax.net.ssl.trustStorePassword=changeit`,
                  },
                  { name: "OS_NODES", value: "https://os.search.svc:9200" },
                  { name: "OS_PASSWORD", valueFrom: { secretKeyRef: { name: "os", key: "password" } } },
                ]),
              },
            ],
          },
        },
      },
    },
  });
  expect(find("NetworkPolicy", "jaeger-dependencies").spec).toMatchObject({
    ingress: [],
    egress: [{ ports: [{ port: 9200 }] }, {}],
  });
});

test("Cassandra's dependencies are worked out in its own keyspace", async () => {
  const { find } = await rendered("cassandra");
  expect(find("CronJob", "jaeger-dependencies").spec).toMatchObject({
    jobTemplate: {
      spec: {
        template: {
          spec: {
            containers: [
              {
                env: expect.arrayContaining([
                  { name: "CASSANDRA_CONTACT_POINTS", value: "cassandra.data.svc:9042" },
                  { name: "CASSANDRA_KEYSPACE", value: "jaeger_v1_dc1" },
                  { name: "CASSANDRA_USERNAME", valueFrom: { secretKeyRef: { name: "cassandra", key: "username" } } },
                ]),
              },
            ],
          },
        },
      },
    },
  });
});

test.each([
  ["none was asked for", { dependencies: "none" }],
  ["indices begin by the hour", { rotation: "hour" }],
  ["the server is behind a path", { endpoint: "https://os.search.svc/es" }],
])("no job works out dependencies where %s", async (_, given) => {
  const storage = { kind: "opensearch", endpoint: "https://os.search.svc:9200", ...given };
  const { manifests } = await render(() => program(parseSettings({ storage: JSON.stringify(storage) })));
  expect(manifests.filter(({ kind }) => kind === "CronJob").map(({ metadata }) => metadata.name)).toEqual([
    "jaeger-retention",
  ]);
});

test("a route of the Gateway API leads to whoever answers questions", async () => {
  const { find } = await rendered("roles behind Kafka");
  expect(find("HTTPRoute", "jaeger").spec).toEqual({
    parentRefs: [{ name: "public", namespace: "gateways" }],
    hostnames: ["traces.example.com"],
    rules: [
      { matches: [{ path: { type: "PathPrefix", value: "/" } }], backendRefs: [{ name: "jaeger", port: 16686 }] },
    ],
  });
  expect(find("Service", "jaeger").spec).toMatchObject({ selector: { "app.kubernetes.io/name": "jaeger-query" } });
});

test("roles have budgets and an autoscaler, and are registered in the order of an upgrade", async () => {
  const { resources } = await render(() => program(parseSettings(stacks["roles behind Kafka"] ?? {})));
  const made = resources.map(({ type, name }) => `${type.split(":").at(-1)} ${name}`);
  for (const role of ["query", "ingester", "collector"]) expect(made).toContain(`PodDisruptionBudget jaeger-${role}`);
  expect(made).toContain("HorizontalPodAutoscaler jaeger-collector");
  const order = made.filter((one) => one.startsWith("Deployment jaeger-"));
  expect(order).toEqual(["Deployment jaeger-query", "Deployment jaeger-ingester", "Deployment jaeger-collector"]);
});
