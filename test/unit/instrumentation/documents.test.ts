import { describe, expect, test } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { deploymentYaml, inShop, instrumentationYaml, namespaceYaml, run } from "./documents-fixtures.ts";

const around = { around: inShop };
const codes = (reports: readonly { id: string }[]) => reports.map(({ id }) => id);
const lines = (text: string) => text.split("\n");

/** Lines of the first text that are missing in the second, whose order has to be the same. */
function lost(before: string, after: string): string[] {
  const left = lines(after);
  return lines(before).filter((line) => {
    const at = left.indexOf(line);
    if (at !== -1) left.splice(0, at + 1);
    return at === -1;
  });
}

describe("what stays as it is", () => {
  test("every byte of documents that nobody opted in to", () => {
    const text = `# a\n%YAML 1.2\n---\na:   1\n...\n---\n---\n${deploymentYaml("", 'inject-sdk: "false"')}  # x\n\n`;
    const result = run(text);
    expect(result.output).toBe(text);
    expect(result.refused).toEqual([]);
    for (const other of ["", "\n", "# only this\n", "---\n---\n", "null\n", "[1, 2]\n", "{}\n"]) {
      expect(run(other).output).toBe(other);
    }
  });

  test("comments, order, quotes, blank lines and flow style of a document that is injected", () => {
    const own = `        env:
        # about A
        - name: A
          value:   "x"    # two
        - {name: B, value: 'yes'}

        - name: M
          value: 0o18
        securityContext: { runAsUser: 0644, runAsGroup: 0o17 }
        resources: {limits: {cpu: 1.10}}
# end
`;
    const before = `# head\n${deploymentYaml(own)}`;
    const { output, refused } = run(before, around);
    expect(refused).toEqual([]);
    expect(lost(before, output)).toEqual([]);
    expect(output).toContain("- name: OTEL_NODE_IP");
    expect(lines(output).length).toBeGreaterThan(lines(before).length);
  });

  test("line ends, indentation of lists and the missing line end of the last line", () => {
    const windows = deploymentYaml().replaceAll("\n", "\r\n");
    expect(run(windows, around).output.replaceAll("\r\n", "")).not.toMatch(/[\r\n]/);
    expect(run(deploymentYaml().trimEnd(), around).output).not.toMatch(/\n$/);
    const [head = "", tail = ""] = deploymentYaml("        ports:\n        - containerPort: 80\n").split(
      "containers:\n",
    );
    const deeper = tail.replace(/^ {8}- /m, "          - ").replace(/^(?=.)/gm, "  ");
    const indented = `${head}containers:\n${deeper}`;
    expect(lost(indented, run(indented, around).output)).toEqual([]);
  });

  test("the other documents of a file", () => {
    const service = "apiVersion: v1\nkind: Service\nmetadata: {name:   x}\n";
    const text = `${namespaceYaml}---\n${instrumentationYaml}---\n${deploymentYaml()}---\n# after\n${service}`;
    const { output } = run(text);
    expect(output.startsWith(`${namespaceYaml}---\n${instrumentationYaml}---\n`)).toBe(true);
    expect(output.endsWith(`---\n# after\n${service}`)).toBe(true);
  });

  test("the marks between documents, empty ones too", () => {
    const { output } = run(`---\n---\n${deploymentYaml()}---\n---\n`, around);
    expect(output.startsWith("---\n---\napiVersion")).toBe(true);
    expect(parseAllDocuments(output).length).toBe(4);
  });

  test("a document that was injected before, byte for byte", () => {
    const once = run(deploymentYaml("        env: []\n"), around).output;
    expect(run(once, around)).toMatchObject({ output: once, refused: [], warnings: [] });
  });
});

