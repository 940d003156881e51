import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { agentFields, withDefaults } from "../../instrumentation/defaulter.ts";
import type { InstrumentationSpec } from "../../instrumentation/types.ts";
import type { OperatorSetting } from "../settings/operator-settings.ts";
import { agentImages } from "../versions.ts";
import { enclosure } from "./enclosure.ts";
import { authorityKey, certificateSecrets, encoded } from "./generations.ts";
import { labels, metadata, names, selector } from "./metadata.ts";
import { instrumentationDefinition } from "./operator-crd.ts";
import { agentFlag, certificateFiles, operatorPod } from "./operator-pod.ts";
import { operatorPermissions } from "./operator-rbac.ts";
import { operatorWebhooks, webhookPorts } from "./operator-webhooks.ts";
import { granted } from "./part.ts";

export interface OperatorArgs extends OperatorSetting {
  /** Where it stands. The namespace exists already. */
  readonly namespace: string;
  /** The generation of certificates that it shows. Raise it by one at a time. */
  readonly generation: number;
  /** What the pods are instrumented with. Images and resources that it does not name are filled in as the operator would. */
  readonly spec: InstrumentationSpec;
}

/**
 * The OpenTelemetry Operator as a mere webhook, for workloads that this program does not make.
 *
 * The API server is told of it last, when its pods answer and the Instrumentations are there, so no pod waits for an operator that is
 * not up, or is passed by for want of an Instrumentation. On the way down that is the first thing to go, so nothing is left that would ask
 * a webhook which is gone. The definition of Instrumentation stays, because with it all Instrumentations would go, the users' own too.
 */
export class Operator extends pulumi.ComponentResource {
  constructor(name: string, args: OperatorArgs, opts?: pulumi.ComponentResourceOptions) {
    super("throughline:index:Operator", name, {}, opts);
    const { namespace, generation } = args;
    const replicas = args.replicas ?? 2;
    const child = { parent: this };
    const meta = metadata(names.operator, namespace);
    const certificates = new OperatorCertificates(`${name}-tls`, { namespace, generation }, child);
    const definition = new k8s.apiextensions.v1.CustomResourceDefinition(
      "instrumentations",
      {
        metadata: {
          name: "instrumentations.opentelemetry.io",
          labels: labels(names.operator),
          annotations: { ...takesOver, ...outlives },
        },
        spec: instrumentationDefinition,
      },
      { ...child, retainOnDelete: true },
    );
    const permissions = operatorPermissions(args.readSecrets);
    const part = { name: names.operator, doors: [{ ports: ["webhook"] }], ways: [], permissions };
    const { account, policy } = enclosure(part, namespace, child);
    const deployment = new k8s.apps.v1.Deployment(
      name,
      {
        metadata: meta,
        spec: {
          replicas,
          // The new pod answers before the old one goes, so there is always one to ask.
          strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
          selector: { matchLabels: selector(names.operator) },
          template: operatorPod({ replicas, secret: secretName(generation) }),
        },
      },
      { ...child, dependsOn: [certificates, definition, policy, ...granted(part, namespace, account, this)] },
    );
    if (replicas > 1) {
      new k8s.policy.v1.PodDisruptionBudget(
        name,
        { metadata: meta, spec: { maxUnavailable: 1, selector: { matchLabels: selector(names.operator) } } },
        child,
      );
    }
    const service = new k8s.core.v1.Service(
      name,
      {
        metadata: meta,
        spec: {
          type: "ClusterIP",
          selector: selector(names.operator),
          ports: [
            {
              name: "webhook",
              port: webhookPorts.service,
              targetPort: "webhook",
              protocol: "TCP",
              appProtocol: "https",
            },
          ],
        },
      },
      child,
    );
    const instrumentations = args.namespaces.map(
      (where) =>
        new k8s.apiextensions.CustomResource(
          `${where}/${instrumentationName}`,
          instrumentationObject(where, args.spec),
          { ...child, dependsOn: [definition] },
        ),
    );
    // The Deployment is waited for until all its pods are ready, the Service until it has endpoints.
    const ready = { ...child, dependsOn: [deployment, service, ...instrumentations] };
    const webhooks = operatorWebhooks({ ...args, authorities: certificates.authorities });
    // Names outside namespaces carry the namespace, so that two installations do not share them.
    const webhookMeta = { name: `${names.operator}.${namespace}`, labels: labels(names.operator) };
    const { MutatingWebhookConfiguration, ValidatingWebhookConfiguration } = k8s.admissionregistration.v1;
    new MutatingWebhookConfiguration(name, { metadata: webhookMeta, webhooks: webhooks.mutating }, ready);
    new ValidatingWebhookConfiguration(name, { metadata: webhookMeta, webhooks: webhooks.validating }, ready);
    this.registerOutputs({});
  }
}

/** The name of the Instrumentation in each namespace, the same as where injection is done at deploy time. */
const instrumentationName = "default";

/** A definition that an earlier stack left behind belongs to that one's field manager, which would be a conflict. */
const takesOver = { "pulumi.com/patchForce": "true" } as const;

/** Where others apply what this program renders, they too leave the definition, and with it everyone's Instrumentations. */
const outlives = {
  "helm.sh/resource-policy": "keep",
  "argocd.argoproj.io/sync-options": "Prune=false,Delete=false",
  "kustomize.toolkit.fluxcd.io/prune": "disabled",
} as const;

/** The Instrumentation as the operator would store it, with its annotations too, so that it never differs from what is applied. */
function instrumentationObject(namespace: string, spec: InstrumentationSpec): k8s.apiextensions.CustomResourceArgs {
  const defaults = agentFields.map((field) => [
    `instrumentation.opentelemetry.io/default-auto-instrumentation-${agentFlag[field]}-image`,
    agentImages[field],
  ]);
  return {
    apiVersion: "opentelemetry.io/v1alpha1",
    kind: "Instrumentation",
    metadata: {
      ...metadata(names.operator, namespace, instrumentationName),
      annotations: Object.fromEntries(defaults),
    },
    spec: withDefaults(spec),
  };
}

interface OperatorCertificatesArgs {
  readonly namespace: string;
  readonly generation: number;
}

/** The certificates of the webhook, one Secret per generation, as TierCertificates keeps those between the tiers. */
class OperatorCertificates extends pulumi.ComponentResource {
  /** All that may have signed the certificate of a running pod: the authorities of three generations, PEM. */
  readonly authorities: pulumi.Output<string>;

  constructor(name: string, args: OperatorCertificatesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("throughline:index:OperatorCertificates", name, args, opts);
    const { namespace, generation } = args;
    const { authorities, warning } = certificateSecrets(
      {
        name: `${name}-${namespace}`,
        namespace,
        generation,
        hosts: { webhook: [`${names.operator}.${namespace}.svc`] },
        clients: [],
        effect: "the API server does not believe the operator",
        metadata: (which) => metadata(names.operator, namespace, secretName(which)),
        data: ({ ca, servers: { webhook } }) =>
          encoded([
            [authorityKey, ca],
            [certificateFiles.certificate, webhook.certificate],
            [certificateFiles.key, webhook.key],
          ]),
      },
      this,
    );
    // Public: as a secret it would hide the webhooks' other fields from previews too.
    this.authorities = pulumi.unsecret(authorities.apply((all) => all.join("")));
    warning.apply((text) => text && pulumi.log.warn(text, this));
    this.registerOutputs({});
  }
}

function secretName(generation: number): string {
  return `${names.operator}-tls-${generation}`;
}
