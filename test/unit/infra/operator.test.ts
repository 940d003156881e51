import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { UserError } from "../../../common/errors.ts";
import { stackInstrumentation } from "../../../infra/injection.ts";
import { instrumentationDefinition } from "../../../infra/kubernetes/operator-crd.ts";
import { program } from "../../../infra/program.ts";
import { type Rendering, render } from "../../../infra/render/render.ts";
import { parseSettings } from "../../../infra/settings/settings.ts";
import { images } from "../../../infra/versions.ts";
import { defaultImages, withDefaults } from "../../../instrumentation/defaulter.ts";
import { inject } from "../../../instrumentation/inject.ts";
import { nodeNameEnv } from "../../../instrumentation/sdk-env.ts";
import type { Language, PodSpec } from "../../../instrumentation/types.ts";
import type { Manifest } from "../../../policy/types.ts";

type Fields = Record<string, never>;

const rendered = (operator: object, more: Record<string, string> = {}) =>
  render(() => program(parseSettings({ operator: JSON.stringify(operator), ...more })));

function find({ manifests }: Rendering<unknown>, kind: string, name = "otel-operator") {
  const found = manifests.find((one) => one.kind === kind && one.metadata.name === name);
  if (found === undefined) throw new Error(`no ${kind} ${name}`);
  return found as Manifest & Fields;
}
const ofOperator = ({ manifests }: Rendering<unknown>) =>
  manifests.filter(({ metadata }) => /operator|instrumentations/.test(metadata.name)).map(({ kind }) => kind);

describe("the setting", () => {
  const problems = (raw: Record<string, string>) => {
    try {
      parseSettings(raw);
      return [];
    } catch (error) {
      if (error instanceof UserError) return error.problems;
      throw error;
    }
  };

  test("is off by default, and then nothing of the operator is made", async () => {
    expect(parseSettings({ operator: "{}" }).operator).toBeUndefined();
    expect(ofOperator(await render(() => program(parseSettings({}))))).toEqual([]);
  });

  test("needs the namespaces only", () => {
    expect(parseSettings({ operator: '{"namespaces":["shop"]}' }).operator).toEqual({
      namespaces: ["shop"],
      pods: "annotated",
      failurePolicy: "Ignore",
      replicas: undefined,
      readSecrets: false,
    });
  });

  test.each([
    [
      { failurePolicy: "Fail" },
      "throughline:operator.namespaces is not set; allowed: a list of namespaces (a-z, 0-9, -; 63 at most), at least one. Write: pulumi config set --path 'throughline:operator.namespaces[0]' shop",
    ],
    [
      { namespaces: ["shop"], failurePolicy: "ignore" },
      "throughline:operator.failurePolicy is \"ignore\"; allowed: Ignore, Fail. Did you mean Ignore? Write: pulumi config set --path 'throughline:operator.failurePolicy' Ignore",
    ],
    [
      { namespaces: ["shop", "observability"] },
      "throughline:operator.namespaces[1] is \"observability\", which is where the operator itself and the Collectors run; allowed: namespaces of workloads, each once. Write: pulumi config rm --path 'throughline:operator.namespaces[1]'",
    ],
    [{ namespaces: ["kube-system"] }, /is "kube-system", which belongs to the cluster itself/],
    [{ namespaces: ["a", "a"] }, /namespaces\[1\] is "a", which is in the list already/],
  ])("%j is refused", (operator, message) => {
    expect(problems({ operator: JSON.stringify(operator) })).toEqual([
      typeof message === "string" ? message : expect.stringMatching(message),
    ]);
  });

  test("gives a reason to change certificates even where the tiers have none", () => {
    expect(problems({ tlsGeneration: "2" })).toEqual([expect.stringContaining("there is no operator")]);
    expect(problems({ tlsGeneration: "2", operator: '{"namespaces":["shop"]}' })).toEqual([]);
  });
});

