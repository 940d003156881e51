import { type LintRule, ofEach, said, type Traced, textOf } from "./rule.ts";

const endpointNames = ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"];
const certificateNames = ["OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE", "OTEL_EXPORTER_OTLP_CERTIFICATE"];
const endpointOf = (traced: Traced) => {
  const name = endpointNames.find((one) => traced.env.has(one)) ?? "OTEL_EXPORTER_OTLP_ENDPOINT";
  const text = textOf(traced, name) ?? "";
  return { name, text, url: URL.canParse(text) ? new URL(text) : undefined };
};
const set = (...env: readonly (readonly [name: string, value: string])[]) => ({
  container: { env: env.map(([name, value]) => ({ name, value })) },
});
const secure = "https://otel-agent.observability.svc:4318";

const shortName: LintRule = {
  id: "endpoint-short-name",
  title: "A Service of another namespace is named with it.",
  why: "A bare name is looked up in the pod's own namespace, and there is no such host.",
  severity: "warning",
  catches: ["a Service's bare name used from another namespace"],
  example: {
    wrong: {
      ...set(["OTEL_EXPORTER_OTLP_ENDPOINT", "http://otel-agent:4318"]),
      services: [{ name: "otel-agent", namespace: "observability" }],
    },
    right: {
      ...set(["OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318"]),
      services: [{ name: "collector", namespace: "shop" }],
    },
  },
  check: ofEach((traced, { input, namespace }) => {
    const { name, text, url } = endpointOf(traced);
    const host = url?.hostname ?? "";
    const bare = host !== "" && !/[.:[]/.test(host) && host !== "localhost";
    const named = (input.services ?? []).filter((one) => one.name === host);
    const [elsewhere] = named;
    return bare && elsewhere !== undefined && named.every((one) => one.namespace !== namespace)
      ? [
          said(
            traced,
            name,
            `leads to ${host}, which is looked up in namespace ${namespace}`,
            `${name}: ${text.replace(host, `${host}.${elsewhere.namespace}.svc`)}`,
          ),
        ]
      : [];
  }),
};

const authority: LintRule = {
  id: "endpoint-authority",
  title: "A cluster's own certificate comes with the authority that signed it.",
  why: "No system trusts it: every request fails with an unknown authority.",
  severity: "warning",
  catches: ["https to a Service, without the authority's certificate"],
  example: {
    wrong: set(["OTEL_EXPORTER_OTLP_ENDPOINT", secure]),
    right: set(["OTEL_EXPORTER_OTLP_ENDPOINT", secure], ["OTEL_EXPORTER_OTLP_CERTIFICATE", "/ca/ca.crt"]),
  },
  check: ofEach((traced) => {
    const { name, url } = endpointOf(traced);
    const inside = url?.protocol === "https:" && /\.svc(\.|$)/.test(url.hostname);
    return inside && !certificateNames.some((one) => traced.env.has(one))
      ? [
          said(
            traced,
            name,
            "is https of a Service, but no authority is named",
            "OTEL_EXPORTER_OTLP_CERTIFICATE: /path/ca.crt, or exporter.tls in the Instrumentation",
          ),
        ]
      : [];
  }),
};

const plain: LintRule = {
  id: "endpoint-plain-with-tls",
  title: "Certificates stand beside an https endpoint.",
  why: "With http they are not used: a listener with TLS closes the connection.",
  severity: "warning",
  catches: ["TLS files beside an http endpoint"],
  example: {
    wrong: set(["OTEL_EXPORTER_OTLP_CERTIFICATE", "/ca/ca.crt"]),
    right: set(["OTEL_EXPORTER_OTLP_ENDPOINT", secure], ["OTEL_EXPORTER_OTLP_CERTIFICATE", "/ca/ca.crt"]),
  },
  check: ofEach((traced) => {
    const { name, text, url } = endpointOf(traced);
    return url?.protocol === "http:" && certificateNames.some((one) => traced.env.has(one))
      ? [
          said(
            traced,
            name,
            `is ${JSON.stringify(text)}, but a certificate is given`,
            `${name}: ${text.replace("http:", "https:")}`,
          ),
        ]
      : [];
  }),
};

const insecure: LintRule = {
  id: "endpoint-insecure-ignored",
  title: "The scheme alone says whether there is TLS.",
  why: "With a scheme in the endpoint OTEL_EXPORTER_OTLP_INSECURE is ignored.",
  severity: "warning",
  catches: ["OTEL_EXPORTER_OTLP_INSECURE beside an https endpoint"],
  example: {
    wrong: set(
      ["OTEL_EXPORTER_OTLP_ENDPOINT", "https://otel.example.com:4318"],
      ["OTEL_EXPORTER_OTLP_INSECURE", "true"],
    ),
    right: set(["OTEL_EXPORTER_OTLP_ENDPOINT", "https://otel.example.com:4318"]),
  },
  check: ofEach((traced) =>
    endpointOf(traced).url?.protocol === "https:" && textOf(traced, "OTEL_EXPORTER_OTLP_INSECURE") === "true"
      ? [
          said(
            traced,
            "OTEL_EXPORTER_OTLP_INSECURE",
            "is true beside an https endpoint",
            "http:// in the endpoint, or leave it out",
          ),
        ]
      : [],
  ),
};

const proxy: LintRule = {
  id: "endpoint-behind-proxy",
  title: "A proxy is told which hosts are inside.",
  why: "The exporter sends spans for a Service through the proxy, which cannot reach it.",
  severity: "warning",
  catches: ["HTTP_PROXY takes the spans, since NO_PROXY does not name the cluster"],
  example: {
    wrong: set(["HTTP_PROXY", "http://proxy.example.com:3128"]),
    right: set(["HTTP_PROXY", "http://proxy.example.com:3128"], ["NO_PROXY", ".svc,10.0.0.0/8"]),
  },
  check: ofEach((traced) => {
    const { url } = endpointOf(traced);
    if (url === undefined || !/\.svc(\.|$)/.test(url.hostname)) return [];
    const wanted = url.protocol === "https:" ? ["HTTPS_PROXY", "https_proxy"] : ["HTTP_PROXY", "http_proxy"];
    const used = wanted.find((one) => traced.env.has(one) && textOf(traced, one) !== "");
    const except = ["NO_PROXY", "no_proxy"].find((one) => traced.env.has(one));
    if (used === undefined || (except !== undefined && textOf(traced, except) === undefined)) return [];
    const entries = (except === undefined ? "" : (textOf(traced, except) ?? ""))
      .split(",")
      .map((one) => one.trim().replace(/^\*(?=.)/, ""));
    const inside = entries.some(
      (one) => one === "*" || (one !== "" && `.${url.hostname}`.endsWith(one.startsWith(".") ? one : `.${one}`)),
    );
    return inside
      ? []
      : [said(traced, used, `is set, and NO_PROXY does not cover ${url.hostname}`, 'NO_PROXY: ".svc"')];
  }),
};

const dns: LintRule = {
  id: "endpoint-without-cluster-dns",
  title: "A pod that names a Service asks the cluster's DNS.",
  why: "With dnsPolicy Default, or hostNetwork without ClusterFirstWithHostNet, the node's DNS is asked, which knows no Service.",
  severity: "error",
  catches: ["a pod on the node's network or DNS that sends to a Service by name"],
  example: {
    wrong: { pod: { hostNetwork: true } },
    right: { pod: { hostNetwork: true, dnsPolicy: "ClusterFirstWithHostNet" } },
  },
  check: (subject) => {
    const { dnsPolicy, hostNetwork } = subject.ownPod;
    const away =
      dnsPolicy === "Default" ||
      (hostNetwork === true && dnsPolicy !== "ClusterFirstWithHostNet" && dnsPolicy !== "None");
    if (!away) return [];
    return subject.traced
      .filter((traced) => /\.svc(\.|$)/.test(endpointOf(traced).url?.hostname ?? ""))
      .slice(0, 1)
      .map((traced) =>
        said(
          traced,
          endpointOf(traced).name,
          "names a Service, but the pod asks the node's DNS",
          "dnsPolicy: ClusterFirstWithHostNet",
        ),
      );
  },
};

export const reachRules: readonly LintRule[] = [shortName, authority, plain, insecure, proxy, dns];
