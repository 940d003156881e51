import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { parseAllDocuments } from "yaml";
import { renderCommand } from "../../../cli/render.ts";
import { readSecrets, secretsText, withEarlier } from "../../../infra/render/kept-secrets.ts";
import type { Manifest } from "../../../policy/types.ts";

let root: string;
let told: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "throughline-render-"));
  told = "";
  const hear = (line: string) => {
    told += `${line}\n`;
  };
  vi.spyOn(console, "log").mockImplementation(hear);
  vi.spyOn(console, "error").mockImplementation(hear);
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(root, { recursive: true });
});

const at = (name: string) => join(root, name);
const all = (folder: string) =>
  readdirSync(at(folder)).map((name) => [name, readFileSync(join(at(folder), name), "utf8")]);
const secrets = () => parseAllDocuments(readFileSync(at("secrets.yaml"), "utf8")).map((one) => one.toJS() as Manifest);

test("two folders get the same bytes, and how to apply them", async () => {
  expect(await renderCommand([at("one"), "--set", "namespace=traces"])).toBe(0);
  expect(told).toMatch(
    /one: \d+ objects; \d+ files new, 0 changed, 0 removed, 0 the same\nApply: kubectl apply -f \S+one\n/,
  );
  expect(told).toContain("warning: storage: memory");
  await renderCommand([at("two"), "--set", "namespace=traces"]);
  expect(all("two")).toEqual(all("one"));
  await renderCommand([at("one"), "--set", "namespace=traces", "--set", "otlp.endpoint=https://x.example.com"]);
  expect(told).toMatch(/one: \d+ objects; 1 files new, 2 changed, 1 removed/);
});

describe("certificates", () => {
  const production = (folder: string, ...more: string[]) =>
    renderCommand([at(folder), "--profile", "production", ...more]);
  const kept = ["--secrets", "secrets.yaml"];
  beforeEach(() => {
    kept[1] = at("secrets.yaml");
  });

  test("are not made where nothing keeps them", async () => {
    await expect(production("out")).rejects.toThrow(
      /^the settings \(tls, operator\) ask for certificates, .*throughline-tls-1, .*Write: --secrets FILE, .* or --set tls=off$/,
    );
    expect(existsSync(at("out"))).toBe(false);
  });

  test("are kept in a file of the user's alone, change only by generation, and never all at once", async () => {
    await production("out", ...kept);
    expect(statSync(at("secrets.yaml")).mode & 0o777).toBe(0o600);
    const first = secrets();
    expect(first.map(({ metadata }) => metadata.name)).toEqual(["throughline-tls-1", "throughline-tls-2"]);
    expect(all("out").flat().join("")).not.toMatch(/PRIVATE KEY|LS0tLS1CRUdJTiBQ/);
    expect(told).toMatch(/Apply: kubectl apply -f \S+out -f \S+secrets\.yaml/);

    await expect(production("out", ...kept, "--set", "tlsGeneration=3")).rejects.toThrow(
      /tlsGeneration is 3, but --secrets keeps generations 1, 2, .*Write: --set tlsGeneration=2$/,
    );
    await production("out", ...kept, "--set", "tlsGeneration=2", "--set", 'operator.namespaces=["shop"]');
    expect(told).toMatch(
      /Apply: kubectl apply -f (\S+out\/1-\S+) && kubectl wait --for=condition=Established -f \1 && kubectl apply -f /,
    );
    expect(secrets().filter(({ metadata }) => /^throughline-tls-[12]$/.test(metadata.name))).toEqual(first);
    expect(secrets().map(({ metadata }) => metadata.name.replace(/.*-tls/, ""))).toEqual([
      "-1",
      "-2",
      "-3",
      "-1",
      "-2",
      "-3",
    ]);
  });

  test("stay out of the folder, and out of other people's files", async () => {
    await expect(production("out", "--secrets", at("out/secrets.yaml"))).rejects.toThrow(/which lies in .*elsewhere$/);
    writeFileSync(at("mine.yaml"), "a: b\n");
    await expect(production("out", "--secrets", at("mine.yaml"))).rejects.toThrow(/throughline render did not write/);
    await expect(production("out", "--secrets", at("none/a.yaml"))).rejects.toThrow(/Write: mkdir -p /);
    await expect(production("out", "--secrets", at("out/..secrets.yaml"))).rejects.toThrow(
      /which lies in .*elsewhere$/,
    );
    await expect(production("out", "--secrets", "")).rejects.toThrow(/^--secrets is ""; write the name of a file/);
    await expect(production("out", "--secrets", root)).rejects.toThrow(
      /^--secrets is .*, which is a folder\. Write: --secrets \S+traces-secrets\.yaml$/,
    );
    await expect(production("out", "--secrets", "/dev/null")).rejects.toThrow(/which is no regular file/);
    await expect(production("out", "--secrets", at("mine.yaml/a"))).rejects.toThrow(/a part of its path is no folder/);
    expect(existsSync(at("out"))).toBe(false);
  });
});

