import { type Fields, fields, items } from "../common/objects.ts";
import { at, find, matches, ofKind, podsBehind } from "./objects.ts";
import { list, type Pod } from "./pods.ts";
import type { Manifest, Rule } from "./types.ts";

const practices = "https://kubernetes.io/docs/concepts/cluster-administration/admission-webhooks-good-practices/";

interface Webhook {
  readonly object: Manifest;
  readonly spec: Fields;
  readonly path: string;
}

function webhooksOf(manifests: readonly Manifest[]): Webhook[] {
  return ofKind(manifests, "MutatingWebhookConfiguration", "ValidatingWebhookConfiguration").flatMap((object) =>
    list(object["webhooks"]).map((spec) => ({ object, spec, path: `webhooks ${spec["name"]}` })),
  );
}

const sparesItself: Rule = {
  name: "webhook-spares-its-own-pods",
  description: "A webhook that refuses when it does not answer is not asked about its own pods.",
  why: "When all of them are gone none can start, since none is there to be asked: the cluster locks itself out.",
  source: practices,
  severity: "error",
  example: {
    wrong:
      "failurePolicy: Fail\nrules: [{operations: [CREATE], apiGroups: [''], apiVersions: [v1], resources: [pods]}]",
    right:
      "failurePolicy: Fail\nnamespaceSelector: {matchExpressions: [{key: kubernetes.io/metadata.name, operator: NotIn, values: [observability]}]}\nrules: [{operations: [CREATE], apiGroups: [''], apiVersions: [v1], resources: [pods]}]",
  },
  check: (manifests) =>
    webhooksOf(manifests).flatMap(({ object, spec, path }) => {
      if ((spec["failurePolicy"] ?? "Fail") !== "Fail" || !seesPods(spec)) return [];
      const { name, namespace } = fields(at(spec, "clientConfig", "service"));
      const service = find(manifests, "Service", String(namespace), name);
      const own = (service && podsBehind(service, manifests)) ?? [];
      const message = `is asked about its own pods in ${namespace}, and Fail refuses them when none of them answers`;
      const fix = `namespaceSelector: {matchExpressions: [{key: kubernetes.io/metadata.name, operator: NotIn, values: [${namespace}]}]}`;
      return own.some((pod) => isAsked(spec, pod, manifests)) ? [{ object, path, message, fix }] : [];
    }),
};

/** Whether it is asked when pods are made. */
function seesPods({ rules }: Fields): boolean {
  return list(rules).some(({ apiGroups, resources, operations }) => {
    const has = (value: unknown, ...wanted: string[]) => items(value).some((one) => wanted.includes(String(one)));
    return has(apiGroups, "", "*") && has(resources, "pods", "*", "*/*") && has(operations, "CREATE", "*");
  });
}

/** Conditions in CEL are taken as leaving the own pods out. */
function isAsked(spec: Fields, pod: Pod, manifests: readonly Manifest[]): boolean {
  const labels = fields(find(manifests, "Namespace", "default", pod.namespace)?.metadata["labels"]);
  return (
    items(spec["matchConditions"]).length === 0 &&
    matches(spec["objectSelector"], pod.labels) &&
    matches(spec["namespaceSelector"], { ...labels, "kubernetes.io/metadata.name": pod.namespace })
  );
}

const answersSoon: Rule = {
  name: "webhook-answers-soon",
  description: "The API server waits at most ten seconds for a webhook.",
  why: "All requests that it is asked about wait as long when it hangs.",
  source: practices,
  severity: "warning",
  example: { wrong: "timeoutSeconds: 30", right: "timeoutSeconds: 10" },
  check: (manifests) =>
    webhooksOf(manifests)
      .filter(({ spec }) => typeof spec["timeoutSeconds"] === "number" && spec["timeoutSeconds"] > 10)
      .map(({ object, spec, path }) => ({
        object,
        path,
        message: `may take ${spec["timeoutSeconds"]} s`,
        fix: "timeoutSeconds: 10",
      })),
};

const isNarrow: Rule = {
  name: "webhook-asks-for-little",
  description: "A webhook is asked about the kinds it knows, not about everything.",
  why: "Everything includes leases and nodes: while it is away the cluster stands still.",
  source: practices,
  severity: "error",
  example: {
    wrong: "rules: [{apiGroups: ['*'], apiVersions: ['*'], resources: ['*'], operations: [CREATE]}]",
    right: "rules: [{apiGroups: [''], apiVersions: [v1], resources: [pods], operations: [CREATE]}]",
  },
  check: (manifests) =>
    webhooksOf(manifests)
      .filter(
        ({ spec }) =>
          (spec["failurePolicy"] ?? "Fail") === "Fail" &&
          spec["namespaceSelector"] === undefined &&
          spec["objectSelector"] === undefined,
      )
      .filter(({ spec }) =>
        list(spec["rules"]).some(
          ({ resources, apiGroups }) =>
            items(apiGroups).includes("*") && items(resources).some((one) => one === "*" || one === "*/*"),
        ),
      )
      .map(({ object, path }) => ({
        object,
        path,
        message: "is asked about every kind there is",
        fix: "rules: name apiGroups and resources",
      })),
};

const sameAuthority: Rule = {
  name: "webhook-has-authority",
  description: "Every webhook of a configuration has its authority where others of it have theirs.",
  why: "The API server does not believe the certificate, and the webhook counts as not answering.",
  source:
    "https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#authenticate-apiservers",
  severity: "error",
  example: {
    wrong: "webhooks: [{name: a.example.com, clientConfig: {caBundle: LS0t}}, {name: b.example.com, clientConfig: {}}]",
    right:
      "webhooks: [{name: a.example.com, clientConfig: {caBundle: LS0t}}, {name: b.example.com, clientConfig: {caBundle: LS0t}}]",
  },
  check: (manifests) => {
    const all = webhooksOf(manifests).filter(({ spec }) => at(spec, "clientConfig", "service") !== undefined);
    const key = ({ spec }: Webhook) => {
      const { namespace, name } = fields(at(spec, "clientConfig", "service"));
      return `${namespace}/${name}`;
    };
    const has = ({ spec }: Webhook) => at(spec, "clientConfig", "caBundle") !== undefined;
    // Who fills it in later fills in all of them.
    const given = new Set(all.filter(has).map(key));
    return all
      .filter((webhook) => !has(webhook) && given.has(key(webhook)))
      .map(({ object, path }) => ({
        object,
        path,
        message: "has no caBundle, which others with the same Service have",
        fix: "clientConfig: {caBundle: that of the others}",
      }));
  },
};

export const webhookRules: readonly Rule[] = [sparesItself, answersSoon, isNarrow, sameAuthority];
