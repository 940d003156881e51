import { type Permission, permissions } from "../collector-config/permissions.ts";
import { read } from "../collector-config/rules/reading.ts";
import type { CollectorConfig } from "../collector-config/types.ts";
import { type Fields, fields } from "../common/objects.ts";
import { operatorPermissions } from "../infra/kubernetes/operator-rbac.ts";
import { accountOf, grantedTo, mountsToken } from "./accounts.ts";
import { type Configured, collectorPods } from "./configurations.ts";
import { letsOut, policiesOf } from "./network-policies.ts";
import { at, find, misspelt, objectsIn, ofKind } from "./objects.ts";
import { list, namespaceOf, type Pod, podsOf } from "./pods.ts";
import type { Finding, Manifest, Rule } from "./types.ts";

const practices = "https://kubernetes.io/docs/concepts/security/rbac-good-practices/";
const rbac = "https://kubernetes.io/docs/reference/access-authn-authz/rbac/";

/** What a program asks of the API server, as `group/resource verb`. */
interface Needs {
  /** Without which it does not work. */
  readonly required: ReadonlySet<string>;
  /** What it may need too, depending on its version or on settings that are not here. Undefined: anything. */
  readonly optional: ReadonlySet<string> | undefined;
}

function expanded(rules: readonly (Permission | Fields)[]): string[] {
  const texts = (value: unknown) => (Array.isArray(value) ? value.map(String) : []);
  return rules.flatMap(({ apiGroups, resources, verbs }) =>
    texts(apiGroups).flatMap((group) =>
      texts(resources).flatMap((resource) => texts(verbs).map((verb) => `${group}/${resource} ${verb}`)),
    ),
  );
}

const watched = ["get", "list", "watch"];

const letsApiOut: Rule = {
  name: "network-policy-lets-api-out",
  description: "A pod whose components ask the API server may reach it.",
  why: "Enrichment and injection wait for answers that never come.",
  source: "https://kubernetes.io/docs/concepts/services-networking/network-policies/",
  severity: "error",
  example: {
    wrong: "egress: [{ports: [{port: 4317}]}]",
    right: "egress: [{ports: [{port: 4317}]}, {ports: [{port: 443}, {port: 6443}]}]",
  },
  check: (manifests) =>
    podsOf(manifests).flatMap((pod) => {
      const [policy] = policiesOf(pod, "Egress", manifests);
      if (policy === undefined || (needsOf(pod, manifests)?.required.size ?? 0) === 0) return [];
      // Behind its Service it listens on 6443 nearly everywhere, and which of the two counts depends on the network.
      const open = [443, 6443].some((port) => letsOut(pod, port, manifests));
      const message = `does not let ${pod.owner.kind} ${pod.owner.metadata.name} ask the API server`;
      const fix = "egress: [{ports: [{port: 443}, {port: 6443}]}]";
      return open ? [] : [{ object: policy, path: "spec.egress", message, fix }];
    }),
};

/** Components that ask the API server for more than `permissions` knows. */
const others =
  /k8s|kube|prometheus$|observer|receiver_?creator|leader|discovery|opamp|ecs|datadog|azure|google|aws|splunk|signalfx/;

/** What the Collectors of a pod need. */
function collectorNeeds(configurations: readonly Configured[]): Needs {
  const configs = configurations.map(({ config }) => ({
    ...fields(config),
    exporters: fields(at(config, "exporters")),
  }));
  const required = new Set(configs.flatMap((config) => expanded(permissions(config as unknown as CollectorConfig))));
  const components = configs.map(read);
  const unknown = components
    .flatMap(({ receivers, processors, extensions }) => [...receivers, ...processors, ...extensions])
    .some(({ type }) => type !== "k8s_attributes" && type !== "resource_detection" && others.test(type));
  const enriches = components.some(({ processors }) => processors.some(({ type }) => type === "k8s_attributes"));
  // Up to some versions the Deployment's name was looked up at its ReplicaSet.
  const replicaSets = { apiGroups: ["apps", "extensions"], resources: ["replicasets"], verbs: watched };
  // Upstream's documents grant `get` to whoever lists, which reads no more.
  const single = [...required].filter((one) => one.endsWith(" list")).map((one) => one.replace(/list$/, "get"));
  return {
    required,
    optional: unknown ? undefined : new Set([...single, ...(enriches ? expanded([replicaSets]) : [])]),
  };
}