describe("aliases", () => {
  test("what two workloads share is changed for each alone", () => {
    const first = deploymentYaml("        env: &env\n        - name: A\n          value: a\n");
    const items = [first, deploymentYaml("        env: *env\n", 'inject-sdk: "false"', "other")];
    const text = `apiVersion: v1\nkind: List\nitems:\n${items.map((item) => `- ${item.trimEnd().replaceAll("\n", "\n  ")}\n`).join("")}`;
    const { output, refused } = run(text, around);
    expect(refused).toEqual([]);
    const list = parse(output) as { items: { spec: { template: { spec: { containers: { env: object[] }[] } } } }[] };
    const [one, two] = list.items.map(({ spec }) => spec.template.spec.containers[0]?.env);
    expect(one?.length).toBeGreaterThan(5);
    expect(two).toEqual([{ name: "A", value: "a" }]);
    expect(output.match(/# main/g)?.length).toBe(2);
  });

  test.each([
    ["an alias as list", "        env: *env\n"],
    ["an alias as item", "        env:\n        - *item\n"],
    ["a merged container", "        <<: *container\n"],
  ])("%s", (_name, own) => {
    const shared = "x-a: &env\n- &item {name: A, value: a}\nx-c: &container\n  env: *env\n";
    const { output, refused } = run(`${shared}${deploymentYaml(own)}`, around);
    expect(refused).toEqual([]);
    expect(output).toContain("# main");
    const value = parse(output, { merge: true });
    expect(value["x-a"]).toEqual([{ name: "A", value: "a" }]);
    expect(value["x-c"]).toEqual({ env: value["x-a"] });
    const names = value.spec.template.spec.containers[0].env.map(({ name }: { name: string }) => name);
    expect(names.slice(0, 3)).toEqual(["OTEL_NODE_IP", "OTEL_POD_IP", "A"]);
  });

  test("what an alias stood for is copied as it was written", () => {
    const text = `x: &env\n- {name: A, value: 'a'}\n${deploymentYaml("        env: *env\n")}`;
    expect(run(text, around).output.match(/\{name: A, value: 'a'\}/g)?.length).toBe(2);
  });

  test("an anchor that moves behind its alias costs the layout, never the meaning", () => {
    const own =
      "        env:\n        - &a {name: OTEL_RESOURCE_ATTRIBUTES, value: a=b}\n        args: [x]\n      - name: side\n        env: [*a]\n";
    const { output, refused } = run(deploymentYaml(own), around);
    expect(refused).toEqual([]);
    expect(parse(output).spec.template.spec.containers[1].env).toEqual([
      { name: "OTEL_RESOURCE_ATTRIBUTES", value: "a=b" },
    ]);
  });
});

describe("the cluster that documents make", () => {
  test("a workload that names no namespace lives in the default one", () => {
    const text = deploymentYaml().replace("  namespace: shop\n", "");
    expect(codes(run(text, around).refused)).toEqual(["no-instrumentation"]);
    const { output, injected } = run(text, { ...around, defaultNamespace: "shop" });
    expect(output).toContain("k8s.namespace.name=shop");
    expect(injected).toEqual([{ object: "Deployment shop/web", languages: ["sdk"] }]);
  });

  test("nothing is taken that is not asked for: no endpoint, no protocol", () => {
    const bare = [{ name: "otel.yaml", text: instrumentationYaml.replace(/^ {2}exporter.*\n/m, "  {}\n") }];
    expect(run(deploymentYaml(), { around: bare }).output).not.toMatch(/OTEL_EXPORTER/);
  });

  test("images and resources that are not given are the operator's", () => {
    const { output } = run(deploymentYaml("", 'inject-java: "true"'), around);
    expect(output).toContain("image: ghcr.io/open-telemetry/opentelemetry-operator/autoinstrumentation-java:2.30.0");
    expect(output).toContain("cpu: 500m");
  });

  test("a TLS Secret has to be among the documents, and none of its content is told", () => {
    const tls = instrumentationYaml.replace('4318"}', '4318", tls: {secretName: tls, ca_file: ca.crt}}');
    const secret =
      "apiVersion: v1\nkind: Secret\nmetadata: {name: tls, namespace: shop}\nstringData: {ca.crt: hidden}\n";
    const without = run(`${tls}---\n${deploymentYaml()}`);
    expect(codes(without.refused)).toEqual(["tls-source-missing"]);
    expect(without.output).toBe(`${tls}---\n${deploymentYaml()}`);
    expect(run(`${tls}---\n${secret}---\n${deploymentYaml()}`).refused).toEqual([]);
    expect(run(`${secret}  "hidden": [}\n`).unreadable.join()).not.toContain("hidden");
  });

  test("a Namespace opts in, also from another file and within a List", () => {
    const annotated = {
      ...parse(namespaceYaml),
      metadata: { name: "shop", annotations: { "instrumentation.opentelemetry.io/inject-sdk": "true" } },
    };
    const list = [
      { name: "list.json", text: JSON.stringify({ kind: "List", apiVersion: "v1", items: [annotated] }) },
      ...inShop.slice(1),
    ];
    expect(run(deploymentYaml("", 'container-names: "app"'), { around: list }).injected.length).toBe(1);
  });

  test.each([
    ["spec.samplr", "sampler", "  samplr: {type: always_on}\n"],
    ["spec.java.resourceRequirements", "", "  java: {resourceRequirements: {}}\n"],
    ["sampler.argument", '"0.5"', "  sampler: {type: traceidratio, argument: 0.5}\n"],
    ["env", "list", "  env: {A: b}\n"],
  ])("an Instrumentation with a wrong %s is a problem once", (field, hint, line) => {
    const { refused } = run(`${instrumentationYaml}${line}---\n${deploymentYaml()}`);
    expect(refused.length).toBe(1);
    expect(refused[0]?.message).toContain(field);
    expect(refused[0]?.message).toContain(hint);
  });
});

describe("problems", () => {
  test("asked for without any Instrumentation", () => {
    const { refused, output } = run(deploymentYaml());
    expect(refused).toMatchObject([
      { file: "in.yaml", document: 1, object: "Deployment shop/web", id: "no-instrumentation" },
    ]);
    expect(output).toBe(deploymentYaml());
  });

  test("an annotation that is no text is refused, one on the wrong object is only told of", () => {
    expect(codes(run(deploymentYaml("", "inject-sdk: true"), around).refused)).toEqual(["annotation-not-a-string"]);
    const misplaced = deploymentYaml("", 'inject-sdk: ""').replace(
      "  namespace: shop",
      '  namespace: shop\n  annotations: {instrumentation.opentelemetry.io/inject-sdk: "true"}',
    );
    const result = run(misplaced, around);
    expect(result.refused).toEqual([]);
    expect(codes(result.warnings)).toContain("annotation-on-workload");
  });

  test.each([
    ["        env: {A: b}\n", "env has to be a list"],
    ["        env: [{name: A, value: 5}]\n", "env[0].value has to be a text"],
    ["        env: [A]\n", "env[0] has to be an object"],
    ["        volumeMounts: text\n", "volumeMounts has to be a list"],
  ])("a workload that the cluster would refuse: %j", (own, what) => {
    const { refused, output } = run(deploymentYaml(own), around);
    expect(refused.map(({ message }) => message).join()).toContain(what);
    expect(output).toBe(deploymentYaml(own));
  });

  test("what can't be read has file, line and column", () => {
    expect(run("a: 1\na: 2\n").unreadable.join()).toMatch(/^in\.yaml, line 2, column 1: .*unique/);
    expect(run("a: {{ .Values.x }}\n").unreadable.join()).toContain("throughline inject -");
    expect(run("a: *b\n").unreadable.join()).toContain("document 1");
  });

  test("lint is asked about every object, and says nothing that injection said already", () => {
    const service = `apiVersion: v1\nkind: Service\nmetadata:\n  name: web\n  annotations:\n    instrumentation.opentelemetry.io/inject-sdk: "true"\n`;
    const annotations = 'inject-sdk: "true"\n        instrumentation.opentelemetry.io/inject-jav: "true"';
    const sampler = "env: [{name: OTEL_TRACES_SAMPLER, value: always_off}]";
    const text = `${service}---\n${deploymentYaml("", annotations).replace(/( +)(image: .*)/, `$1$2\n$1${sampler}`)}`;
    const { warnings, refused } = run(text, { around: inShop });
    expect(refused).toEqual([]);
    expect(codes(warnings)).toEqual(["annotation-on-other-object", "unknown-annotation", "sampler-off"]);
  });
});

test("objects of other groups with the same kind are left alone", () => {
  const text = deploymentYaml().replace("apps/v1", "example.com/v1");
  expect(run(text, around)).toMatchObject({ output: text, refused: [] });
  expect(parseAllDocuments(text).length).toBe(1);
});
