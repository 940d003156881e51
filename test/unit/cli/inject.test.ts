import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { parseAllDocuments } from "yaml";
import { injectCommand, joined } from "../../../cli/inject.ts";

const deployment = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  template:
    metadata: {annotations: {instrumentation.opentelemetry.io/inject-sdk: "true"}}
    spec:
      containers:
      - {name: app, image: "shop/app:1"} # main
`;
const instrumentation = `apiVersion: opentelemetry.io/v1alpha1
kind: Instrumentation
metadata: {name: default, namespace: shop}
spec: {exporter: {endpoint: "http://collector:4318"}}
`;

let folder = "";
let printed = "";
let told = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "inject-"));
  printed = "";
  told = "";
  vi.spyOn(process.stdout, "write").mockImplementation((text: unknown, done: unknown) => {
    printed += String(text);
    (done as () => void)();
    return true;
  });
  vi.spyOn(console, "error").mockImplementation((line: string) => {
    told += `${line}\n`;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

describe("throughline inject", () => {
  test("prints the documents of all files, injected by what any of them says", async () => {
    const files = [file("a.yaml", deployment.trimEnd()), file("b.yaml", instrumentation)];
    expect(await injectCommand(files)).toBe(0);
    expect(told).toBe("");
    const documents = parseAllDocuments(printed);
    expect(documents.length).toBe(2);
    expect(printed).toContain("OTEL_SERVICE_NAME");
    expect(printed).toContain("# main");
    expect(printed.endsWith(`---\n${instrumentation}`)).toBe(true);
  });

  test("--instrumentation plays its part and is not printed; a folder stands for its files", async () => {
    file("a.yaml", deployment);
    const otel = file("otel.txt", instrumentation);
    expect(await injectCommand(["--instrumentation", otel, folder])).toBe(0);
    expect(printed).toContain("http://collector:4318");
    expect(printed).not.toContain("kind: Instrumentation");
  });

  test("a refused injection prints nothing", async () => {
    const path = file("a.yaml", `---\n---\n${deployment}`);
    await expect(injectCommand([path])).rejects.toThrow(
      `${path}, document 2, Deployment shop/web: annotation instrumentation.opentelemetry.io/inject-sdk is "true"`,
    );
    expect(printed).toBe("");
  });

  test("--keep-going prints what was refused as it is, the rest injected, and still ends with 1", async () => {
    const other = deployment.replace("namespace: shop", "namespace: other");
    const path = file("a.yaml", `${instrumentation}---\n${deployment}---\n${other}`);
    expect(await injectCommand(["--keep-going", path])).toBe(1);
    expect(printed.endsWith(`---\n${other}`)).toBe(true);
    expect(printed).toContain("service.namespace=shop");
    expect(told).toMatch(/^error: .*document 3, Deployment other\/web: .*\[no-instrumentation\]\n$/);
  });

  test("warnings have ids and leave the exit code alone", async () => {
    const wrong = deployment.replace(
      "annotations: {",
      'annotations: {instrumentation.opentelemetry.io/inject-jav: "true", ',
    );
    expect(await injectCommand([file("a.yaml", `${instrumentation}---\n${wrong}`)])).toBe(0);
    expect(told).toMatch(/^warning: .*a\.yaml, document 2, Deployment shop\/web: .*\[[a-z-]+\]$/m);
  });

  test("JSON stays JSON", async () => {
    const objects = parseAllDocuments(`${instrumentation}---\n${deployment}`).map((document) => document.toJS());
    expect(
      await injectCommand([file("a.json", JSON.stringify({ kind: "List", apiVersion: "v1", items: objects }))]),
    ).toBe(0);
    expect(JSON.parse(printed).items.length).toBe(2);
    expect(printed).toContain("OTEL_SERVICE_NAME");
  });

  test("--namespace is where objects live that name none", async () => {
    const nowhere = (text: string) => text.replace(", namespace: shop", "");
    const path = file("a.yaml", `${nowhere(instrumentation)}---\n${nowhere(deployment)}`);
    expect(await injectCommand(["--namespace", "team", path])).toBe(0);
    expect(printed).toContain("service.namespace=team");
  });

  test.each([
    [["--keepgoing", "a.yaml"], "did you mean --keep-going?"],
    [["--instrumentations=x", "a.yaml"], "did you mean --instrumentation?"],
    [["--namespace", "A b", "x.yaml"], "write --namespace default"],
    [[], "throughline inject FILE..."],
    [["-", "-"], "write - once"],
    [["nowhere.yaml"], "no such file"],
  ])("%j is a mistake with a line to write", async (argv, message) => {
    await expect(injectCommand(argv)).rejects.toThrow(message);
    expect(printed).toBe("");
  });

  test("what is not YAML is named with file, line and column", async () => {
    const path = file("a.yaml", "a: 1\n\tb: [\n");
    await expect(injectCommand([path])).rejects.toThrow(/a\.yaml, line 2, column \d+: not valid YAML/);
  });
});

test("texts are joined as documents", () => {
  expect(joined(["a: 1\n"])).toBe("a: 1\n");
  expect(joined(["a: 1", "", "b: 2\n", "# c\n---\nc: 3\n"])).toBe("a: 1\n---\nb: 2\n# c\n---\nc: 3\n");
});
