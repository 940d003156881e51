import type { Manifest } from "../../policy/types.ts";
import { type Cases, stack } from "./cases.ts";
import { backend, from, sending } from "./flow-cases.ts";

const exporter = `otlp_grpc: {endpoint: "backend.demo.svc:4317", tls: {insecure: true}}`;
const dns = { ports: ["UDP", "TCP"].map((protocol) => ({ port: 53, protocol })) };
const to = (app: string, ports: object[] = [{ port: 4317 }]) => ({
  to: [{ podSelector: { matchLabels: { app } } }],
  ...(ports.length > 0 && { ports }),
});
const out = (...rules: object[]) => ({ policyTypes: ["Ingress", "Egress"], egress: [...rules, dns] });
const receiving = (policy: Record<string, unknown>) => sending(exporter, backend(undefined, {}, policy));
const leaving = (...rules: object[]) => sending(exporter, backend(), out(...rules));

/** A Collector beside the others, with the labels of all of them. */
const third = (...more: Manifest[]): Manifest[] => {
  const text = JSON.stringify(stack().filter(({ kind }) => kind !== "Namespace"));
  return [...more, ...(JSON.parse(text.replaceAll("collector", "third")) as Manifest[])].map((one) =>
    one.kind === "Deployment"
      ? (JSON.parse(JSON.stringify(one).replaceAll("third-contrib", "collector-contrib")) as Manifest)
      : one,
  );
};
const anyOf = (...values: string[]) => ({
  ingress: [
    {
      from: [{ podSelector: { matchExpressions: [{ key: "app", operator: "In", values }] } }],
      ports: [{ port: 4317 }, { port: 4318 }],
    },
    { ports: [{ port: 8888 }] },
  ],
});
export const narrowCases: Cases = {
  "network-policy-types-fit": {
    fails: [
      { policy: { policyTypes: ["Ingress"], egress: [dns] } },
      { policy: { policyTypes: ["Egress"], egress: [dns] } },
    ],
    passes: [{ policy: { policyTypes: ["Ingress", "Egress"], egress: [dns] } }, { policy: { policyTypes: undefined } }],
  },
  "network-policy-names-peers": {
    fails: [
      receiving({}),
      receiving({ ingress: [{ from: [{ namespaceSelector: {} }], ports: [{ port: 4317 }] }] }),
      leaving({ ports: [{ port: 4317 }] }),
    ],
    passes: [receiving(from("collector")), leaving(to("backend")), {}],
  },
  "network-policy-only-peers": {
    fails: [sending(exporter, third(...backend(undefined, {}, anyOf("collector", "third"))))],
    passes: [sending(exporter, third(...backend(undefined, {}, anyOf("collector", "shop"))))],
  },
  "network-policy-names-ports": {
    fails: [
      receiving({ ingress: [{ from: from("collector").ingress[0]!.from }] }),
      leaving(to("backend", [])),
      leaving(to("backend", [{ protocol: "TCP" }])),
    ],
    passes: [receiving(from("collector")), leaving(to("backend", [{ port: "grpc" }]))],
  },
};
