import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { parse } from "yaml";
import { type Permission, permissions } from "../../collector-config/permissions.ts";
import { toYaml } from "../../collector-config/shared.ts";
import type { CollectorConfig } from "../../collector-config/types.ts";
import { fields } from "../../common/objects.ts";
import { restrictedNamespace } from "../../infra/kubernetes/metadata.ts";
import { kubectl, kubectlOn, objects } from "./kubectl.ts";

const namespace = "permissions";
const mark = { test: namespace };

/** One verb on one kind of object. */
interface Right {
  readonly apiGroup: string;
  readonly resource: string;
  readonly verb: string;
}

/** A Collector with all that its configuration is granted, or all but one right. */
interface Trial {
  readonly name: string;
  /** Name of the ConfigMap. */
  readonly config: string;
  readonly granted: readonly Right[];
  readonly dropped?: Right;
}

interface PodSpec {
  containers: [{ env: object[]; lifecycle?: object }];
  volumes: { name: string }[];
  [field: string]: unknown;
}

interface Pod {
  metadata: { name: string; namespace: string };
  status: { conditions?: { type: string; status: string }[] };
}

let trials: Trial[];
let spec: PodSpec;

beforeAll(async () => {
  const agent = JSON.parse(await kubectl("get", "-n", "observability", "daemonset/otel-agent", "-o", "json"));
  spec = agent.spec.template.spec;
  const [, map] = /"configMap":\{[^}]*"name":"(otel-agent-\w+)"/.exec(JSON.stringify(spec)) ?? [];
  const { data } = JSON.parse(await kubectl("get", "-n", "observability", `configmap/${map}`, "-o", "json"));
  const agentConfig: CollectorConfig = parse(data["config.yaml"]);
  const configs = { agent: agentConfig, everything: asksForEverything(agentConfig) };
  trials = [
    ...trialsOf("agent", rightsOf(permissions(configs.agent))),
    // What the agent's own configuration asks for is tried with that.
    ...trialsOf("everything", rightsOf(permissions(configs.everything)), ({ resource }) => resource !== "pods"),
  ];
  await kubectlOn(
    [{ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace, labels: restrictedNamespace } }],
    "create",
  );
  const maps = Object.entries(configs).map(([name, config]) => ({
    ...object("v1", "ConfigMap", name),
    data: { "config.yaml": toYaml(config) },
  }));
  await kubectlOn(maps, "create");
});

afterAll(async () => {
  await kubectl("delete", "namespace", namespace, "--ignore-not-found");
  await kubectl("delete", "clusterrole,clusterrolebinding", "-l", `test=${namespace}`);
});

function rightsOf(rules: readonly Permission[]): Right[] {
  return rules.flatMap(({ apiGroups: [apiGroup = ""], resources, verbs }) =>
    resources.flatMap((resource) => verbs.map((verb) => ({ apiGroup, resource, verb }))),
  );
}

/** The Collector with all its rights, and one that lacks each of those that are to be tried. */
function trialsOf(config: string, granted: readonly Right[], tried: (right: Right) => boolean = () => true): Trial[] {
  const without = granted.filter(tried).map((dropped) => ({
    name: `${config}-without-${dropped.verb}-${dropped.resource}`,
    config,
    granted: granted.filter((right) => right !== dropped),
    dropped,
  }));
  return [{ name: config, config, granted }, ...without];
}

/** The agent's configuration with every setting of the components at hand that asks for a right of its own. */
function asksForEverything(config: CollectorConfig): CollectorConfig {
  const { k8s_attributes: attributes, ...processors } = config.processors ?? {};
  const { metadata, ...extract } = fields(fields(attributes)["extract"]);
  const from = ["namespace", "node", "deployment", "statefulset", "daemonset", "job"];
  const more = {
    ...extract,
    metadata: [...(metadata as string[]), "k8s.deployment.uid", "k8s.cronjob.uid", "k8s.cluster.uid", "k8s.node.uid"],
    labels: from.map((where) => ({ tag_name: where, key: "app.kubernetes.io/name", from: where })),
  };
  const balancing = {
    resolver: { k8s: { service: "otel-gateway-otlp.observability" } },
    protocol: { otlp: { tls: { insecure: true } } },
  };
  const { traces, ...pipelines } = config.service.pipelines;
  return {
    ...config,
    processors: { ...processors, k8s_attributes: { ...fields(attributes), extract: more } },
    exporters: { ...config.exporters, load_balancing: balancing },
    service: {
      ...config.service,
      pipelines: { ...pipelines, traces: { ...traces!, exporters: [...traces!.exporters, "load_balancing"] } },
    },
  };
}

function object(apiVersion: string, kind: string, name: string) {
  return { apiVersion, kind, metadata: { name, namespace, labels: mark } };
}

/**
 * Where the server can, newer clients have the first list sent as part of the watch, so only `watch` is used. Older clients and servers
 * list; so does this variable of client-go.
 * @see https://kubernetes.io/docs/reference/using-api/api-concepts/#streaming-lists
 */
const lists = { name: "KUBE_FEATURE_WatchListClient", value: "false" };

