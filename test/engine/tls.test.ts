import { X509Certificate } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeObserved, nameOf, type Observed } from "./observed.ts";

const path = (relative: string) => JSON.stringify(fileURLToPath(new URL(relative, import.meta.url)));
const signature = "4dabf18193072939515e22adb298388d";

let project: Observed;

beforeAll(async () => {
  project = await makeObserved();
});
afterAll(() => project.remove());

/** Runs a command on the certificates and one server's pods; gives what was said and the names of what was created. */
async function run(command: "preview" | "up", generation: number, namespace = "observability", days = 730) {
  project.write(`
    import * as k8s from "@pulumi/kubernetes";
    import { serverMount, TierCertificates } from ${path("../../infra/kubernetes/tls.ts")};
    const [namespace, generation] = [${JSON.stringify(namespace)}, ${generation}];
    const certificates = new TierCertificates("tls", { namespace, generation, validDays: ${days} });
    const labels = { app: "server" };
    const { volume, volumeMount } = serverMount("gateway", generation);
    new k8s.apps.v1.Deployment("server", {
      metadata: { name: "server", namespace },
      spec: {
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { volumes: [volume], containers: [{ name: "c", image: "x:1", volumeMounts: [volumeMount] }] } },
      },
    }, { dependsOn: certificates });
    export const warning = certificates.warning;`);
  project.forget();
  const flags = command === "up" ? ["--yes", "--skip-preview"] : ["--diff"];
  const { code, output } = await project.pulumi([command, ...flags]);
  expect(code, output).toBe(0);
  const created = project
    .calls()
    .filter(({ call }) => call === "create")
    .map(nameOf);
  return { output, created: created.sort() };
}

type Data = Record<string, string>;

/** The data of every Secret and ConfigMap in the state, in plain text, by the object's name. */
async function kept(): Promise<Record<string, Data>> {
  const { output } = await project.pulumi(["stack", "export", "--show-secrets"]);
  const open = (value: unknown): unknown =>
    typeof value === "object" && value !== null && signature in value
      ? open(JSON.parse((value as unknown as { plaintext: string }).plaintext))
      : value;
  const resources: { type: string; inputs: { metadata: { name: string }; data: Data } }[] =
    JSON.parse(output).deployment.resources;
  return Object.fromEntries(
    resources
      .filter(({ type }) => /:(Secret|ConfigMap)$/.test(type))
      .map(({ type, inputs }) => {
        const data = Object.entries(open(inputs.data) as Data).map(([key, value]) => {
          const text = String(open(value));
          return [key, type.endsWith(":Secret") ? Buffer.from(text, "base64").toString() : text];
        });
        return [inputs.metadata.name, Object.fromEntries(data)];
      }),
  );
}

/** Everything the backend has written: state, backups, history. */
function backend(): string {
  const dir = join(project.stateDir, "pulumi");
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), "latin1"))
    .join("\n");
}

const certificate = (text: string | undefined) => new X509Certificate(text ?? "");
const daysLeft = (text: string | undefined) =>
  Math.round((certificate(text).validToDate.getTime() - Date.now()) / (24 * 3600_000));
const authorities = (...secrets: (Data | undefined)[]) => secrets.map((data) => data?.["ca.crt"]).join("");

let atFirst: Record<string, Data>;

test("a preview shows no key", async () => {
  const { output, created } = await run("preview", 1);
  expect(output).toContain("throughline-tls-1");
  expect(output).not.toMatch(/PRIVATE KEY|LS0tLS1C/);
  expect(created).toEqual([]);
});

test("the first generation comes with the next, which lasts twice as long, and one list of both authorities", async () => {
  const { created } = await run("up", 1);
  expect(created).toEqual(["server", "tls-observability-1", "tls-observability-2", "tls-observability-trust-1"]);
  atFirst = await kept();
  const { "throughline-tls-1": one, "throughline-tls-2": two, "throughline-tls-trust-1": trust } = atFirst;
  expect(trust).toEqual({ "ca.crt": authorities(one, two) });
  expect([daysLeft(one?.["ca.crt"]), daysLeft(two?.["ca.crt"])]).toEqual([730, 1460]);
  for (const [key, text] of Object.entries(one ?? {}).filter(([key]) => key.endsWith("tls.crt"))) {
    expect(certificate(text).verify(certificate(one?.["ca.crt"]).publicKey), key).toBe(true);
    expect(one).toHaveProperty([key.replace(/crt$/, "key")], expect.stringContaining("BEGIN PRIVATE KEY"));
  }
  expect(Object.keys(one ?? {})).toHaveLength(9);
});

test("a second preview and a second up change nothing", async () => {
  expect((await run("preview", 1)).output).toMatch(/Resources:\s+\d+ unchanged/);
  const { output, created } = await run("up", 1);
  expect(output).toMatch(/Resources:\s+\d+ unchanged/);
  expect(created).toEqual([]);
  expect(await kept()).toEqual(atFirst);
});

test("no key is anywhere in what the backend wrote, in plain text or base64", () => {
  const written = backend();
  expect(written).toContain("throughline-tls-1");
  for (const secret of ["throughline-tls-1", "throughline-tls-2"]) {
    for (const [name, text] of Object.entries(atFirst[secret] ?? {}).filter(([name]) => name.endsWith("key"))) {
      const line = text.split("\n")[1] ?? "";
      expect(line.length, name).toBe(64);
      expect(written).not.toContain(line);
      expect(written).not.toContain(Buffer.from(text).toString("base64").slice(40, 100));
    }
  }
});

test("the next generation makes one new Secret, keeps the two, and changes the pods by the names they mount", async () => {
  const { output, created } = await run("up", 2);
  expect(created).toEqual(["tls-observability-3", "tls-observability-trust-2"]);
  expect(output).toMatch(/Deployment\s+server\s+updated .*\[diff: ~spec\]/);
  const now = await kept();
  const { "throughline-tls-1": one, "throughline-tls-2": two, "throughline-tls-3": three } = now;
  expect([one, two]).toEqual([atFirst["throughline-tls-1"], atFirst["throughline-tls-2"]]);
  expect(now["throughline-tls-trust-2"]).toEqual({ "ca.crt": authorities(one, two, three) });
  expect(Object.keys(now).sort()).toEqual([
    "throughline-tls-1",
    "throughline-tls-2",
    "throughline-tls-3",
    "throughline-tls-trust-2",
  ]);
});

test("the one after that takes the first away, and the way back gives the neighbour anew", async () => {
  await run("up", 3);
  const third = await kept();
  expect(Object.keys(third)).not.toContain("throughline-tls-1");
  await run("up", 2);
  const back = await kept();
  expect(back["throughline-tls-2"]).toEqual(third["throughline-tls-2"]);
  expect(back["throughline-tls-1"]?.["ca.crt"]).not.toBe(atFirst["throughline-tls-1"]?.["ca.crt"]);
});

test("another namespace gets certificates of its own, with its own names", async () => {
  await run("up", 2, "traces");
  const { "throughline-tls-2": two } = await kept();
  expect(certificate(two?.["server-jaeger-tls.crt"]).subjectAltName).toContain("jaeger.traces.svc");
  expect(certificate(two?.["server-jaeger-tls.crt"]).subjectAltName).not.toContain("observability");
});

test("a generation near its end is told, once, with the line to write", async () => {
  const { output } = await run("up", 2, "short", 50);
  expect(output).toContain("Write: pulumi config set throughline:tlsGeneration 3");
  expect((await project.outputs())["warning"]).toMatch(/tlsGeneration is 2, whose certificates end on/);
});