describe("what the API server asks the operator", () => {
  const webhooksOf = (made: Rendering<unknown>) =>
    ["Mutating", "Validating"].flatMap(
      (kind) =>
        find(made, `${kind}WebhookConfiguration`, "otel-operator.observability")["webhooks"] as unknown as {
          failurePolicy: string;
          timeoutSeconds: number;
          namespaceSelector: object;
          clientConfig: { service: object; caBundle: string };
          rules: { resources: string[]; operations: string[] }[];
          matchConditions?: { name: string; expression: string }[];
        }[],
    );

  test("is about the namespaces of the setting alone, with the policy of the setting", async () => {
    const made = await rendered({ namespaces: ["shop", "web"], failurePolicy: "Fail" });
    for (const webhook of webhooksOf(made)) {
      expect(webhook.failurePolicy).toBe("Fail");
      expect(webhook.timeoutSeconds).toBeLessThanOrEqual(10);
      expect(webhook.namespaceSelector).toEqual({
        matchExpressions: [{ key: "kubernetes.io/metadata.name", operator: "In", values: ["shop", "web"] }],
      });
      expect(webhook.clientConfig.service).toMatchObject({ name: "otel-operator", namespace: "observability" });
      expect(webhook.rules.flatMap(({ operations }) => operations)).not.toContain("DELETE");
    }
    const conditions = webhooksOf(made)[0]?.matchConditions?.map(({ name }) => name);
    expect(conditions).toEqual(["annotated", "not-injected"]);
  });

  test("is about every pod that is not injected yet where annotations stand on namespaces", async () => {
    const [pods] = webhooksOf(await rendered({ namespaces: ["shop"], pods: "all" }));
    expect(pods?.matchConditions?.map(({ name }) => name)).toEqual(["not-injected"]);
    expect(pods?.failurePolicy).toBe("Ignore");
  });

  test.each(["java", "nodejs", "python", "dotnet", "sdk"] as const)(
    "leaves out what was injected here for %s, by the variable that the condition names",
    async (language: Language) => {
      const result = inject({
        workload: {
          apiVersion: "v1",
          kind: "Pod",
          metadata: { name: "a", annotations: { [`instrumentation.opentelemetry.io/inject-${language}`]: "true" } },
          spec: { containers: [{ name: "a", image: "a:1" }] },
        },
        namespace: { name: "shop" },
        instrumentations: [{ namespace: "shop", name: "default", spec: stackInstrumentation(parseSettings({})) }],
      });
      const { containers = [] } = result.workload["spec"] as PodSpec;
      expect(result.problems).toEqual([]);
      expect(containers.flatMap(({ env = [] }) => env).map(({ name }) => name)).toContain(nodeNameEnv);
      const made = await rendered({ namespaces: ["shop"] });
      expect(webhooksOf(made)[0]?.matchConditions?.[1]?.expression).toContain(`== '${nodeNameEnv}'`);
    },
  );
});

test("the API server is told of the webhooks after everything else is there", async () => {
  const { resources } = await rendered({ namespaces: ["shop"] });
  const kinds = resources.map(({ type }) => type.split(":").at(-1));
  expect(kinds.slice(-2).sort()).toEqual(["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"]);
});

test("a new generation shows the pods another Secret", async () => {
  const volumes = async (tlsGeneration: string) => {
    const made = await rendered({ namespaces: ["shop"] }, { tlsGeneration });
    const { spec } = find(made, "Deployment")["spec"] as unknown as {
      spec: unknown;
      template: { spec: Fields };
    } & Fields;
    expect(spec).toBeUndefined();
    return JSON.stringify(find(made, "Deployment"));
  };
  expect(await volumes("1")).toContain('"secretName":"otel-operator-tls-1"');
  expect(await volumes("2")).toContain('"secretName":"otel-operator-tls-2"');
});

