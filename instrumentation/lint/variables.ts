import { type LintRule, ofEach, said, textOf } from "./rule.ts";

const disabledName = "OTEL_SDK_DISABLED";
const exporterName = "OTEL_TRACES_EXPORTER";
const attributesName = "OTEL_RESOURCE_ATTRIBUTES";
const headerNames = ["OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_TRACES_HEADERS"];
const protocolNames = ["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"];
const configName = "OTEL_CONFIG_FILE";
const variable = (name: string, value: string) => ({ container: { env: [{ name, value }] } });

const disabled: LintRule = {
  id: "sdk-disabled",
  title: "The SDK is not switched off.",
  why: "It then makes no spans and hands no context on.",
  severity: "error",
  catches: ["OTEL_SDK_DISABLED left from a test"],
  example: { wrong: variable(disabledName, "true"), right: variable(disabledName, "false") },
  check: ofEach((traced) =>
    textOf(traced, disabledName)?.trim().toLowerCase() === "true"
      ? [said(traced, disabledName, 'is "true"', `${disabledName}: "false", or leave it out`)]
      : [],
  ),
};

const disabledWord: LintRule = {
  id: "sdk-disabled-value",
  title: "OTEL_SDK_DISABLED is true or false.",
  why: "Any other word means false, whatever its writer meant.",
  severity: "warning",
  catches: ["1 or yes where only true switches something on"],
  example: { wrong: variable(disabledName, "1"), right: variable(disabledName, "false") },
  check: ofEach((traced) => {
    const value = textOf(traced, disabledName);
    return value === undefined || /^(true|false|)$/i.test(value.trim())
      ? []
      : [
          said(
            traced,
            disabledName,
            `is ${JSON.stringify(value)}; allowed are true and false`,
            `${disabledName}: "false"`,
          ),
        ];
  }),
};

const exporter: LintRule = {
  id: "traces-exporter",
  title: "Spans leave the program over OTLP.",
  why: "Any other exporter left in the values sends them elsewhere or nowhere, and several programs refuse a list.",
  severity: "error",
  catches: [
    "OTEL_TRACES_EXPORTER left at none, console, jaeger or logging",
    "a list of exporters where one is allowed",
  ],
  example: { wrong: variable(exporterName, "none"), right: variable(exporterName, "otlp") },
  check: ofEach((traced) => {
    const value = textOf(traced, exporterName);
    return value === undefined || ["", "otlp"].includes(value.trim().toLowerCase())
      ? []
      : [
          said(
            traced,
            exporterName,
            `is ${JSON.stringify(value)}; what the Collector takes is otlp`,
            `${exporterName}: otlp`,
          ),
        ];
  }),
};

const attributes: LintRule = {
  id: "resource-attributes-malformed",
  title: "Resource attributes are key=value, separated by commas.",
  why: "An SDK drops all of them, or refuses to start, when one is malformed.",
  severity: "error",
  catches: ["a resource attribute without =, or with a comma in its value"],
  example: { wrong: variable(attributesName, "team=a,b"), right: variable(attributesName, "team=a%2Cb") },
  check: ofEach((traced) => {
    const value = traced.env.get(attributesName)?.value;
    if (typeof value !== "string") return [];
    const wrong = value.split(",").find((part) => part.trim() !== "" && !/^\s*[^=\s]+\s*=[^=]*$/.test(part));
    return wrong === undefined
      ? []
      : [
          said(
            traced,
            attributesName,
            `contains ${JSON.stringify(wrong)}, which is no key=value`,
            "key=value,...; a comma in a value is %2C",
          ),
        ];
  }),
};

const headers: LintRule = {
  id: "headers-malformed",
  title: "Headers are key=value, separated by commas, with lower-case keys over gRPC.",
  why: "gRPC refuses keys in upper case, and a malformed list is dropped with the login in it.",
  severity: "error",
  catches: ["an upper-case key among the exporter's headers", "a header written with a colon"],
  example: {
    wrong: variable("OTEL_EXPORTER_OTLP_HEADERS", "Authorization: Bearer x"),
    right: variable("OTEL_EXPORTER_OTLP_HEADERS", "x-tenant=shop"),
  },
  // The value may be a login: it is not repeated.
  check: ofEach((traced) => {
    const protocol = protocolNames.map((name) => textOf(traced, name)).find((value) => value);
    const header = protocol === "grpc" ? /^\s*[a-z0-9_.-]+\s*=\s*\S/ : /^\s*[\w.-]+\s*=\s*\S/;
    return headerNames.flatMap((name) => {
      const parts = (textOf(traced, name) ?? "").split(",").filter((part) => part.trim() !== "");
      return parts.every((part) => header.test(part))
        ? []
        : [
            said(
              traced,
              name,
              "is not key=value, separated by commas, with lower-case keys where the protocol is grpc",
              `${name}: "authorization=Bearer%20<token>"`,
            ),
          ];
    });
  }),
};

