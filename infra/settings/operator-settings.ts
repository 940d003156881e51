import { atLeastOne, count, flag, listOf, oneOf, record } from "./values.ts";

/** The OpenTelemetry Operator, for workloads that others apply: it injects their pods when the API server is asked to make them. */
export interface OperatorSetting {
  /** Namespaces whose pods it injects; they must exist. Each gets the stack's Instrumentation, named `default`. */
  readonly namespaces: readonly string[];
  /**
   * Which pods of those namespaces are sent to it: `annotated` those with an `inject-` annotation of their own, `all` every one that is not
   * injected yet, which is needed where the annotation stands on the Namespace. Default: annotated.
   */
  readonly pods: "annotated" | "all";
  /** What becomes of such a pod while no operator answers: `Ignore` makes it without traces, `Fail` refuses it. Default: Ignore. */
  readonly failurePolicy: "Ignore" | "Fail";
  /** Pods of the operator. Default: 2. */
  readonly replicas: number | undefined;
  /**
   * Whether it may read every Secret and ConfigMap of the cluster. It needs to only where an Instrumentation of your own has
   * `exporter.tls`; the stack's has none. Without it the pods of such an Instrumentation wait five seconds and are not injected. Default: false.
   */
  readonly readSecrets: boolean;
}

const dnsLabel = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

export const operatorKind = record<OperatorSetting>(
  {
    namespaces: atLeastOne(
      listOf((item) => dnsLabel.test(item), [], "a list of namespaces (a-z, 0-9, -; 63 at most)", "shop"),
    ),
    pods: oneOf(["annotated", "all"], "annotated"),
    failurePolicy: oneOf(["Ignore", "Fail"], "Ignore", "Fail"),
    replicas: count(10, 2, "2"),
    readSecrets: flag(false),
  },
  ["namespaces"],
);
