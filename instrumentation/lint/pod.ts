import { textual } from "../../common/objects.ts";
import { containerNamesKey, containerNamesKeyOf, effective, resourcePrefix } from "../annotations.ts";
import type { ObjectMeta } from "../types.ts";
import { isFields, list } from "../workload.ts";
import { type LintRule, ofEach, said, textOf } from "./rule.ts";

const sdk = { "instrumentation.opentelemetry.io/inject-sdk": "true" };

const links: LintRule = {
  id: "service-links",
  title: "No Service's variables look like settings of the SDK.",
  why: "Kubernetes sets NAME_PORT and the like for each Service; a program takes tcp://... for its own setting.",
  severity: "warning",
  catches: ["a Service named so that its variables collide with OTEL_ or JAEGER_ settings"],
  example: {
    wrong: { services: [{ name: "jaeger-agent", namespace: "shop" }] },
    right: { services: [{ name: "jaeger-agent", namespace: "shop" }], pod: { enableServiceLinks: false } },
  },
  check: ({ input, namespace, ownPod }) =>
    ownPod["enableServiceLinks"] === false
      ? []
      : (input.services ?? [])
          .filter(
            (one) =>
              one.namespace === namespace &&
              /^(otel-(exporter|traces|service|sdk|bsp)|jaeger-(agent|endpoint|service))/.test(one.name),
          )
          .map(
            ({ name }) =>
              `the pod gets variables of Service ${name}, such as ${name.toUpperCase().replaceAll("-", "_")}_PORT. Write: enableServiceLinks: false`,
          ),
};

const sidecars =
  /^(istio-proxy|linkerd-proxy|envoy|cloud-sql-proxy|cloudsql-proxy|vault-agent|dapr|daprd|oauth2-proxy|otc-container)$/;

const first: LintRule = {
  id: "first-container-is-sidecar",
  title: "The container that is injected is the program.",
  why: "Without container names the first one is taken, and that is a proxy.",
  severity: "error",
  catches: ["a sidecar stands first and is injected in place of the program"],
  example: {
    wrong: { pod: { containers: [{ name: "envoy" }, { name: "app" }] } },
    right: { pod: { containers: [{ name: "app" }, { name: "envoy" }] } },
  },
  check: ({ ownPod, input, injected, annotations }) => {
    const [name, ...others] = list(ownPod.containers).map((one) => String(one?.name));
    if (name === undefined || others.length === 0 || !sidecars.test(name)) return [];
    const meta = { annotations } as ObjectMeta;
    const named = [containerNamesKey, ...[...injected.keys()].map(containerNamesKeyOf)].some(
      (key) => effective(input.namespace, meta, key) !== "",
    );
    return named || injected.size === 0
      ? []
      : [
          `${name} is the first container, so it is the one that is injected. Write: ${containerNamesKey}: "${others[0]}"`,
        ];
  },
};

const grace: LintRule = {
  id: "grace-period-short",
  title: "A pod has the time to send its last spans.",
  why: "What is not sent before SIGKILL is lost.",
  severity: "warning",
  catches: ["a grace period shorter than one batch"],
  example: {
    wrong: { pod: { terminationGracePeriodSeconds: 1 } },
    right: { pod: { terminationGracePeriodSeconds: 30 } },
  },
  check: ({ ownPod }) => {
    const seconds = ownPod["terminationGracePeriodSeconds"];
    return typeof seconds === "number" && seconds < 5
      ? [
          `terminationGracePeriodSeconds is ${seconds}, less than a batch of spans needs. Write: terminationGracePeriodSeconds: 30`,
        ]
      : [];
  },
};

const shell: LintRule = {
  id: "shell-takes-sigterm",
  title: "SIGTERM reaches the program.",
  why: "A shell does not hand it on: the program is killed with its last spans in memory.",
  severity: "warning",
  catches: ["sh -c as the first process, without exec"],
  example: {
    wrong: { container: { command: ["sh", "-c", "migrate && ./server"] } },
    right: { container: { command: ["sh", "-c", "migrate && exec ./server"] } },
  },
  check: ofEach((traced) => {
    const all = ["command", "args"].flatMap((key) =>
      Array.isArray(traced.own?.[key]) ? (traced.own[key] as unknown[]).map(textual) : [],
    );
    const [program = "", option = "", script = ""] = all;
    // A shell replaces itself by a single simple command.
    const several = /&&|\|\||;|\n|\|/.test(script.trim());
    return !traced.init &&
      /^(.*\/)?(sh|bash|ash|dash)$/.test(program) &&
      /^-\w*c$/.test(option) &&
      several &&
      !/\bexec\s/.test(script)
      ? [
          said(
            traced,
            "command",
            "is a shell that does not end in exec",
            'exec before the program: ["sh", "-c", "... && exec <program>"]',
          ),
        ]
      : [];
  }),
};