/** What a pod needs; undefined where nothing tells. */
function needsOf(pod: Pod, manifests: readonly Manifest[]): Needs | undefined {
  const containers = list(pod.spec["containers"]);
  const [first] = containers;
  const configurations = collectorPods(manifests).get(pod);
  if (configurations) {
    const { required, optional } = collectorNeeds(configurations);
    return { required, optional: containers.length === 1 ? optional : undefined };
  }
  const isOperator = /\/opentelemetry-operator[:@]/.test(String(first?.["image"]));
  const args = first?.["args"];
  if (!isOperator || containers.length > 1 || !Array.isArray(args) || !args.includes("webhook-server"))
    return undefined;
  const required = new Set(expanded(operatorPermissions(false)));
  return { required, optional: new Set(expanded(operatorPermissions(true))) };
}

const covers: Rule = {
  name: "rbac-covers-components",
  description: "A program whose components ask the API server is granted what they ask, and has the token to ask with.",
  why: "The component waits at its start for what it may not read, or goes on without it.",
  source:
    "https://github.com/open-telemetry/opentelemetry-collector-contrib/blob/main/processor/k8sattributesprocessor/README.md#cluster-scoped-rbac",
  severity: "error",
  example: {
    wrong: 'rules: [{apiGroups: [""], resources: [pods], verbs: [get]}]',
    right: 'rules: [{apiGroups: [""], resources: [pods], verbs: [get, list, watch]}]',
  },
  check: (manifests) =>
    podsOf(manifests).flatMap((pod): Finding[] => {
      const { required = new Set<string>() } = needsOf(pod, manifests) ?? {};
      const [namespace = "", name = ""] = accountOf(pod).split("/");
      if (required.size === 0) return [];
      const { known, hidden } = grantedTo(pod, manifests) ?? { known: [], hidden: false };
      const account = find(manifests, "ServiceAccount", namespace, name);
      const tokenless: Finding[] = mountsToken(pod, manifests)
        ? []
        : [
            {
              object: pod.owner,
              message: "asks the API server and has no token",
              fix: "automountServiceAccountToken: true",
            },
          ];
      // Who made the account elsewhere may have granted it something there.
      if (hidden || (account === undefined && known.length === 0)) return tokenless;
      const rules = known.flatMap((role) => list(role["rules"]));
      const missing = [...required].filter((one) => !rules.some((rule) => allows(rule, one)));
      const object = known[0] ?? account ?? pod.owner;
      const message = `grants ServiceAccount ${name} no ${missing.map(spoken).join(", ")}`;
      return missing.length === 0 ? tokenless : [...tokenless, { object, message, fix: asRules(missing) }];
    }),
};

function allows(rule: Fields, needed: string): boolean {
  const [resource = "", verb = ""] = needed.split(" ");
  const [group = "", name = ""] = resource.split("/");
  const has = (value: unknown, one: string) => Array.isArray(value) && (value.includes(one) || value.includes("*"));
  // A rule for named objects does not let anyone list.
  return (
    has(rule["apiGroups"], group) &&
    has(rule["resources"], name) &&
    has(rule["verbs"], verb) &&
    rule["resourceNames"] === undefined
  );
}

/** `list pods` of `/pods list`. */
function spoken(one: string): string {
  const [resource = "", verb = ""] = one.split(" ");
  return `${verb} ${resource.replace(/^\//, "")}`;
}

function asRules(needed: readonly string[]): string {
  const groups = Map.groupBy(needed, (one) => one.split(" ")[0] ?? "");
  const rules = [...groups].map(([resource, all]) => {
    const [group = "", name = ""] = resource.split("/");
    const verbs = all.map((one) => one.split(" ")[1]).join(", ");
    return `{apiGroups: ["${group}"], resources: [${name}], verbs: [${verbs}]}`;
  });
  return `rules: [${rules.join(", ")}]`;
}

const needed: Rule = {
  name: "rbac-needed",
  description: "An account of a Collector or operator is granted nothing that no enabled component asks for.",
  why: "Whoever breaks into the program can do it too.",
  source: practices,
  severity: "warning",
  example: {
    wrong: 'rules: [{apiGroups: [""], resources: [pods, secrets], verbs: [get, list, watch]}] # for k8s_attributes',
    right: 'rules: [{apiGroups: [""], resources: [pods], verbs: [get, list, watch]}]',
  },
  check: (manifests) => {
    const pods = podsOf(manifests);
    const byAccount = Map.groupBy(pods, accountOf);
    return [...byAccount.values()].flatMap((users) => {
      const needs = users.map((pod) => needsOf(pod, manifests));
      // An account of several programs is needed by all of them.
      if (needs.some((one) => one?.optional === undefined)) return [];
      const wanted = new Set(needs.flatMap((one) => [...(one?.required ?? []), ...(one?.optional ?? [])]));
      const [first] = users;
      return (first ? (grantedTo(first, manifests)?.known ?? []) : []).flatMap((role) => {
        const extra = expanded(list(role["rules"])).filter((one) => !one.includes("*") && !wanted.has(one));
        const message = `grants ${extra.map(spoken).join(", ")}, which nothing in ${first?.owner.metadata.name} needs`;
        return extra.length === 0 ? [] : [{ object: role, path: "rules", message, fix: "take it out" }];
      });
    });
  },
};