const configFile: LintRule = {
  id: "config-file",
  title: "The SDK is configured by variables or by a file, not by both.",
  why: "With OTEL_CONFIG_FILE every other OTEL_ variable is ignored, those of injection too.",
  severity: "error",
  catches: ["OTEL_CONFIG_FILE makes all that is injected void", "the experimental name of OTEL_CONFIG_FILE"],
  example: {
    wrong: variable(configName, "/etc/otel.yaml"),
    right: { container: { env: [{ name: "CONFIG", value: "/a" }] } },
  },
  check: ofEach((traced) =>
    [configName, "OTEL_EXPERIMENTAL_CONFIG_FILE"]
      .filter((name) => traced.env.has(name) && textOf(traced, name) !== "")
      .map((name) =>
        said(
          traced,
          name,
          "is set, so the SDK reads that file alone",
          `remove ${name}, or opt out by instrumentation.opentelemetry.io/inject-sdk: "false"`,
        ),
      ),
  ),
};

const jaegerNames =
  /^(JAEGER_(AGENT_HOST|AGENT_PORT|ENDPOINT|SERVICE_NAME|SAMPLER_.+|REPORTER_.+|TAGS|PROPAGATION)|OTEL_EXPORTER_JAEGER_.+)$/;
const jaegerClient: LintRule = {
  id: "jaeger-client-variables",
  title: "No variable of the retired Jaeger clients is left.",
  why: "No current SDK reads them: what they say, such as a service's name, is lost.",
  severity: "warning",
  catches: ["variables of the Jaeger clients, which nothing reads any more"],
  example: { wrong: variable("JAEGER_AGENT_HOST", "jaeger"), right: variable("JAEGER_URL", "http://jaeger:16686") },
  check: ofEach((traced) =>
    [...traced.env.keys()]
      .filter((name) => jaegerNames.test(name))
      .map((name) =>
        said(traced, name, "belongs to a Jaeger client, and OpenTelemetry does not read it", `remove ${name}`),
      ),
  ),
};

const name: LintRule = {
  id: "service-name-empty",
  title: "A service has a name of its own.",
  why: "Without one all such services are shown as unknown_service, in one heap.",
  severity: "warning",
  catches: ["an empty service name, or unknown_service"],
  example: { wrong: variable("OTEL_SERVICE_NAME", ""), right: variable("OTEL_SERVICE_NAME", "web") },
  check: ofEach((traced) => {
    const value = textOf(traced, "OTEL_SERVICE_NAME");
    return value === undefined || (value.trim() !== "" && !/^unknown_service/.test(value))
      ? []
      : [
          said(
            traced,
            "OTEL_SERVICE_NAME",
            `is ${JSON.stringify(value)}`,
            "OTEL_SERVICE_NAME: <name>, or leave it out",
          ),
        ];
  }),
};

/** Whether it is text that refers to other variables, and to which; `$$(NAME)` is text. */
const references = (value: unknown) =>
  typeof value !== "string"
    ? []
    : [...value.matchAll(/(\$*)\$\(([A-Za-z_][\w.-]*)\)/g)].flatMap(([, more = "", to = ""]) =>
        more.length % 2 === 0 ? [to] : [],
      );

const reference: LintRule = {
  id: "reference-undefined",
  title: "A variable refers only to variables that stand before it.",
  why: "Kubernetes leaves $(NAME) as it is where NAME comes later in the list or not at all.",
  severity: "error",
  catches: ["$(NAME) of a variable that is defined further down, or nowhere"],
  example: {
    wrong: variable("OTEL_SERVICE_NAME", "web-$(STAGE)"),
    right: {
      container: {
        env: [
          { name: "STAGE", value: "test" },
          { name: "OTEL_SERVICE_NAME", value: "web-$(STAGE)" },
        ],
      },
    },
  },
  check: ofEach((traced) => {
    // What envFrom brings is defined before all others, and unknown here.
    if (traced.container["envFrom"] !== undefined) return [];
    const names = [...traced.env.keys()];
    return names.flatMap((one, at) => {
      if (!one.startsWith("OTEL_")) return [];
      const missing = references(traced.env.get(one)?.value).find((to) => !names.slice(0, at).includes(to));
      if (missing === undefined || /_SERVICE_(HOST|PORT)|_PORT_\d/.test(missing)) return [];
      const what = `refers to $(${missing}), which is not defined before it`;
      return [said(traced, one, what, `- name: ${missing} before - name: ${one}`)];
    });
  }),
};

const duplicate: LintRule = {
  id: "variable-twice",
  title: "A variable stands once in the list.",
  why: "The last one counts, and it is not the one that people read first.",
  severity: "warning",
  catches: ["a variable set twice in the same container"],
  example: {
    wrong: {
      container: {
        env: [
          { name: "OTEL_SERVICE_NAME", value: "a" },
          { name: "OTEL_SERVICE_NAME", value: "b" },
        ],
      },
    },
    right: variable("OTEL_SERVICE_NAME", "a"),
  },
  check: ofEach((traced) => {
    const own = Array.isArray(traced.own?.env) ? traced.own.env : [];
    const names = own.map((one) => String(one?.name)).filter((one) => one.startsWith("OTEL_"));
    const twice = new Set(names.filter((one, at) => names.indexOf(one) !== at));
    return [...twice].map((one) => said(traced, one, "is set more than once", "only one of them"));
  }),
};

export const variableRules: readonly LintRule[] = [
  disabled,
  disabledWord,
  exporter,
  attributes,
  headers,
  configFile,
  jaegerClient,
  name,
  reference,
  duplicate,
];
