import * as pulumi from "@pulumi/pulumi";
import { nodeNameEnv } from "../../instrumentation/sdk-env.ts";
import type { OperatorSetting } from "../settings/operator-settings.ts";
import { names } from "./metadata.ts";

/** The port that the operator listens on for the API server, and that of its Service. */
export const webhookPorts = { container: 9443, service: 443 } as const;

/** Seconds that the API server waits for an answer: its default, so that a node that stands still for a moment costs no pod its traces. */
const timeoutSeconds = 10;

/** A pod with an annotation of its own that asks for injection. */
const annotated =
  "has(object.metadata.annotations) && object.metadata.annotations.exists(key, key.startsWith('instrumentation.opentelemetry.io/inject-'))";

/** A pod without the variable that every injection leaves, whoever did it: what this program injected never gets to the operator. */
const notInjected = ["containers", "initContainers"]
  .map((part) => `(!has(object.spec.${part}) || !object.spec.${part}.exists(one, ${sets("one", nodeNameEnv)}))`)
  .join(" && ");

function sets(container: string, variable: string): string {
  return `has(${container}.env) && ${container}.env.exists(each, each.name == '${variable}')`;
}

export interface WebhooksArgs extends Pick<OperatorSetting, "namespaces" | "failurePolicy" | "pods"> {
  /** Where the operator stands. */
  readonly namespace: string;
  /** The authorities that may sign its certificate, PEM. */
  readonly authorities: pulumi.Input<string>;
}

/**
 * What the API server asks the operator, which is the least that can be: about new pods that opted in and are not injected yet, and about
 * Instrumentations, all in the namespaces of the setting. Annotations can't be selected by label, so a condition reads them.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#matching-requests-matchconditions
 */
export function operatorWebhooks(args: WebhooksArgs) {
  const { namespace, namespaces, failurePolicy, pods } = args;
  const caBundle = pulumi.output(args.authorities).apply((text) => Buffer.from(text).toString("base64"));
  const webhook = (
    name: string,
    path: string,
    operations: string[],
    of: { group: string; version: string; resource: string },
  ) => ({
    name: `${name}.throughline.dev`,
    admissionReviewVersions: ["v1"],
    sideEffects: "None",
    failurePolicy,
    timeoutSeconds,
    matchPolicy: "Equivalent",
    // Every namespace carries its name as a label, which nobody can take away.
    namespaceSelector: {
      matchExpressions: [{ key: "kubernetes.io/metadata.name", operator: "In", values: [...namespaces] }],
    },
    rules: [
      { apiGroups: [of.group], apiVersions: [of.version], resources: [of.resource], operations, scope: "Namespaced" },
    ],
    clientConfig: { service: { name: names.operator, namespace, path, port: webhookPorts.service }, caBundle },
  });
  const instrumentations = { group: "opentelemetry.io", version: "v1alpha1", resource: "instrumentations" };
  const forInstrumentations = (name: string, action: string) =>
    webhook(name, `/${action}-opentelemetry-io-v1alpha1-instrumentation`, ["CREATE", "UPDATE"], instrumentations);
  return {
    mutating: [
      {
        ...webhook("pods", "/mutate-v1-pod", ["CREATE"], { group: "", version: "v1", resource: "pods" }),
        // Containers that another webhook adds later are not looked at, as with the operator's own manifest.
        reinvocationPolicy: "Never",
        matchConditions: [
          ...(pods === "annotated" ? [{ name: "annotated", expression: annotated }] : []),
          { name: "not-injected", expression: notInjected },
        ],
      },
      { ...forInstrumentations("instrumentation-defaults", "mutate"), reinvocationPolicy: "Never" },
    ],
    validating: [forInstrumentations("instrumentations", "validate")],
  };
}
