import * as pulumi from "@pulumi/pulumi";
import { afterEach, describe, expect, test } from "vitest";
import { settings as readSets } from "../../../cli/options.ts";
import { topologyProblems } from "../../../infra/check-topology.ts";
import { parseSettings, readSettings } from "../../../infra/settings/settings.ts";
import { checkConfig } from "../../../infra/settings/stack-config.ts";
import { planTopology } from "../../../infra/topology.ts";
import { parseObjects } from "../../../infra/workload-files.ts";
import { canaries, found } from "../../canaries.ts";

const all = canaries(12);
const json = (value: object) => JSON.stringify(value);
const vendor = (exporter: object) =>
  json({ exporters: { "otlp_http/vendor": exporter }, pipelines: { traces: { exporters: ["otlp_http/vendor"] } } });
const endpoint = "https://vendor.example.com";

/** What is said of settings: all problems, whoever finds them; empty when nobody does. */
function problemsOf(raw: Record<string, string>): string {
  try {
    const settings = parseSettings(raw);
    return topologyProblems(settings, planTopology(settings)).join("\n");
  } catch (error) {
    return (error as Error).message;
  }
}

/** Settings with a credential in plain text, as people write them, each with what the error must say. */
const mistakes: Record<string, [(secret: string) => Record<string, string>, RegExp]> = {
  "a login in an endpoint": [
    (secret) => ({ otlp: json({ endpoint: `https://user:${secret}@host` }) }),
    /otlp\.endpoint.* without login/,
  ],
  "a token in a query": [(secret) => ({ zipkin: json({ endpoint: `http://h/?key=${secret}` }) }), /zipkin\.endpoint/],
  "a login instead of an object": [(secret) => ({ otlp: `https://user:${secret}@host` }), /an object with endpoint/],
  "a login of Kafka's brokers": [(secret) => ({ kafka: json({ brokers: `me:${secret}@k:9092` }) }), /kafka\.brokers/],
  "a login of Prometheus": [
    (secret) => ({ prometheus: json({ remoteWrite: `https://me:${secret}@p/w` }) }),
    /prometheus\.remoteWrite/,
  ],
  "a login of the storage": [
    (secret) => ({ storage: json({ kind: "opensearch", endpoint: `https://me:${secret}@os:9200` }) }),
    /storage\.endpoint/,
  ],
  "the secret instead of its Secret's name": [
    (secret) => ({ elasticsearch: json({ endpoint: "http://e:9200", secret: `Bearer ${secret}` }) }),
    /elasticsearch\.secret.*the name of a Secret/,
  ],
  "JSON that can't be read": [(secret) => ({ agentExtra: `${vendor({ headers: { a: secret } })}}` }), /agentExtra/],
  "a record that can't be read": [(secret) => ({ opensearch: `{"secret": "${secret}` }), /opensearch/],
  "a login beside an unknown setting": [(secret) => ({ password: secret }), /throughline:password is not a setting/],
  "a header": [
    (secret) => ({ gatewayExtra: vendor({ endpoint, headers: { authorization: secret } }) }),
    /gatewayExtra.*authorization.*\$\{env:AUTHORIZATION\}.*from a Secret/,
  ],
  "a header of another name": [
    (secret) => ({ gatewayExtra: vendor({ endpoint, headers: { "x-scope": `Bearer ${secret}` } }) }),
    /holds a secret in plain text/,
  ],
  "a login in the endpoint of a component": [
    (secret) => ({ gatewayExtra: vendor({ endpoint: `http://user:${secret}@vendor.example.com` }) }),
    /holds a secret in plain text/,
  ],
  "a token as login of a component": [
    () => ({ gatewayExtra: vendor({ endpoint: `https://${all[1]?.core}@vendor.example.com` }) }),
    /holds a secret in plain text/,
  ],
  "a token in the query of a component": [
    (secret) => ({ gatewayExtra: vendor({ endpoint: `${endpoint}/?access_token=${secret}` }) }),
    /holds a secret in plain text/,
  ],
  "half a login from the environment": [
    (secret) => ({ gatewayExtra: vendor({ endpoint: `https://user:${secret}@\${env:HOST}` }) }),
    /holds a secret in plain text/,
  ],
  "a text in the place of an exporter": [
    (secret) => ({ agentExtra: json({ exporters: { debug: secret } }) }),
    /a string/,
  ],
};

describe.each(Object.entries(mistakes))("%s", (_, [of, says]) => {
  test("is refused, and the credential is not repeated", () => {
    for (const { text } of all) {
      const said = problemsOf(of(text));
      expect(said).toMatch(says);
      expect(found(all, said)).toEqual([]);
    }
  });
});

test("a login that comes from the environment is no mistake", () => {
  const exporter = { endpoint: "https://user:${env:NODE_NAME}@vendor.example.com:4318/a@b" };
  expect(problemsOf({ agentExtra: vendor(exporter) })).toBe("");
});

describe("a setting that is set as a secret is refused, and not repeated", () => {
  afterEach(() => pulumi.runtime.setAllConfig({}, []));

  test("in a running program", () => {
    const config = { "throughline:redact": json([all[0]?.text]), "throughline:profile": "laptop" };
    pulumi.runtime.setAllConfig(config, ["throughline:redact"]);
    expect(() => readSettings()).toThrow(
      /^throughline:redact is set as a secret.*Write: pulumi config rm throughline:redact/,
    );
    expect(() => readSettings()).not.toThrow(all[0]?.core);
  });

  test.each([{ secure: "v1:abc" }, { endpoint: { secure: "v1:abc" } }])("in a stack's file: %j", (value) => {
    expect(() => checkConfig({ "throughline:otlp": value }, { deploying: false })).toThrow(/otlp is set as a secret/);
  });
});

test("a --set that is none is refused without its credential", () => {
  expect(() => readSets([`otlp https://user:${all[0]?.core}@host`])).toThrow(/^--set is "otlp https:\/\/\*\*\*@host"/);
});

test("a workload file's Secrets keep no copy in kubectl's note, and errors name no value of theirs", () => {
  const note = json({ data: { password: all[0]?.text } });
  const annotations = `annotations: {a: b, kubectl.kubernetes.io/last-applied-configuration: ${JSON.stringify(note)}}`;
  const secret = `{apiVersion: v1, kind: Secret, metadata: {name: s, namespace: ns, ${annotations}}}`;
  expect(parseObjects("f.yaml", secret).objects[0]?.metadata).toEqual({
    name: "s",
    namespace: "ns",
    annotations: { a: "b" },
  });
  const wrong = "{apiVersion: v1, kind: Secret, metadata: {name: s, namespace: ns, annotations: {pin: 314159}}}";
  expect(parseObjects("f.yaml", wrong).problems.join()).toMatch(/pin is a number, which must be text/);
  expect(parseObjects("f.yaml", wrong).problems.join()).not.toContain("314159");
});
