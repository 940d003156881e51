import type { Language } from "../types.ts";
import { type LintRule, ofEach, type Subject, said, type Traced, textOf } from "./rule.ts";

const baseName = "OTEL_EXPORTER_OTLP_ENDPOINT";
const tracesName = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
const protocolName = "OTEL_EXPORTER_OTLP_PROTOCOL";
const tracesProtocolName = "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL";
const write = `${baseName}: http://otel-agent.observability.svc:4318`;
const set = (...env: readonly (readonly [name: string, value: string])[]) => ({
  container: { env: env.map(([name, value]) => ({ name, value })) },
});

/** Where a container sends its spans: the variable that says so and its URL. */
function destination(
  traced: Traced,
): { readonly name: string; readonly text: string; readonly url: URL | undefined } | undefined {
  const name = traced.env.has(tracesName) ? tracesName : baseName;
  const text = textOf(traced, name);
  if (text === undefined || text === "") return undefined;
  return { name, text, url: URL.canParse(text) && /^https?:/.test(text) ? new URL(text) : undefined };
}

function protocolOf(traced: Traced): string | undefined {
  const name = traced.env.has(tracesProtocolName) ? tracesProtocolName : protocolName;
  return textOf(traced, name);
}

/** The languages that go into a container, as far as the injected pod tells. */
const has = ({ injected }: Subject, language: Language) => injected.has(language);

const missing: LintRule = {
  id: "endpoint-missing",
  title: "An endpoint is set.",
  why: "The SDK sends to localhost otherwise, where nothing listens in the pod.",
  severity: "error",
  catches: ["an Instrumentation without an endpoint"],
  example: { wrong: { spec: { exporter: {} } }, right: {} },
  check: ofEach((traced, subject) => {
    const there = traced.env.has(baseName) || traced.env.has(tracesName) || traced.own?.["envFrom"] !== undefined;
    const needed = subject.result.injected.some((language) => language !== "apache-httpd" && language !== "nginx");
    return there || !needed ? [] : [said(traced, baseName, "is not set", write)];
  }),
};

const malformed: LintRule = {
  id: "endpoint-malformed",
  title: "The endpoint is a URL with its scheme.",
  why: "SDKs read host:port in different ways: as TLS, as a path, or not at all.",
  severity: "error",
  catches: ["an endpoint without http:// or https://", "quotes or spaces in the endpoint"],
  example: {
    wrong: set([baseName, "otel-agent.observability.svc:4318"]),
    right: set([baseName, "http://otel-agent.observability.svc:4318"]),
  },
  check: ofEach((traced) => {
    const found = destination(traced);
    return found === undefined || (found.url !== undefined && found.text === found.text.trim())
      ? []
      : [said(traced, found.name, `is ${JSON.stringify(found.text)}, which is no URL of http or https`, write)];
  }),
};

const localhost: LintRule = {
  id: "endpoint-localhost",
  title: "The endpoint is not the pod itself.",
  why: "Inside a pod localhost is that pod, and nothing listens there unless it brings a Collector.",
  severity: "error",
  catches: ["an endpoint copied from a laptop: localhost"],
  example: {
    wrong: set([baseName, "http://localhost:4318"]),
    right: set([baseName, "http://otel-agent.observability.svc:4318"]),
  },
  check: ofEach((traced, { pod }) => {
    const host = destination(traced)?.url?.hostname ?? "";
    const beside = (Array.isArray(pod.containers) ? pod.containers : []).some(
      (one) => /otel|otc|collector|alloy|agent/i.test(`${one?.name} ${one?.image}`) && one?.name !== traced.name,
    );
    return /^(localhost|127\.|\[::1\]|0\.0\.0\.0$)/.test(host) && !beside
      ? [said(traced, destination(traced)?.name ?? baseName, `leads to ${host}, the pod itself`, write)]
      : [];
  }),
};

const port: LintRule = {
  id: "endpoint-port",
  title: "Port and protocol go together: 4317 is gRPC, 4318 is HTTP.",
  why: "The Collector answers the other protocol with an error, or closes the connection.",
  severity: "error",
  catches: ["gRPC sent to the HTTP port", "HTTP sent to the gRPC port"],
  example: {
    wrong: set([baseName, "http://otel-agent.observability.svc:4317"]),
    right: set([baseName, "http://otel-agent.observability.svc:4317"], [protocolName, "grpc"]),
  },
  check: ofEach((traced) => {
    const found = destination(traced);
    const protocol = protocolOf(traced);
    const wrong =
      (protocol === "grpc" && found?.url?.port === "4318") ||
      (protocol?.startsWith("http/") && found?.url?.port === "4317");
    if (!found || !wrong) return [];
    const right = protocol === "grpc" ? "4317" : "4318";
    return [
      said(
        traced,
        found.name,
        `has port ${found.url?.port}, but the protocol is ${protocol}`,
        `${found.name}: ${found.text.replace(/:\d+/, `:${right}`)}`,
      ),
    ];
  }),
};

