import { join } from "node:path";
import { LocalWorkspace, PulumiCommand } from "@pulumi/pulumi/automation/index.js";
import { describe, expect, test } from "vitest";
import { recoverStack } from "../../sandbox/recover.ts";
import { kubectl } from "./kubectl.ts";
import {
  configMap,
  context,
  deployment,
  get,
  header,
  kubeconfig,
  namespace,
  preview,
  project,
  up,
  useTrial,
} from "./provider-trial.ts";

useTrial();

describe("changes", () => {
  test("creates, changes nothing the second time, shows and makes a change, removes a removed field", async () => {
    const mutable = JSON.stringify({ kubeconfig, context, enableConfigMapMutable: true });
    const first = await up(configMap(`{ a: "1", b: "2" }`), mutable);
    expect(first.code, first.output).toBe(0);
    const { uid } = (await get("configmap", "map")).metadata;

    expect((await up(configMap(`{ a: "1", b: "2" }`), mutable)).output).toMatch(/Resources:\n\s+3 unchanged/);

    const shown = await preview(configMap(`{ a: "changed" }`), mutable);
    expect(shown.output).toContain(`~ a: "1" => "changed"`);
    expect(shown.output).toContain(`- b: "2"`);
    expect((await get("configmap", "map")).data).toEqual({ a: "1", b: "2" });

    expect((await up(configMap(`{ a: "changed" }`), mutable)).output).toContain("1 updated");
    const live = await get("configmap", "map");
    expect(live.data).toEqual({ a: "changed" });
    expect(live.metadata.uid).toBe(uid);
  });

  test("replaces what cannot be changed in place, deleting first when the name is the program's", async () => {
    const { uid } = (await get("configmap", "map")).metadata;
    const { output } = await up(configMap(`{ a: "again" }`));
    expect(output).toContain("1 replaced");
    const live = await get("configmap", "map");
    expect(live.data).toEqual({ a: "again" });
    expect(live.metadata.uid).not.toBe(uid);
  });

  test("names an object itself when the program does not, and creates its replacement before deleting it", async () => {
    const program = (value: string) => `
      const map = new k8s.core.v1.ConfigMap("auto", { metadata: { namespace }, data: { a: "${value}" } }, options);
      export const name = map.metadata.name;`;
    await up(program("1"));
    const first = (await project.outputs())["name"] as string;
    expect(first).toMatch(/^auto-[0-9a-f]{8}$/);
    const { output } = await up(program("2"));
    expect(output.indexOf("created replacement")).toBeLessThan(output.indexOf("deleting original"));
    const second = (await project.outputs())["name"] as string;
    expect(second).not.toBe(first);
    expect(
      (await get("configmap")).items.map((item: { metadata: { name: string } }) => item.metadata.name),
    ).not.toContain(first);
  });

  test("respects ignoreChanges, in the program and on the cluster", async () => {
    const program = (value: string, label: string) => `
      new k8s.core.v1.ConfigMap("kept", { metadata: { name: "kept", namespace, labels: { l: "${label}" } }, data: { a: "${value}" } },
        { provider, ignoreChanges: ["data"] });`;
    await up(program("1", "x"));
    await kubectl("-n", namespace, "patch", "configmap", "kept", "-p", `{"data":{"a":"by hand"}}`);
    expect((await up(program("2", "y"))).output).toContain("1 updated");
    const live = await get("configmap", "kept");
    expect([live.data.a, live.metadata.labels.l]).toEqual(["by hand", "y"]);
  });

  test("a refresh sees what others changed, and the next update undoes it", async () => {
    const program = `new k8s.core.v1.Service("drift", { metadata: { name: "drift", namespace }, spec: { clusterIP: "None", ports: [{ port: 80 }] } }, options);`;
    await up(program);
    expect((await project.pulumi(["refresh", "--yes", "--skip-preview"])).output).not.toMatch(/\d+ updated/);
    await kubectl(
      "-n",
      namespace,
      "patch",
      "service",
      "drift",
      "--type=json",
      "-p",
      `[{"op":"replace","path":"/spec/ports/0/port","value":81}]`,
    );
    await project.pulumi(["refresh", "--yes", "--skip-preview"]);
    const shown = await preview(program);
    expect(shown.output).toContain("port: 81 => 80");
  });

  test("deletes what the program drops, ignores what is gone, and returns when it is gone", async () => {
    await up(
      `new k8s.core.v1.Namespace("inner", { metadata: { name: namespace + "-inner" } }, options);${configMap("{}")}`,
    );
    await kubectl("-n", namespace, "delete", "configmap", "map");
    const { code, output } = await up("");
    expect(code, output).toBe(0);
    await expect(kubectl("get", "namespace", `${namespace}-inner`)).rejects.toThrow(/not found/);
  });

  test("names the finalizer that keeps an object", async () => {
    const held = (more: string) => `
      new k8s.core.v1.ConfigMap("held", { metadata: { name: "held", namespace, finalizers: ["example.com/hold"] } },
        { provider, customTimeouts: { delete: "2s" } });${more}`;
    await up(held(""));
    const { code, output } = await up("");
    await kubectl(
      "-n",
      namespace,
      "patch",
      "configmap",
      "held",
      "--type=json",
      "-p",
      `[{"op":"remove","path":"/metadata/finalizers"}]`,
    );
    expect(code).toBe(1);
    expect(output).toContain("example.com/hold");
    expect((await up("")).code).toBe(0);
  });
});

