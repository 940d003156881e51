import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { checkCommand, readInputs } from "../../../cli/check.ts";
import { rules } from "../../../policy/check.ts";
import { readDocuments } from "../../../policy/documents.ts";
import { review } from "../../../policy/review.ts";

const sound = `
receivers: {otlp: {protocols: {grpc: {endpoint: "[\${env:POD_IP}]:4317"}, http: {endpoint: "[\${env:POD_IP}]:4318"}}}}
processors: {memory_limiter: {check_interval: 1s, limit_percentage: 80}}
exporters: {debug: {}}
service: {pipelines: {traces: {receivers: [otlp], processors: [memory_limiter], exporters: [debug]}}}
`;
const broken = sound.replace("[memory_limiter]", "[]");
const configMap = (text: string) =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: collector, namespace: demo}\ndata: {relay: ${JSON.stringify(text)}}\n`;

let folder = "";
let printed = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "check-"));
  printed = "";
  vi.spyOn(console, "log").mockImplementation((line: string) => {
    printed += `${line}\n`;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

function file(name: string, text: string): string {
  const path = join(folder, name);
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, text);
  return path;
}

describe("throughline check", () => {
  test("ends with 0 and says so when all is well", async () => {
    expect(await checkCommand([file("a.yaml", sound)])).toBe(0);
    expect(printed).toBe("1 document judged: 0 errors, 0 warnings\n");
  });

  test("tells file, document, object, path, what is wrong, its id and the line to write", async () => {
    const path = file("a.yaml", `---\n${sound}---\n---\n${configMap(broken)}`);
    expect(await checkCommand([path])).toBe(1);
    expect(printed).toBe(`${path}, document 3, ConfigMap demo/collector
  warning: data["relay"].processors.memory_limiter is defined but not used [collector-unused]
    Write: service: {pipelines: {traces: {processors: [memory_limiter, ...]}}}, or take memory_limiter out
  error: data["relay"].service.pipelines.traces.processors has no memory_limiter [collector-memory-limiter]
    Write: processors: [memory_limiter]