test("each namespace gets the stack's Instrumentation with everything filled in that the operator would", async () => {
  const made = await rendered({ namespaces: ["shop", "web"] }, { sampler: "always_off" });
  const found = made.manifests.filter(({ kind }) => kind === "Instrumentation");
  expect(found.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`)).toEqual([
    "shop/default",
    "web/default",
  ]);
  expect(found[0]?.["spec"]).toEqual(withDefaults(stackInstrumentation(parseSettings({ sampler: "always_off" }))));
  expect(found[0]?.metadata["annotations"]).toEqual(
    Object.fromEntries(
      Object.entries({ ...defaultImages, "apache-httpd": defaultImages.apacheHttpd })
        .filter(([field]) => field !== "apacheHttpd")
        .map(([field, image]) => [
          `instrumentation.opentelemetry.io/default-auto-instrumentation-${field}-image`,
          image,
        ]),
    ),
  );
});

describe("the definition of Instrumentation", () => {
  interface Schema {
    type?: string;
    properties?: Record<string, Schema>;
    additionalProperties?: Schema;
    items?: Schema;
    [extension: string]: unknown;
  }
  const [version] = instrumentationDefinition.versions as unknown as { schema: { openAPIV3Schema: Schema } }[];
  const schema = version!.schema.openAPIV3Schema;

  /** Fields of a value that the schema would drop. */
  const pruned = (
    value: unknown,
    { properties, items, additionalProperties, ...rest }: Schema,
    path = "",
  ): string[] => {
    if (rest["x-kubernetes-preserve-unknown-fields"] === true) return [];
    if (Array.isArray(value))
      return items ? value.flatMap((one, index) => pruned(one, items, `${path}[${index}]`)) : [path];
    if (typeof value !== "object" || value === null) return [];
    return Object.entries(value).flatMap(([key, inner]) => {
      const next = properties?.[key] ?? additionalProperties;
      return next === undefined ? [`${path}.${key}`] : pruned(inner, next, `${path}.${key}`);
    });
  };

  test("keeps every field of the stack's own Instrumentation", () => {
    expect(pruned(withDefaults(stackInstrumentation(parseSettings({}))), schema.properties!["spec"]!)).toEqual([]);
    expect(pruned({ javas: {} }, schema.properties!["spec"]!)).toEqual([".javas"]);
  });

  test("is structural: every part says its type, or that it takes anything", () => {
    const untyped = (part: Schema, path: string): string[] => [
      ...(part.type !== undefined || part["x-kubernetes-int-or-string"] === true ? [] : [path]),
      ...Object.entries(part.properties ?? {}).flatMap(([key, inner]) => untyped(inner, `${path}.${key}`)),
      ...[part.items, part.additionalProperties].flatMap((inner) => (inner ? untyped(inner, `${path}[]`) : [])),
    ];
    expect(untyped(schema, "")).toEqual([]);
  });

  test("stays when the stack goes", async () => {
    const { resources } = await rendered({ namespaces: ["shop"] });
    const made = resources.filter(({ type }) => type.endsWith(":CustomResourceDefinition"));
    expect(made.map(({ name }) => name)).toEqual(["instrumentations"]);
  });
});

test("its rights are reading what it looks up, and no Secret unless asked for", async () => {
  const rights = async (more: object) => {
    const rules = find(await rendered({ namespaces: ["shop"], ...more }), "ClusterRole", "otel-operator.observability")[
      "rules"
    ];
    return (rules as unknown as { resources: string[]; verbs: string[] }[]).map(
      ({ resources, verbs }) => `${resources.join(",")}: ${verbs.join(",")}`,
    );
  };
  const usual = [
    "namespaces: list,watch",
    "instrumentations: list,watch",
    "replicasets: list,watch",
    "jobs: list,watch",
  ];
  expect(await rights({})).toEqual(usual);
  expect(await rights({ readSecrets: true })).toEqual([...usual, "secrets,configmaps: list,watch"]);
});

test("one replica comes without a disruption budget, and the image is the pinned one", async () => {
  const one = await rendered({ namespaces: ["shop"], replicas: 1 });
  expect(ofOperator(one)).not.toContain("PodDisruptionBudget");
  expect(ofOperator(await rendered({ namespaces: ["shop"] }))).toContain("PodDisruptionBudget");
  expect(JSON.stringify(parse(JSON.stringify(find(one, "Deployment"))))).toContain(images.operator);
});
