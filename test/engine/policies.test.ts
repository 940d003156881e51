import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { checkoutRoot } from "../../sandbox/paths.ts";
import { makeObserved, nameOf, type Observed } from "./observed.ts";

const pack = join(checkoutRoot, "policy/pack");

let project: Observed;

beforeAll(async () => {
  project = await makeObserved();
});
afterAll(() => project.remove());

/** A Deployment with what is not known before the update and with a secret, beside parts that the tests change. */
const deployment = ({ security = "", image = '"shop/web:1.2.3"' } = {}) => `
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
const labels = { app: "web" };
const restricted = { "pod-security.kubernetes.io/enforce": "restricted" };
const late = new k8s.core.v1.ConfigMap("late", { metadata: { name: "late", namespace: "shop" }, data: { a: "b" } });
const latest = late.id.apply(() => "shop/web:latest");
new k8s.core.v1.Namespace("shop", { metadata: { name: "shop", labels: restricted } });
new k8s.core.v1.Secret("db", { metadata: { name: "db", namespace: "shop" }, stringData: { password: pulumi.secret("hush-hush"), late: late.id } });
new k8s.apps.v1.Deployment("web", {
  metadata: { name: "web", namespace: "shop", annotations: { late: late.id } },
  spec: {
    selector: { matchLabels: labels },
    template: {
      metadata: { labels },
      spec: {
        automountServiceAccountToken: false,
        containers: [{
          name: "web",
          image: ${image},
          env: [{ name: "LATE_PASSWORD", value: late.id.apply(() => "/a/path") }, { name: "GREETING", value: pulumi.secret("hush-hush") }],
          resources: { requests: { cpu: "10m", memory: "10Mi" }, limits: { memory: "10Mi" } },
          readinessProbe: { httpGet: { path: "/", port: 80 } },
          livenessProbe: { httpGet: { path: "/", port: 80 } },
          securityContext: { allowPrivilegeEscalation: false, runAsNonRoot: true, readOnlyRootFilesystem: true, capabilities: { drop: ["ALL"] }, seccompProfile: { type: "RuntimeDefault" }, ${security} },
        }],
      },
    },
  },
});
`;

interface Config {
  readonly [policy: string]: string | object;
}

/** Runs a command with the pack; gives what was said and the names of what was created. */
async function run(command: string[], program: string, entry = pack, config: Config = {}) {
  project.write(program);
  project.forget();
  const configFile = join(project.stateDir, "policies.json");
  writeFileSync(configFile, JSON.stringify(config));
  const { code, output } = await project.pulumi([
    ...command,
    ...["--policy-pack", entry, "--policy-pack-config", configFile],
  ]);
  const created = project.calls().filter(({ call }) => call === "create");
  return { code, output, created: created.map(nameOf).sort() };
}

const privileged = deployment({ security: "privileged: true" });
const refused =
  /\[mandatory\].* pod-security-restricted {2}\(kubernetes:apps\/v1:Deployment: web\)[\s\S]*Deployment shop\/web: container web is privileged \[pod-security-restricted\]\. Write: privileged: false/;

test("a bad up is stopped by the pack's folder with the message of the rule, and nothing is applied", async () => {
  const { code, output, created } = await run(["up", "--yes"], privileged);
  expect(code, output).not.toBe(0);
  expect(output).toMatch(refused);
  expect(output).not.toContain("hush-hush");
  expect(created).toEqual([]);
});

test("warnings and what is excused do not stop an up, nor what is not known before, also by the pack's program", async () => {
  writeFileSync(
    join(project.dir, "exceptions.yaml"),
    "- {rule: read-only-root, object: Deployment shop/*, reason: it writes, until: 2999-12-31}\n" +
      "- {rule: image-pinned, object: Deployment shop/web, reason: it was new, until: 2020-01-01}\n",
  );
  const program = deployment({ image: "latest", security: "readOnlyRootFilesystem: false" });
  const config = { "read-only-root": "mandatory", exceptions: { file: "exceptions.yaml" } };
  const { code, output, created } = await run(["up", "--yes"], program, join(pack, "run"), config);
  expect(code, output).toBe(0);
  expect(created).toEqual(["db", "late", "shop", "web"]);
  const [preview = "", update = ""] = output.split("Updating (dev)");
  // The image is known when the ConfigMap is there.
  expect(preview).not.toContain("image-pinned  (");
  expect(update).toMatch(/\[advisory\].* image-pinned {2}\([\s\S]*runs image shop\/web:latest/);
  // For a language host that can't run a folder.
  expect(output).toContain("policy/pack/run");
  expect(output).toMatch(/\[advisory\].* exceptions [\s\S]*exceptions\.yaml, entry 2: .* ended on 2020-01-01/);
  expect(output).not.toMatch(/read-only-root {2}\(|entry 1/);
  expect(output).not.toContain("hush-hush");
});