const bindingResolves: Rule = {
  name: "binding-resolves",
  description: "A binding names a role and an account as they are spelt among the manifests.",
  why: "The API server accepts the binding, which then grants nothing.",
  source: rbac,
  severity: "error",
  example: {
    wrong: "subjects: [{kind: ServiceAccount, name: otel-agnet, namespace: observability}]",
    right: "subjects: [{kind: ServiceAccount, name: otel-agent, namespace: observability}]",
  },
  check: (manifests) =>
    ofKind(manifests, "RoleBinding", "ClusterRoleBinding").flatMap((object): Finding[] => {
      const wrong = (kind: string, namespace: string, name: unknown, path: string): Finding[] => {
        if (typeof name !== "string" || find(manifests, kind, namespace, name)) return [];
        const names = objectsIn(manifests, kind, namespace).map(({ metadata }) => metadata.name);
        const meant = misspelt(name, names);
        const message = `names ${kind} ${name}, which is not there`;
        return meant === undefined ? [] : [{ object, path, message, fix: `name: ${meant}` }];
      };
      const { kind, name } = fields(object["roleRef"]);
      return [
        ...wrong(String(kind), kind === "Role" ? namespaceOf(object) : "default", name, "roleRef"),
        ...list(object["subjects"]).flatMap((subject) =>
          subject["kind"] === "ServiceAccount"
            ? wrong("ServiceAccount", String(subject["namespace"] ?? namespaceOf(object)), subject["name"], "subjects")
            : [],
        ),
      ];
    }),
};

const narrowSubjects: Rule = {
  name: "no-broad-binding",
  description: "Nothing is granted to the default account, to everyone, or by cluster-admin.",
  why: "Every pod that names no account has the default one, and a group of everyone has no limit at all.",
  source: practices,
  severity: "error",
  example: {
    wrong: "subjects: [{kind: ServiceAccount, name: default, namespace: observability}]",
    right: "subjects: [{kind: ServiceAccount, name: otel-agent, namespace: observability}]",
  },
  check: (manifests) =>
    ofKind(manifests, "RoleBinding", "ClusterRoleBinding").flatMap((object): Finding[] => [
      ...(at(object, "roleRef", "name") === "cluster-admin"
        ? [{ object, path: "roleRef", message: "grants cluster-admin", fix: "roleRef: a role with what is used" }]
        : []),
      ...list(object["subjects"])
        .filter(
          ({ kind, name }) =>
            (kind === "ServiceAccount" && name === "default") ||
            /^system:(anonymous|authenticated|unauthenticated|serviceaccounts(:.*)?)$/.test(String(name)),
        )
        .map(({ kind, name }) => ({
          object,
          path: "subjects",
          message: `grants to ${kind} ${name}`,
          fix: "subjects: [{kind: ServiceAccount, name: an account of its own}]",
        })),
    ]),
};

const escalating: readonly [verb: RegExp, resource: RegExp, what: string][] = [
  [/^(escalate|bind|impersonate)$/, /./, "its holder may get any other right"],
  [/./, /^nodes\/proxy$/, "its holder may run commands in every pod of the node"],
  [/^(create|get)$/, /^pods\/(exec|attach)$/, "its holder may run commands in other pods"],
  [/^create$/, /^serviceaccounts\/token$/, "its holder may make tokens of other accounts"],
];

const noEscalation: Rule = {
  name: "no-escalating-rbac",
  description: "No role of a tracing stack lets its holder get rights beyond it.",
  why: "Such a right is worth all others: through nodes/proxy or pods/exec one runs commands elsewhere.",
  source: practices,
  severity: "error",
  example: {
    wrong: 'rules: [{apiGroups: [""], resources: [nodes/proxy], verbs: [get]}]',
    right: 'rules: [{apiGroups: [""], resources: [nodes/stats], verbs: [get]}]',
  },
  check: (manifests) =>
    ofKind(manifests, "Role", "ClusterRole").flatMap((object) =>
      expanded(list(object["rules"]).filter((rule) => rule["resourceNames"] === undefined)).flatMap((one) => {
        const [resource = "", verb = ""] = one.split(" ");
        const found = escalating.find(
          ([verbs, resources]) => verbs.test(verb) && resources.test(resource.replace(/^[^/]*\//, "")),
        );
        return found
          ? [{ object, path: "rules", message: `grants ${spoken(one)}: ${found[2]}`, fix: "take it out" }]
          : [];
      }),
    ),
};

export const rbacRules: readonly Rule[] = [letsApiOut, covers, needed, bindingResolves, narrowSubjects, noEscalation];