2 documents judged: 1 error, 1 warning
Why: throughline check --explain collector-unused
`);
  });

  test("--severity error leaves the warnings out, also of the exit code", async () => {
    const warned = file("a.yaml", sound.replace("[${env:POD_IP}]:4317", "0.0.0.0:4317"));
    expect(await checkCommand([warned])).toBe(1);
    expect(await checkCommand(["--severity", "error", warned])).toBe(0);
  });

  test("--output json has the shape that is documented", async () => {
    const path = file("a.yaml", broken);
    file("values.yaml", "replicas: 2");
    expect(await checkCommand(["--output", "json", folder])).toBe(1);
    expect(JSON.parse(printed)).toEqual({
      judged: 1,
      errors: 1,
      warnings: 1,
      findings: [
        {
          id: "collector-unused",
          severity: "warning",
          file: path,
          document: 1,
          line: 3,
          object: null,
          path: "processors.memory_limiter",
          message: "is defined but not used",
          fix: expect.any(String),
        },
        expect.objectContaining({ id: "collector-memory-limiter", fix: "processors: [memory_limiter]" }),
      ],
      excepted: [],
      remarks: [],
      notJudged: [
        {
          file: join(folder, "values.yaml"),
          document: 1,
          reason: "neither a Kubernetes object nor a Collector configuration",
        },
      ],
    });
  });

  test("--exceptions takes out what it excuses, counts it, and says what it no longer needs", async () => {
    const warnings = vi.spyOn(console, "error").mockImplementation(() => {});
    const path = file("a.yaml", configMap(broken));
    const entry = (rule: string, until: string) =>
      `- {rule: ${rule}, object: ConfigMap demo/*, reason: known, until: "${until}"}\n`;
    const all = entry("collector-memory-limiter", "2999-12-31") + entry("collector-unused", "2999-12-31");
    expect(await checkCommand(["--exceptions", file("e.yaml", all), path])).toBe(0);
    expect(printed).toBe(`${path}, document 1, ConfigMap demo/collector
  excepted until 2999-12-31: data["relay"].processors.memory_limiter is defined but not used [collector-unused]
    Reason: known
  excepted until 2999-12-31: data["relay"].service.pipelines.traces.processors has no memory_limiter [collector-memory-limiter]
    Reason: known
1 document judged: 0 errors, 0 warnings, 2 excepted
`);
    expect(warnings).not.toHaveBeenCalled();

    printed = "";
    const ended = entry("collector-memory-limiter", "2020-01-01") + entry("image-pinned", "2999-12-31");
    expect(await checkCommand(["--output", "json", "--exceptions", file("e.yaml", ended), path])).toBe(1);
    expect(JSON.parse(printed)).toMatchObject({
      ...{ errors: 1, warnings: 1, excepted: [] },
      remarks: [
        expect.stringMatching(/entry 1: .* ended on 2020-01-01/),
        expect.stringMatching(/entry 2: .* excuses nothing/),
      ],
    });
    expect(warnings).toHaveBeenCalledTimes(2);
  });

  test("--exceptions that are wrong stop it, each told", async () => {
    const wrong = file("e.yaml", "- {rule: nothing, object: a, reason: b, until: soon}");
    await expect(checkCommand(["--exceptions", wrong, file("a.yaml", sound)])).rejects.toThrow(
      /entry 1: rule is "nothing"[\s\S]*entry 1: until is "soon"/,
    );
    await expect(checkCommand(["--exceptions", join(folder, "none"), "a"])).rejects.toThrow(/which can't be read/);
  });

  test("--output sarif has a result for each finding", async () => {
    expect(await checkCommand(["--output", "sarif", file("a.yaml", configMap(broken))])).toBe(1);
    const ids = JSON.parse(printed).runs[0].results.map(({ ruleId }: { ruleId: string }) => ruleId);
    expect(ids).toEqual(["collector-unused", "collector-memory-limiter"]);
  });

  test("--list names every rule, --explain tells of each, with the prefix or without", async () => {
    expect(await checkCommand(["--list"])).toBe(0);
    for (const { name, why } of rules) {
      expect(printed).toContain(name);
      printed = `${printed.slice(0, 100_000)}`;
      expect(await checkCommand(["--explain", name])).toBe(0);
      expect(printed).toContain(why);
    }
    printed = "";
    await checkCommand(["--explain", "no-batch"]);
    expect(printed).toMatch(/^collector-no-batch \(error\)\n[\s\S]*wrong:[\s\S]*right:[\s\S]*https:/);
  });

  test("an id that is none is answered with the nearest one", async () => {
    await expect(checkCommand(["--explain", "no-bach"])).rejects.toThrow(/write --explain collector-no-batch$/);
    await expect(checkCommand(["--explain", "completely-different"])).rejects.toThrow(/throughline check --list$/);
  });

  test("wrong options are all told at once", async () => {
    await expect(checkCommand(["--output", "xml", "--severity", "low"])).rejects.toThrow(
      /--output is "xml"[\s\S]*--severity is "low"[\s\S]*no file is named/,
    );
    await expect(checkCommand(["--bogus"])).rejects.toThrow(/--bogus/);
  });

  test("what can't be read is told with file, line and column, all at once", () => {
    const bad = file("bad.yaml", "a: [1\nb: 2\n");
    const other = file("other.yaml", "replicas: 2");
    expect(() => readInputs([bad, other, join(folder, "none.yaml"), file("empty.yaml", "---\n")])).toThrow(
      /bad\.yaml, line 2, column 1: not valid YAML[\s\S]*other\.yaml, document 1: neither[\s\S]*none\.yaml can't be read[\s\S]*empty\.yaml is empty/,
    );
    expect(() => readInputs(["-"], () => "a: *b")).toThrow(
      /^standard input, document 1: not valid YAML: Unresolved alias/,
    );
  });

  test.each(["0440", "288", "0o440"])("a mode of %s is read as kubectl reads it", (mode) => {
    const pod = (written: string) =>
      `apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {volumes: [{name: k, secret: {secretName: k, defaultMode: ${written}}}]}`;
    const said = (written: string) => review(readDocuments("a.yaml", pod(written)).read).map(({ message }) => message);
    expect(said(mode)).toEqual(said("288"));
    expect(said("0446").join()).toContain("mode 0446");
  });

  test("a configuration's merged keys are where they are merged into, in a file and in a ConfigMap", () => {
    const merging = sound
      .replace("{memory_limiter: {", "{memory_limiter: &m {")
      .replace("80}}", "80}, memory_limiter/2: {<<: *m}}")
      .replace("[memory_limiter]", "[memory_limiter, memory_limiter/2]");
    const said = (text: string) => review(readDocuments("a.yaml", text).read).map(({ id }) => id);
    expect(said(merging)).toEqual(said(sound));
    expect(said(configMap(merging))).toEqual(said(configMap(sound)));
  });

  test("a name that is a number is told for what it is, and one that is missing too", () => {
    const map = (metadata: string) => `apiVersion: v1\nkind: ConfigMap\nmetadata: {${metadata}}\n`;
    expect(() => readInputs([file("a.yaml", map("name: 123"))])).toThrow(
      /a\.yaml, document 1: ConfigMap whose metadata\.name is a number, which must be text\. Write: metadata: \{name: "\.\.\."\}$/,
    );
    expect(() => readInputs([file("a.yaml", map(""))])).toThrow(/ConfigMap without metadata\.name\. Write: metadata/);
  });

  test("a folder is read with those inside it", () => {
    file("b/c.yml", sound);
    file("a.yaml", configMap(sound));
    file(".git/d.yaml", "a: [");
    expect(readInputs([folder]).map(({ kind }) => kind)).toEqual(["manifest", "configuration"]);
  });
});

describe("documents", () => {
  test.each([
    "metadata: {name: {{ .Values.name }}}",
    "{{- if .Values.on }}\nkind: Service\n{{- end }}",
    "replicas: {{ .Values.replicas }}",
    "spec:\n{{ toYaml .Values.spec | indent 2 }}",
  ])("of a Helm template get one clear error: %j", (text) => {
    expect(readDocuments("a.yaml", text)).toEqual({
      read: [],
      problems: [
        "a.yaml is a Helm template that is not rendered. Write: helm template <release> <chart> | throughline check -",
      ],
    });
  });

  test("may hold braces in their texts", () => {
    const text = configMap("title: '{{ .name }}'\n");
    expect(readDocuments("a.yaml", text).problems).toEqual([]);
  });

  test("of a List stand for themselves", () => {
    const list = {
      apiVersion: "v1",
      kind: "List",
      items: [{ apiVersion: "v1", kind: "Service", metadata: { name: "a" } }],
    };
    expect(readDocuments("a", JSON.stringify(list)).read).toMatchObject([
      { kind: "manifest", manifest: { kind: "Service" } },
    ]);
  });

  test("are related over files: the pod tells what the ConfigMap's configuration may ask for", () => {
    const deployment = `apiVersion: apps/v1
kind: Deployment
metadata: {name: collector, namespace: demo}
spec: {template: {spec: {containers: [{name: c, env: []}], volumes: [{name: a, configMap: {name: collector}}]}}}`;
    const documents = [...readDocuments("a", configMap(sound)).read, ...readDocuments("b", deployment).read];
    expect(review(documents).filter(({ id }) => id === "collector-env")).toMatchObject([
      { file: "a", message: "names the variable POD_IP, which the container does not set" },
    ]);
  });

  const text = fc.oneof(
    fc.string(),
    fc.jsonValue().map((value) => JSON.stringify(value)),
    fc
      .record({
        apiVersion: fc.string(),
        kind: fc.constantFrom("ConfigMap", "Service", "Deployment", "NetworkPolicy", "OpenTelemetryCollector", "List"),
        metadata: fc.record({ name: fc.string(), labels: fc.jsonValue() }),
        spec: fc.jsonValue(),
        data: fc.jsonValue(),
        items: fc.jsonValue(),
      })
      .map((value) => JSON.stringify(value)),
  );
  test("of any text are read and judged without a throw", () => {
    fc.assert(
      fc.property(text, (one) => {
        for (const { fix } of review(readDocuments("a.yaml", one).read)) expect(fix).not.toBe("");
      }),
      { numRuns: 500 },
    );
  });
});