test("certificates of a part that is off, or of another namespace, stay in the file; old generations and others' Secrets go", () => {
  const secret = (namespace: string, name: string, immutable: boolean): Manifest => {
    return { apiVersion: "v1", kind: "Secret", metadata: { name, namespace }, ...(immutable && { immutable }) };
  };
  const kept = [
    secret("a", "tls-1", true),
    secret("b", "tls-1", true),
    secret("a", "other-tls-1", true),
    secret("a", "db", false),
  ];
  const rendered = ["tls-2", "tls-3"].map((name) => ({ manifest: secret("a", name, true), made: true }));
  expect(withEarlier(rendered, kept).map(({ metadata: { name, namespace } }) => `${namespace}/${name}`)).toEqual([
    "a/other-tls-1",
    "a/tls-2",
    "a/tls-3",
    "b/tls-1",
  ]);
});

test("a kept file that was encrypted or damaged is refused without its content", () => {
  const data = { "ca.crt": "aGlkZGVu" };
  const text = secretsText([{ apiVersion: "v1", kind: "Secret", metadata: { name: "a-1", namespace: "b" }, data }]);
  expect(readSecrets("file", text)).toMatchObject([{ data }]);
  for (const broken of [
    text.replace("aGlkZGVu", "ENC[aGlkZGVu]"),
    text.replace("data:", "data: ["),
    `${text}---\n- 1\n`,
  ]) {
    expect(() => readSecrets("file", broken)).toThrow(/^(?!.*GlkZGVu).*not as it was written/s);
  }
});

test("Secrets of workload files are written only when asked, and Secrets that settings name are told", async () => {
  const secret = {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "db", namespace: "demo" },
    stringData: { a: "hush" },
  };
  writeFileSync(at("all.json"), JSON.stringify(secret));
  const given = [
    ...["--set", `workloads=${JSON.stringify([at("all.json")])}`],
    ...["--set", "otlp.endpoint=https://x.example.com", "--set", "otlp.secret=login"],
  ];
  await renderCommand([at("out"), ...given]);
  expect(told).toContain("not written: Secret demo/db of the workload files. Write: --secrets FILE");
  expect(told).toContain(
    "needed: Secret login of throughline:otlp.secret. Write, if it is not there: kubectl -n observability create secret generic login --from-literal=authorization=...",
  );
  expect(JSON.stringify(all("out"))).not.toMatch(/hush|Secret/);
  await renderCommand([at("out"), ...given, "--secrets", at("secrets.yaml")]);
  expect(secrets()).toEqual([secret]);
  expect(told).not.toContain("hush");
});

test("a folder that can't be made is told, and its Secrets are not written either", async () => {
  writeFileSync(at("mine"), "");
  const kept = ["--profile", "production", "--secrets", at("secrets.yaml")];
  await expect(renderCommand([at("mine/out"), ...kept])).rejects.toThrow(
    /^the folder \S+mine\/out can't be made: a part of its path is no folder; write the name of one that can$/,
  );
  expect(readdirSync(root)).toEqual(["mine"]);
});

const batch = JSON.stringify({ processors: { batch: {} }, pipelines: { traces: { processors: ["batch"] } } });

test.each([
  [[], /^no folder is named; write throughline render DIR$/],
  [[""], /^DIR is ""; write the name of a folder, e\.g\. throughline render deploy\/traces$/],
  [["a", "b"], /^more than one folder is named/],
  [["out", "--profile", "lapto"], /^throughline:profile is "lapto".* Did you mean laptop\?/],
  [["out", "--set", "profil=laptop"], /did you mean profile\?/],
  [["out", "--stack", "none"], /^--stack is "none", but there is no Pulumi\.none\.yaml/],
  [["out", "--set", "target=docker"], /^throughline:target is docker, which has no manifests/],
  // What `up` refuses at its preview is refused here.
  [["out", "--set", `agentExtra=${batch}`], /throughline:agentExtra/],
])("%j is refused with one clear sentence", async (argv, message) => {
  await expect(renderCommand(argv.map((word) => (word === "out" ? at("out") : word)))).rejects.toThrow(message);
  expect(readdirSync(root)).toEqual([]);
});