const attribute: LintRule = {
  id: "resource-annotation-value",
  title: "A resource attribute's annotation holds no comma and no equals sign.",
  why: "The value is put into OTEL_RESOURCE_ATTRIBUTES as it stands and breaks the list: the SDK drops attributes or all of them.",
  severity: "error",
  catches: ["a comma or an equals sign in a resource annotation", "a resource annotation without a name"],
  example: {
    wrong: { annotations: { ...sdk, [`${resourcePrefix}owners`]: "ann,bob" } },
    right: { annotations: { ...sdk, [`${resourcePrefix}owners`]: "ann" } },
  },
  check: ({ annotations }) =>
    Object.entries(annotations).flatMap(([key, value]) => {
      if (!key.startsWith(resourcePrefix) || typeof value !== "string") return [];
      if (key === resourcePrefix)
        return [`annotation ${key} names no attribute. Write: ${resourcePrefix}service.name: ${JSON.stringify(value)}`];
      // service.name goes into a variable of its own.
      return /[,=]/.test(value) && key !== `${resourcePrefix}service.name`
        ? [
            `annotation ${key} is ${JSON.stringify(value)}; a comma or equals sign ends the attribute. Write: ${key}: ${JSON.stringify(value.replaceAll(",", "%2C").replaceAll("=", "%3D"))}`,
          ]
        : [];
    }),
};

const misspelt = new Map([
  ["service_name", "service.name"],
  ["servicename", "service.name"],
  ["service-name", "service.name"],
  ["service_version", "service.version"],
  ["service-version", "service.version"],
  ["service_namespace", "service.namespace"],
  ["service-namespace", "service.namespace"],
]);

const attributeName: LintRule = {
  id: "resource-annotation-name",
  title: "A resource attribute has the name that backends look for.",
  why: "Another spelling is another attribute: the service keeps the name it would have had.",
  severity: "warning",
  catches: ["service_name where service.name is meant"],
  example: {
    wrong: { annotations: { ...sdk, [`${resourcePrefix}service_name`]: "web" } },
    right: { annotations: { ...sdk, [`${resourcePrefix}service.name`]: "web" } },
  },
  check: ({ annotations }) =>
    Object.entries(annotations).flatMap(([key, value]) => {
      const right = key.startsWith(resourcePrefix)
        ? misspelt.get(key.slice(resourcePrefix.length).toLowerCase())
        : undefined;
      return right === undefined
        ? []
        : [
            `annotation ${key} is not the attribute ${right}. Write: ${resourcePrefix}${right}: ${JSON.stringify(textual(value))}`,
          ];
    }),
};

const sameName: LintRule = {
  id: "service-name-shared",
  title: "Each container is a service of its own.",
  why: "Two programs under one name are shown as one, calling itself.",
  severity: "warning",
  catches: ["two containers of a pod under the same service name"],
  example: {
    wrong: {
      annotations: { ...sdk, [containerNamesKey]: "app,b", [`${resourcePrefix}service.name`]: "web" },
      pod: { containers: [{ name: "app" }, { name: "b" }] },
    },
    right: {
      annotations: { ...sdk, [containerNamesKey]: "app,b" },
      pod: { containers: [{ name: "app", env: [{ name: "OTEL_SERVICE_NAME", value: "a" }] }, { name: "b" }] },
    },
  },
  check: ({ traced }) => {
    const own = traced.filter((one) => !one.init && one.own !== undefined);
    const names = own.map((one) => textOf(one, "OTEL_SERVICE_NAME"));
    return own
      .filter((_, at) => names[at] !== undefined && names.indexOf(names[at]) < at)
      .map((one) =>
        said(
          one,
          "OTEL_SERVICE_NAME",
          `is ${JSON.stringify(textOf(one, "OTEL_SERVICE_NAME"))}, as in another container of the pod`,
          `- name: OTEL_SERVICE_NAME with value: ${one.name}`,
        ),
      );
  },
};

const shadowed: LintRule = {
  id: "agent-variable-from-envfrom",
  title: "Variables that an agent extends stand in env.",
  why: "Injection does not see what envFrom brings: its own value replaces that one.",
  severity: "warning",
  catches: ["NODE_OPTIONS, JAVA_TOOL_OPTIONS or PYTHONPATH that came by envFrom is replaced"],
  example: {
    wrong: {
      annotations: { "instrumentation.opentelemetry.io/inject-nodejs": "true" },
      container: { envFrom: [{ configMapRef: { name: "settings" } }] },
    },
    right: { annotations: { "instrumentation.opentelemetry.io/inject-nodejs": "true" } },
  },
  check: (subject) => {
    const variables = { java: "JAVA_TOOL_OPTIONS", nodejs: "NODE_OPTIONS", python: "PYTHONPATH" } as const;
    return Object.entries(variables).flatMap(([language, name]) => {
      if (!subject.injected.has(language as keyof typeof variables)) return [];
      return subject.traced
        .filter(
          ({ own, env }) =>
            env.has(name) && list(own?.["envFrom"] as unknown[]).some((one) => !isFields(one) || !one["prefix"]),
        )
        .filter(({ own }) => !list(own?.env).some((one) => one?.name === name))
        .map((traced) =>
          said(
            traced,
            name,
            "is set by injection, and replaces the one that envFrom may bring",
            `- name: ${name} in env, with the value from there, if there is one`,
          ),
        );
    });
  },
};

export const podRules: readonly LintRule[] = [links, first, grace, shell, attribute, attributeName, sameName, shadowed];