describe("previews", () => {
  test("show what the server refuses, and nothing is applied", async () => {
    const wrong = `new k8s.core.v1.Service("wrong", { metadata: { name: "wrong", namespace }, spec: { ports: [{ port: 80, protocol: "carrier-pigeon" }] } }, options);`;
    const { code, output } = await preview(wrong);
    expect(code).toBe(1);
    expect(output).toContain("carrier-pigeon");
    await expect(get("service", "wrong")).rejects.toThrow(/not found/);
  });

  test("show the server's warnings", async () => {
    await kubectl("label", "namespace", namespace, "pod-security.kubernetes.io/warn=restricted");
    const { code, output } = await preview(deployment(`containers: [{ name: "c", image: "x:1" }]`));
    await kubectl("label", "namespace", namespace, "pod-security.kubernetes.io/warn-");
    expect(code, output).toBe(0);
    expect(output).toContain(`warning: Deployment ${namespace}/web: would violate PodSecurity "restricted:latest"`);
  });

  test("accept a namespace, a kind and values that the same update makes", async () => {
    const program = `
      const made = new k8s.core.v1.Namespace("made", { metadata: { name: namespace + "-made" } }, options);
      const inside = new k8s.core.v1.ConfigMap("inside", { metadata: { name: "inside", namespace: made.metadata.name } }, options);
      const service = new k8s.core.v1.Service("svc", { metadata: { name: "svc", namespace }, spec: { ports: [{ port: 80 }] } }, options);
      new k8s.core.v1.ConfigMap("late", { metadata: { name: "late", namespace }, data: { ip: service.spec.clusterIP } }, options);
      const crd = new k8s.apiextensions.v1.CustomResourceDefinition("crd", {
        metadata: { name: "widgets.trial.example.com" },
        spec: { group: "trial.example.com", scope: "Namespaced", names: { plural: "widgets", singular: "widget", kind: "Widget" },
          versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } } }] },
      }, options);
      new k8s.apiextensions.CustomResource("widget", { apiVersion: "trial.example.com/v1", kind: "Widget", metadata: { name: "w", namespace }, spec: { size: 1 } },
        { provider, dependsOn: [crd] });
      export const ip = service.spec.clusterIP;`;
    const shown = await preview(program);
    expect(shown.code, shown.output).toBe(0);
    expect(shown.output).toMatch(/ip\s*: \[unknown\]/);
    const done = await up(program);
    expect(done.code, done.output).toBe(0);
    expect((await get("configmap", "late")).data.ip).toBe((await get("service", "svc")).spec.clusterIP);
    expect((await get("widgets.trial.example.com", "w")).spec).toEqual({ size: 1 });
    expect((await up(program)).output).toContain("8 unchanged");
    expect((await up("")).code).toBe(0);
  });
});

describe("existing objects", () => {
  test("of others are refused in preview and update, unless the program takes them over", async () => {
    await kubectl("-n", namespace, "create", "configmap", "foreign", "--from-literal=a=1");
    const program = (annotations: string) => `
      new k8s.core.v1.ConfigMap("foreign", { metadata: { name: "foreign", namespace, annotations: ${annotations} }, data: { a: "2" } }, options);`;
    for (const run of [preview, up]) {
      const { code, output } = await run(program("{}"));
      expect(code).toBe(1);
      expect(output).toContain(`ConfigMap ${namespace}/foreign already exists`);
    }
    expect((await get("configmap", "foreign")).data.a).toBe("1");
    expect((await up(program(`{ "pulumi.com/patchForce": "true" }`))).code).toBe(0);
    expect((await get("configmap", "foreign")).data.a).toBe("2");
  });

  test.each(["SIGKILL", "SIGINT"] as const)(
    "made by an update that %s ended are picked up by the next",
    async (signal) => {
      const name = `cut-${signal.toLowerCase()}`;
      const program = (wait: string) => `
      new k8s.core.v1.ConfigMap("${name}", { metadata: { name: "${name}", namespace, annotations: { "pulumi.com/waitFor": "${wait}" } } }, options);`;
      project.write(header() + program("jsonpath={.data.never}"));
      const running = project.pulumi(["up", "--yes", "--skip-preview"], (text, child) => {
        if (text.includes("waiting:")) child.kill(signal);
      });
      let over = false;
      const poll = setInterval(
        () =>
          get("configmap", name)
            .then(() => over || project.kill(signal))
            .catch(() => {}),
        500,
      );
      await running;
      clearInterval(poll);
      // An answer that is on its way would end the next one.
      over = true;
      const { uid } = (await get("configmap", name)).metadata;

      const command = await PulumiCommand.get({ root: project.stateDir });
      const stack = await LocalWorkspace.selectStack(
        { stackName: "dev", workDir: project.dir },
        { envVars: project.env, pulumiCommand: command },
      );
      const notes = await recoverStack(stack, join(project.stateDir, "pulumi"));
      if (signal === "SIGKILL") expect(notes.join()).toContain("Removed the lock");
      const { code, output } = await up(program("jsonpath={.metadata.uid}"));
      expect(code, output).toBe(0);
      expect((await get("configmap", name)).metadata.uid).toBe(uid);
    },
  );

  test("are imported", async () => {
    await kubectl("-n", namespace, "create", "configmap", "import-me", "--from-literal=a=1");
    project.write(`${header()}new k8s.core.v1.ConfigMap("imported", { metadata: { name: "import-me", namespace }, data: { a: "1" } },
      { provider, import: "${namespace}/import-me" });`);
    const { code, output } = await project.pulumi(["up", "--yes", "--skip-preview"]);
    expect(code, output).toBe(0);
    expect(output).toContain("1 imported");
  });
});
