import { afterEach, beforeEach, expect, test } from "vitest";
import { missingSecrets, namedSecrets } from "../../../infra/settings/named-secrets.ts";
import { parseSettings } from "../../../infra/settings/settings.ts";
import { type ApiServer, startApiServer } from "../receipt/api-server.ts";

let api: ApiServer;
beforeEach(async () => {
  api = await startApiServer();
});
afterEach(() => api.close());

const password = "correct horse";
const settings = (raw: Record<string, string> = {}) =>
  parseSettings({
    context: "kind",
    storage: '{"kind":"opensearch","endpoint":"https://os:9200","secret":"os-login","ca":"os-ca"}',
    ...raw,
  });
const has = (path: string, data?: object) => api.objects.set(`/api/v1/namespaces/${path}`, { kind: "Secret", data });
const found = (raw?: Record<string, string>) => missingSecrets(settings(raw), api.kubeConfig);

test("Secrets that are there with their keys are nothing to speak of", async () => {
  has("observability");
  has("observability/secrets/os-login", { username: "YQ==", password: Buffer.from(password).toString("base64") });
  has("observability/secrets/os-ca", { "ca.crt": "YQ==" });
  expect(await found()).toEqual({ problems: [], notes: [] });
});

test("each that is missing, or lacks a key, is named with the line that makes it", async () => {
  has("observability");
  has("observability/secrets/os-login", { password: Buffer.from(password).toString("base64") });
  const { problems } = await found();
  expect(problems).toEqual([
    'throughline:storage.secret is "os-login", but that Secret of namespace observability has no username; allowed: one with username, password. Write: kubectl -n observability edit secret os-login',
    'throughline:storage.ca is "os-ca", but namespace observability has no Secret of that name, without which pods would not start. Write: kubectl --context kind -n observability create secret generic os-ca --from-file=ca.crt',
  ]);
  expect(problems.join()).not.toContain(password);
});

test("where the namespace is not there yet, it has to be made first", async () => {
  const { problems } = await found({ storage: "", zipkin: '{"endpoint":"https://z:9411","secret":"z"}' });
  expect(problems).toEqual([
    expect.stringContaining(
      "Write: kubectl --context kind create namespace observability && pulumi config set throughline:createNamespace false && kubectl --context kind -n observability create secret generic z --from-literal=authorization=...",
    ),
  ]);
});

test("an API server that does not answer is told, and stops nobody", async () => {
  await api.close();
  const { problems, notes } = await found();
  expect(problems).toEqual([]);
  expect(notes).toHaveLength(2);
  expect(notes[0]).toMatch(/^whether there is a Secret os-login was not looked at: /);
  api = await startApiServer();
});

test("every setting that names a Secret is looked at", () => {
  const login = { secret: "a", ca: "b" };
  const url = JSON.stringify({ endpoint: "https://x:1", ...login });
  const kafka = { brokers: "k:9092", ...login };
  const all = settings({
    ...Object.fromEntries(["otlp", "zipkin", "elasticsearch", "opensearch"].map((name) => [name, url])),
    kafka: JSON.stringify(kafka),
    prometheus: JSON.stringify({ remoteWrite: "https://x:1", ...login }),
    jaeger: JSON.stringify({ roles: "separate", buffer: kafka }),
    ingress: '{"host":"a.b","login":"oauth2-proxy","issuer":"https://i","secret":"a","tlsSecret":"t"}',
  });
  const named = namedSecrets(all).map(({ setting }) => setting);
  const places = ["otlp", "zipkin", "elasticsearch", "opensearch", "prometheus", "kafka", "storage", "jaeger.buffer"];
  expect(named).toEqual([...places.flatMap((place) => [`${place}.secret`, `${place}.ca`]), "ingress.secret"]);
});
