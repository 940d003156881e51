import type { AgentSpec, InstrumentationSpec, Resources } from "./types.ts";

/** Fields of an Instrumentation that describe one agent each. */
export type AgentField = "java" | "nodejs" | "python" | "dotnet" | "go" | "apacheHttpd" | "nginx";

const operator = "ghcr.io/open-telemetry/opentelemetry-operator/autoinstrumentation-";
const webServer = `${operator}apache-httpd:1.0.4`;

/** Agent images that operator 0.158.0 takes where an Instrumentation names none, by field. Apache and nginx share one. */
export const defaultImages: Readonly<Record<AgentField, string>> = {
  java: `${operator}java:2.30.0`,
  nodejs: `${operator}nodejs:0.78.0`,
  python: `${operator}python:0.64b0`,
  dotnet: `${operator}dotnet:1.16.0`,
  go: "ghcr.io/open-telemetry/opentelemetry-go-instrumentation/autoinstrumentation-go:v0.24.0",
  apacheHttpd: webServer,
  nginx: webServer,
};

/** Fields of an Instrumentation that describe an agent, in order of injection. */
export const agentFields = Object.keys(defaultImages) as readonly AgentField[];

const limits = { cpu: "500m", memory: "256Mi" };
const requests: Readonly<Record<AgentField, Readonly<Record<string, string>>>> = {
  java: { cpu: "50m", memory: "64Mi" },
  nodejs: { cpu: "50m", memory: "128Mi" },
  python: { cpu: "50m", memory: "64Mi" },
  dotnet: { cpu: "50m", memory: "128Mi" },
  go: { cpu: "50m", memory: "64Mi" },
  apacheHttpd: { cpu: "1m", memory: "128Mi" },
  nginx: { cpu: "1m", memory: "128Mi" },
};

/** Resources of an agent's container; Java's field has another name than all the others'. */
export function resourcesField(field: AgentField): "resources" | "resourceRequirements" {
  return field === "java" ? "resources" : "resourceRequirements";
}

function withAgentDefaults(field: AgentField, agent: AgentSpec): AgentSpec {
  const key = resourcesField(field);
  const given: Resources = agent[key] ?? {};
  const resources = { ...given, limits: given.limits ?? limits, requests: given.requests ?? requests[field] };
  return { ...agent, image: agent.image || defaultImages[field], [key]: resources };
}

/**
 * The spec as operator 0.158.0 stores it: images, limits and requests of every agent and the web servers' paths, each filled in where it
 * is not given. Limits and requests are filled in apart from each other, and only as a whole. What is given stays; the input is not changed.
 */
export function withDefaults(spec: InstrumentationSpec): InstrumentationSpec {
  const agents = agentFields.map((field) => [field, withAgentDefaults(field, spec[field] ?? {})] as const);
  const filled: InstrumentationSpec = { ...spec, ...Object.fromEntries(agents) };
  const { apacheHttpd, nginx } = filled;
  return {
    ...filled,
    apacheHttpd: {
      ...apacheHttpd,
      version: apacheHttpd?.version || "2.4",
      configPath: apacheHttpd?.configPath || "/usr/local/apache2/conf",
    },
    nginx: { ...nginx, configFile: nginx?.configFile || "/etc/nginx/nginx.conf" },
  };
}
