import { describe, expect, test } from "vitest";
import { rules } from "../../../policy/check.ts";
import { readDocuments } from "../../../policy/documents.ts";
import { review } from "../../../policy/review.ts";
import { type Told, toSarif } from "../../../policy/sarif.ts";

const text = `# A comment.
apiVersion: v1
kind: List
items:
  - apiVersion: v1
    kind: Service
    metadata:
      name: collector
      namespace: demo
    spec:
      selector: {app: nobody}
      ports: [{port: 4317}]
  - apiVersion: v1
    kind: ConfigMap
    metadata: {name: "a/b.c", namespace: demo}
    data:
      other: "plain: text"
      config.yaml: |

        # Another comment.
        receivers:
          otlp: {protocols: {grpc: {endpoint: "[\${env:POD_IP}]:4317"}}}
        processors:
          batch: {}
        exporters:
          debug: {}
        service:
          pipelines:
            traces:
              receivers: [otlp]
              processors:
                - batch
              exporters: [debug]
---
receivers:
  otlp:
    protocols:
      http: {endpoint: "0.0.0.0:4318"}
exporters: {debug: {}}
service:
  pipelines:
    traces: {receivers: [otlp], exporters: [debug]}
`;

const read = () => readDocuments("my charts/a.yaml", text).read;
const lineOf = (part: string) => text.slice(0, text.indexOf(part)).split("\n").length;

describe("the line of a finding", () => {
  test.each([
    [0, undefined, lineOf("apiVersion: v1\n    kind: Service")],
    [0, "spec.ports[0].port", lineOf("ports: [{port")],
    [0, "spec.nothing.there", lineOf("spec:")],
    [1, 'data["config.yaml"]', lineOf("config.yaml: |")],
    [1, 'data["config.yaml"].processors.batch', lineOf("batch: {}")],
    [1, 'data["config.yaml"].service.pipelines.traces.processors[0]', lineOf("- batch")],
    [1, 'data["config.yaml"].service.pipelines.logs', lineOf("pipelines:")],
    [1, 'data["other"].plain', lineOf("other:")],
    [2, undefined, lineOf("receivers:\n  otlp:\n    protocols")],
    [2, "receivers.otlp.protocols.http.endpoint", lineOf("http: {endpoint")],
  ])("of object %i at %s is %i", (index, path, line) => {
    expect(read()[index]?.line(path)).toBe(line);
  });

  test("goes with what is found", () => {
    const batch = review(read()).find(({ id }) => id === "collector-no-batch");
    expect(batch).toMatchObject({ document: 1, line: lineOf("processors:\n                - batch") });
  });
});

type Json = Record<string, unknown>;

/** What the specification requires of each object that is written here, by section 3.13 to 3.58; a sentence for each fault. */
function faultsOf(log: unknown): string[] {
  const faults: string[] = [];
  const need = (holds: boolean, what: string) => void (holds || faults.push(what));
  const isText = (value: unknown) => typeof value === "string" && value !== "";
  const list = (value: unknown) => (Array.isArray(value) ? (value as Json[]) : []);
  const { $schema, version, runs } = log as Json;
  need(version === "2.1.0", "version");
  need(isText($schema) && URL.canParse($schema as string), "$schema");
  need(list(runs).length === 1, "runs");
  for (const run of list(runs)) {
    const driver = (run["tool"] as Json)["driver"] as Json;
    need(isText(driver["name"]), "driver.name");
    const descriptors = list(driver["rules"]);
    need(new Set(descriptors.map(({ id }) => id)).size === descriptors.length, "rule ids are not unique");
    for (const { id, shortDescription, fullDescription, help, helpUri, defaultConfiguration } of descriptors) {
      need(isText(id), "rule id");
      for (const one of [shortDescription, fullDescription, help]) need(isText((one as Json)["text"]), `${id} text`);
      need(URL.canParse(helpUri as string), `${id} helpUri`);
      need(
        ["error", "warning", "note", "none"].includes((defaultConfiguration as Json)["level"] as string),
        `${id} level`,
      );
    }
    for (const { ruleId, ruleIndex, level, message, locations, suppressions } of list(run["results"])) {
      need(descriptors[ruleIndex as number]?.["id"] === ruleId, `${ruleId} ruleIndex`);
      need(["error", "warning", "note", "none"].includes(level as string), `${ruleId} level`);
      need(isText((message as Json)["text"]), `${ruleId} message`);
      need(list(locations).length > 0, `${ruleId} locations`);
      for (const { physicalLocation } of list(locations)) {
        const { artifactLocation, region } = physicalLocation as Json;
        const { uri } = artifactLocation as Json;
        need(isText(uri) && /^[\w\-.~%:/?#[\]@!$&'()*+,;=]+$/.test(uri as string), `${ruleId} uri`);
        const { startLine } = region as Json;
        need(Number.isInteger(startLine) && (startLine as number) >= 1, `${ruleId} startLine`);
      }
      for (const { kind, status } of list(suppressions)) {
        need(kind === "inSource" || kind === "external", `${ruleId} suppression.kind`);
        need(["accepted", "underReview", "rejected"].includes(status as string), `${ruleId} suppression.status`);
      }
    }
  }
  return faults;
}

describe("SARIF", () => {
  const found: Told[] = review(read()).map((one, index) => ({
    ...one,
    ...(index === 0 && { exception: { rule: one.id, reason: "known", until: "2027-06-30", place: "here" } }),
  }));
  const log = toSarif(found, rules) as { runs: [{ results: Json[] }] };

  test("has everything that the specification requires", () => {
    expect(found.length).toBeGreaterThan(5);
    expect(faultsOf(JSON.parse(JSON.stringify(log)))).toEqual([]);
    expect(faultsOf(toSarif([], rules))).toEqual([]);
  });

  test("tells file, line, object and the line to write, and marks what is excused", () => {
    const { results } = log.runs[0];
    expect(results.find(({ ruleId }) => ruleId === "collector-no-batch")).toMatchObject({
      level: "error",
      message: { text: expect.stringMatching(/^ConfigMap demo\/a\/b\.c: data\["config\.yaml"\]\..*Write: /) },
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: "my%20charts/a.yaml" },
            region: { startLine: lineOf("processors:\n                - batch") },
          },
        },
      ],
      suppressions: [],
    });
    expect(results[0]?.["suppressions"]).toEqual([
      { kind: "external", status: "accepted", justification: "known (until 2027-06-30)" },
    ]);
  });

  test("an absolute path becomes a file address", () => {
    const [one] = found;
    const text = JSON.stringify(toSarif([{ ...one!, file: "/a b/c.yaml" }], rules));
    expect(text).toContain('"uri":"file:///a%20b/c.yaml"');
  });
});