const protocol: LintRule = {
  id: "protocol-unknown",
  title: "The protocol is grpc, http/protobuf or http/json.",
  why: "SDKs take their default for any other word, and that may be the other port's.",
  severity: "error",
  catches: ["http or https where http/protobuf is meant"],
  example: { wrong: set([protocolName, "http"]), right: set([protocolName, "http/protobuf"]) },
  check: ofEach((traced) =>
    [protocolName, tracesProtocolName].flatMap((name) => {
      const value = textOf(traced, name);
      return value === undefined || ["", "grpc", "http/protobuf", "http/json"].includes(value)
        ? []
        : [
            said(
              traced,
              name,
              `is ${JSON.stringify(value)}; allowed are grpc, http/protobuf, http/json`,
              `${name}: http/protobuf`,
            ),
          ];
    }),
  ),
};

const python: LintRule = {
  id: "python-grpc",
  title: "Python sends over HTTP.",
  why: "The agent's image brings the HTTP exporter only, and the program fails to load the other.",
  severity: "error",
  catches: ["grpc for an injected Python program"],
  example: {
    wrong: {
      ...set([baseName, "http://otel-agent.observability.svc:4317"], [protocolName, "grpc"]),
      annotations: { "instrumentation.opentelemetry.io/inject-python": "true" },
    },
    right: { annotations: { "instrumentation.opentelemetry.io/inject-python": "true" } },
  },
  check: ofEach((traced, subject) =>
    has(subject, "python") && protocolOf(traced) === "grpc" && "PYTHONPATH" in Object.fromEntries(traced.env)
      ? [said(traced, protocolName, "is grpc", `${protocolName}: http/protobuf, with port 4318`)]
      : [],
  ),
};

const json: LintRule = {
  id: "protocol-json",
  title: "The protocol is one the SDK has.",
  why: "Most SDKs have no http/json; they refuse to start or take another.",
  severity: "warning",
  catches: ["http/json for an SDK that lacks it"],
  example: {
    wrong: {
      ...set([protocolName, "http/json"]),
      annotations: { "instrumentation.opentelemetry.io/inject-java": "true" },
    },
    right: { annotations: { "instrumentation.opentelemetry.io/inject-java": "true" } },
  },
  check: ofEach((traced, subject) =>
    protocolOf(traced) === "http/json" && (["java", "python", "dotnet", "go"] as const).some((one) => has(subject, one))
      ? [said(traced, protocolName, "is http/json", `${protocolName}: http/protobuf`)]
      : [],
  ),
};

const doubled: LintRule = {
  id: "endpoint-path-doubled",
  title: "The base endpoint has no /v1/traces.",
  why: "The SDK adds the path itself; the Collector answers the doubled one with 404.",
  severity: "error",
  catches: ["/v1/traces at the end of the base endpoint"],
  example: {
    wrong: set([baseName, "http://otel-agent.observability.svc:4318/v1/traces"]),
    right: set([tracesName, "http://otel-agent.observability.svc:4318/v1/traces"]),
  },
  check: ofEach((traced) => {
    const text = textOf(traced, baseName) ?? "";
    return /\/v1\/(traces|metrics|logs)\/?$/.test(text)
      ? [said(traced, baseName, `is ${JSON.stringify(text)}`, `${baseName}: ${text.replace(/\/v1\/\w+\/?$/, "")}`)]
      : [];
  }),
};

const pathMissing: LintRule = {
  id: "endpoint-path-missing",
  title: "The endpoint of one signal is a whole URL.",
  why: "It is taken as it stands: the SDK posts to /, and the Collector answers 404.",
  severity: "error",
  catches: ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT without /v1/traces"],
  example: {
    wrong: set([tracesName, "http://otel-agent.observability.svc:4318"]),
    right: set([tracesName, "http://otel-agent.observability.svc:4318/v1/traces"]),
  },
  check: ofEach((traced) => {
    const found = destination(traced);
    return found?.name === tracesName && found.url?.pathname === "/" && protocolOf(traced)?.startsWith("http/")
      ? [
          said(
            traced,
            tracesName,
            `is ${JSON.stringify(found.text)}, without a path`,
            `${tracesName}: ${found.text.replace(/\/$/, "")}/v1/traces`,
          ),
        ]
      : [];
  }),
};

const grpcPath: LintRule = {
  id: "endpoint-grpc-path",
  title: "A gRPC endpoint has no path.",
  why: "gRPC has none to put it into: SDKs ignore it or fail to dial.",
  severity: "warning",
  catches: ["a path in an endpoint of gRPC"],
  example: {
    wrong: set([tracesName, "http://otel-agent.observability.svc:4317/v1/traces"], [protocolName, "grpc"]),
    right: set([tracesName, "http://otel-agent.observability.svc:4317"], [protocolName, "grpc"]),
  },
  check: ofEach((traced) => {
    const found = destination(traced);
    return protocolOf(traced) === "grpc" && found?.url !== undefined && found.url.pathname !== "/"
      ? [said(traced, found.name, `has the path ${found.url.pathname}`, `${found.name}: ${found.url.origin}`)]
      : [];
  }),
};

export const endpointRules: readonly LintRule[] = [
  missing,
  malformed,
  localhost,
  port,
  protocol,
  python,
  json,
  doubled,
  pathMissing,
  grpcPath,
];
