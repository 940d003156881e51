import { agentFields, resourcesField } from "./defaulter.ts";
import type { Instrumentation, Problem } from "./types.ts";
import { isFields } from "./workload.ts";

/** What is wrong below a value: paths with what is there and what may be. */
type Findings = { readonly path: string; readonly value: unknown; readonly allowed: string; readonly write: string }[];
type Check = (value: unknown, path: string, findings: Findings) => void;

function plain(allowed: string, write: (value: unknown) => string, fits: (value: unknown) => boolean): Check {
  return (value, path, findings) => {
    if (!fits(value)) findings.push({ path, value, allowed, write: write(value) });
  };
}

const scalar = (value: unknown) => typeof value === "number" || typeof value === "boolean" || typeof value === "string";
const quoted = (value: unknown) => JSON.stringify(scalar(value) ? String(value) : "<text>");
const text = plain("a string", quoted, (value) => typeof value === "string");
const flag = plain(
  "true or false",
  (value) => String(value === "true"),
  (value) => typeof value === "boolean",
);
const object = plain("an object", () => "{ ... }", isFields);
const quantity = plain(
  "a quantity",
  () => '"200Mi"',
  (value) => typeof value === "string" || typeof value === "number",
);

function listOf(one: Check, write: string): Check {
  const isList = plain("a list", () => write, Array.isArray);
  return (value, path, findings) => {
    if (!Array.isArray(value)) return isList(value, path, findings);
    for (const [index, inner] of value.entries()) one(inner, `${path}[${index}]`, findings);
  };
}

/** An object of known fields, each of which may be missing or null; other fields are not looked at. */
function fields(checks: Readonly<Record<string, Check>>, required: readonly string[] = []): Check {
  const entries = Object.entries(checks);
  return (value, path, findings) => {
    if (!isFields(value)) return object(value, path, findings);
    for (const [key, check] of entries) {
      const inner = value[key];
      const missing = inner === undefined || inner === null;
      if (!missing || required.includes(key)) check(inner, path === "" ? key : `${path}.${key}`, findings);
    }
  };
}

const texts: Check = (value, path, findings) => {
  if (!isFields(value)) return object(value, path, findings);
  for (const [key, inner] of Object.entries(value)) text(inner, `${path}["${key}"]`, findings);
};

const variables = listOf(
  fields({ name: text, value: text, valueFrom: object }, ["name"]),
  '[{ name: "A", value: "b" }]',
);
const resources = fields({ limits: object, requests: object });
const webServer = { attrs: variables, version: text, configPath: text, configFile: text };

function agent(field: (typeof agentFields)[number]): Check {
  return fields({
    image: text,
    env: variables,
    [resourcesField(field)]: resources,
    volumeLimitSize: quantity,
    volumeClaimTemplate: object,
    securityContext: object,
    ...(field === "java" ? { extensions: listOf(fields({ image: text, dir: text }, ["image", "dir"]), "[]") } : {}),
    ...(field === "apacheHttpd" || field === "nginx" ? webServer : {}),
  });
}

const specCheck = fields({
  exporter: fields({
    endpoint: text,
    tls: fields({ secretName: text, configMapName: text, ca_file: text, cert_file: text, key_file: text }),
  }),
  propagators: listOf(text, '["tracecontext", "baggage"]'),
  sampler: fields({ type: text, argument: text }),
  resource: fields({ resourceAttributes: texts, addK8sUIDAttributes: flag }),
  defaults: fields({ useLabelsForResourceAttributes: flag }),
  env: variables,
  imagePullPolicy: text,
  initContainerSecurityContext: object,
  ...Object.fromEntries(agentFields.map((field) => [field, agent(field)])),
});

/** Specs are shared by many workloads; each is looked at once. */
const known = new WeakMap<object, Findings>();

function findingsOf(spec: unknown): Findings {
  const before = isFields(spec) ? known.get(spec) : undefined;
  if (before !== undefined) return before;
  const findings: Findings = [];
  specCheck(spec, "", findings);
  if (isFields(spec)) known.set(spec, findings);
  return findings;
}

function shown(value: unknown): string {
  const json = typeof value === "object" || scalar(value) ? JSON.stringify(value) : String(value);
  return json.length > 80 ? `${json.slice(0, 80)}...` : json;
}

/** Problems of an Instrumentation whose fields are not of the kind the cluster's API takes (a number where a string belongs, and so on). */
export function malformedSpec({ namespace, name, spec }: Instrumentation): Problem[] {
  return findingsOf(spec).map(({ path, value, allowed, write }) => {
    const what = path === "" ? "spec" : path;
    return {
      code: "instrumentation-malformed",
      message: `${what} of Instrumentation ${namespace}/${name} is ${value === undefined ? "not set" : shown(value)}, but it has to be ${allowed}. Write: ${what}: ${write}`,
    };
  });
}