/** A pod like the agent's, of an account of its own. */
function objectsOf({ name, config, granted, dropped }: Trial, spec: PodSpec): object[] {
  const api = "rbac.authorization.k8s.io";
  const clusterWide = { metadata: { name: `${namespace}-${name}`, labels: mark } };
  const rules = granted.map(({ apiGroup, resource, verb }) => ({
    apiGroups: [apiGroup],
    resources: [resource],
    verbs: [verb],
  }));
  const others = spec.volumes.filter((volume) => volume.name !== "config");
  // It would answer on for longer than it is given to end.
  const [{ lifecycle: _, ...container }] = spec.containers;
  const env = [...container.env, ...(dropped?.verb === "list" ? [lists] : [])];
  const pod = {
    ...spec,
    containers: [{ ...container, env }],
    serviceAccountName: name,
    serviceAccount: name,
    // So that what it said before it gave up can be read.
    restartPolicy: "Never",
    terminationGracePeriodSeconds: 0,
    volumes: [...others, { name: "config", configMap: { name: config } }],
  };
  return [
    object("v1", "ServiceAccount", name),
    { apiVersion: `${api}/v1`, kind: "ClusterRole", ...clusterWide, rules },
    {
      apiVersion: `${api}/v1`,
      kind: "ClusterRoleBinding",
      ...clusterWide,
      roleRef: { apiGroup: api, kind: "ClusterRole", name: clusterWide.metadata.name },
      subjects: [{ kind: "ServiceAccount", name, namespace }],
    },
    { ...object("v1", "Pod", name), spec: pod },
  ];
}

const logOf = (name: string) => kubectl("logs", "-n", namespace, name);

async function isReady(name: string): Promise<boolean> {
  const { status }: Pod = JSON.parse(await kubectl("get", "-n", namespace, `pod/${name}`, "-o", "json"));
  return status.conditions?.find(({ type }) => type === "Ready")?.status === "True";
}

/** Whether the API server has refused it that right, as its own log says. */
function wasRefused(log: string, { verb, resource }: Right): boolean {
  return (
    log.includes(`cannot ${verb} resource \\"${resource}\\"`) || log.includes(`cannot ${verb} resource "${resource}"`)
  );
}

/** Waits until a Collector shows what its rights are worth; undefined when it did, else what is wrong. */
async function shortcoming({ name, dropped }: Trial): Promise<string | undefined> {
  const look = async () => {
    const log = await logOf(name);
    if (dropped !== undefined) expect(wasRefused(log, dropped)).toBe(true);
    else expect(await isReady(name)).toBe(true);
    return log;
  };
  try {
    const log = await vi.waitFor(look, { timeout: 240_000, interval: 2_000 });
    return dropped === undefined && /forbidden/.test(log) ? `${name} is refused something: ${log}` : undefined;
  } catch {
    return dropped === undefined ? `${name} did not get ready` : `${name} works: nothing needs that right`;
  }
}

it("each right of a Collector is needed: without it, and only then, the API server refuses what it asks", {
  timeout: 1_500_000,
}, async () => {
  const found: (string | undefined)[] = [];
  // A few at a time: all at once take longer to start than a startup probe waits for.
  for (let at = 0; at < trials.length; at += 5) {
    const some = trials.slice(at, at + 5);
    await kubectlOn(
      some.flatMap((trial) => objectsOf(trial, spec)),
      "create",
    );
    found.push(...(await Promise.all(some.map(shortcoming))));
  }
  expect(found.filter((one) => one !== undefined)).toEqual([]);
  const tried = new Set(trials.flatMap(({ dropped }) => dropped?.resource ?? []));
  console.log(`${trials.length} Collectors, all but two of them without one right on ${[...tried].join(", ")}`);
  expect(tried.size).toBeGreaterThan(8);
});

it("an agent that may not list pods does not even get ready", async () => {
  expect(await isReady("agent-without-list-pods")).toBe(false);
});

it("nothing else of ours is granted anything, and no other pod of ours has a token", async () => {
  const ours = await objects<Pod>("clusterroles", "-l", "app.kubernetes.io/part-of=throughline");
  expect(ours.map(({ metadata }) => metadata.name)).toEqual(["otel-agent.observability"]);
  const pods = await objects<Pod>("pods", "-A", "-l", "app.kubernetes.io/part-of=throughline");
  const withToken = pods.filter((pod) => JSON.stringify(pod).includes('"serviceAccountToken"'));
  expect(withToken.every(({ metadata }) => metadata.name.startsWith("otel-agent-"))).toBe(true);
  expect(withToken.length).toBeGreaterThan(0);
});

it("every pod of ours runs where Pod Security restricted is enforced, which refuses a careless one", async () => {
  const pods = [
    ...(await objects<Pod>("pods", "-A", "-l", "app.kubernetes.io/part-of=throughline")),
    ...(await objects<Pod>("pods", "-n", "demo")),
  ];
  const places = [...new Set(pods.map(({ metadata }) => metadata.namespace))].sort();
  expect(places).toEqual(["demo", "observability"]);
  for (const place of places) {
    const careless = kubectl("run", "careless", "-n", place, "--image=careless:1", "--dry-run=server");
    await expect(careless).rejects.toThrow(/violates PodSecurity "restricted:latest"/);
  }
});
