import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { engineTarget } from "../../../cli/engine-target.ts";
import { UserError } from "../../../common/errors.ts";
import { checkEngine, isTooOld } from "../../../infra/docker/engine.ts";
import { program } from "../../../infra/program.ts";
import { type Registered, render } from "../../../infra/render/render.ts";
import { parseSettings } from "../../../infra/settings/settings.ts";

function problemsOf(work: () => unknown): readonly string[] {
  try {
    work();
    return [];
  } catch (error) {
    if (error instanceof UserError) return error.problems;
    throw error;
  }
}

const deploying = () => ({ where: "", names: [] });

describe("what has no meaning on a Docker Engine is one clear error each", () => {
  test.each([
    [
      { context: "kind" },
      /^throughline:context is "kind", but the target is docker: .* Write: pulumi config rm throughline:context$/,
    ],
    [{ kubeconfig: "k" }, /^throughline:kubeconfig is "k"/],
    [{ createNamespace: "false" }, /^throughline:createNamespace is false/],
    [{ workloads: '["examples"]' }, /^throughline:workloads is "examples", .*label your containers/],
    [{ profile: "standard", storageClass: "fast" }, /^throughline:storageClass is "fast"/],
    [{ gatewayReplicas: "3" }, /^throughline:gatewayReplicas is 3, .*runs each part once/],
    [{ gatewayMaxReplicas: "3" }, /^throughline:gatewayMaxReplicas is 3/],
    [{ operator: '{"namespaces":["shop"]}' }, /^throughline:operator is \["shop"\], .*the operator watches pods/],
    [{ ingress: '{"host":"t.example.com","login":"none","tlsSecret":"t"}' }, /^throughline:ingress is "t.example.com"/],
    [{ tls: "mutual" }, /^throughline:tls is "mutual"/],
    [{ profile: "production" }, /^throughline:profile is production, .*allowed: laptop, standard/],
    [
      { storage: '{"kind":"badger","volumeGiB":"9"}' },
      /^throughline:storage.volumeGiB is 9.*--path 'throughline:storage.volumeGiB'$/,
    ],
    [
      { storage: '{"kind":"opensearch","endpoint":"http://os:9200"}' },
      /^throughline:storage.cleanup is job, .*Write: pulumi config set --path 'throughline:storage.cleanup' none$/,
    ],
    [
      { storage: '{"kind":"cassandra","endpoint":"c.example.com:9042","dependencies":"job"}' },
      /^throughline:storage.dependencies is "job", .*nightly job.*--path 'throughline:storage.dependencies'$/,
    ],
  ])("%j", (raw, problem) => {
    const problems = problemsOf(() => parseSettings({ target: "docker", ...(raw as Record<string, string>) }));
    expect(problems).toEqual([expect.stringMatching(problem)]);
  });

  test("one replica means the same there, and is no mistake", () => {
    expect(problemsOf(() => parseSettings({ target: "docker", gatewayReplicas: "1", tls: "off" }))).toEqual([]);
  });

  test("settings of an engine do not go with a cluster", () => {
    const problems = problemsOf(() => parseSettings({ dockerHost: "unix:///run/d.sock", secretFiles: "s" }));
    expect(problems.map((problem) => problem.split(" ")[0])).toEqual([
      "throughline:dockerHost",
      "throughline:secretFiles",
    ]);
  });
});

describe("no engine is used that nobody named", () => {
  const ask = (raw: Record<string, string>) => problemsOf(() => parseSettings({ target: "docker", ...raw }, deploying));

  test("neither by setting nor by DOCKER_HOST", () => {
    vi.stubEnv("DOCKER_HOST", undefined);
    expect(ask({})).toEqual([expect.stringMatching(/^throughline:dockerHost is not set, and neither is DOCKER_HOST/)]);
    vi.stubEnv("DOCKER_HOST", "unix:///run/mine.sock");
    expect(ask({})).toEqual([]);
    vi.stubEnv("DOCKER_HOST", "tcp://user:hush@10.0.0.1:2375");
    expect(ask({}).join()).toMatch(/^DOCKER_HOST is "tcp:\/\/\*\*\*@10.0.0.1:2375"; allowed: the address of a socket/);
    expect(ask({}).join()).not.toContain("hush");
    vi.stubEnv("DOCKER_HOST", "tcp://user:hu/sh@10.0.0.1:2375");
    expect([...ask({}), ...problemsOf(() => engineTarget("up", { target: "docker" }))].join()).not.toMatch(
      /user|hu.sh/,
    );
    expect(problemsOf(() => engineTarget("up", { "docker-host": "tcp://a:hush@b" })).join()).not.toContain("hush");
    vi.unstubAllEnvs();
    expect(ask({ dockerHost: "tcp://10.0.0.1:2375" }).join()).toContain("throughline:dockerHost is");
  });

  test("an engine that does not answer is told before anything is made", async () => {
    const settings = parseSettings({ target: "docker", dockerHost: "unix:///no/such.sock" });
    await expect(render(() => program(settings))).rejects.toThrow(
      /^throughline:dockerHost is "unix:\/\/\/no\/such.sock", but no Docker Engine answers there \(ENOENT\)\. Write: /,
    );
  });

  /** Does something with the socket of an engine that answers by path, and 404 otherwise. */
  async function withEngine(answers: Record<string, [number, unknown]>, work: (dockerHost: string) => Promise<void>) {
    const folder = mkdtempSync(join(tmpdir(), "throughline-engine-"));
    const all = { "/version": [200, { ApiVersion: "1.41", Version: "20.10" }] as const, ...answers };
    const server = createServer(({ url = "" }, response) => {
      const path = url.replace(/^\/v[\d.]+|\?.*/g, "") as keyof typeof all;
      const [code, answer] = all[path] ?? [404, { message: "not found" }];
      response.writeHead(code, { "content-type": "application/json" }).end(JSON.stringify(answer));
    });
    try {
      await new Promise<void>((resolve) => server.listen(join(folder, "engine"), resolve));
      await work(`unix://${folder}/engine`);
    } finally {
      server.close();
      rmSync(folder, { recursive: true });
    }
  }

  test("a port is taken by who has it on loopback over TCP, and by nobody else", async () => {
    const ports = [
      { IP: "192.168.1.5", PrivatePort: 4317, PublicPort: 14317, Type: "tcp" },
      { IP: "0.0.0.0", PrivatePort: 53, PublicPort: 14317, Type: "udp" },
    ];
    const containers = [{ Names: ["/dns"], Labels: {}, Ports: ports }];
    await withEngine({ "/containers/json": [200, containers] }, async (dockerHost) => {
      const check = () => checkEngine({ dockerHost }, { ports: [{ part: "otel-agent", port: 14317 }], images: [] });
      await check();
      ports.push({ IP: "::", PrivatePort: 80, PublicPort: 14317, Type: "tcp" });
      await expect(check()).rejects.toThrow(
        "port 14317 of this machine, which otel-agent needs, is taken by container dns. Write: docker stop dns",
      );
    });
  });

  test("images that are nowhere are told before anything is made; those that need a login are left to the provider", async () => {
    const answers: Record<string, [number, unknown]> = {
      "/containers/json": [200, []],
      "/images/here:1/json": [200, {}],
      "/distribution/remote:1/json": [200, {}],
      "/distribution/private:1/json": [401, { message: "unauthorized" }],
      "/distribution/gone:1/json": [500, { message: "no route to host" }],
    };
    await withEngine(answers, async (dockerHost) => {
      const check = (...images: string[]) => checkEngine({ dockerHost }, { ports: [], images });
      await check("here:1", "remote:1", "private:1");
      const error = await check("here:1", "gone:1", "unknown:1").catch((one: unknown) => one);
      expect((error as UserError).problems).toEqual([
        "the engine has no image gone:1, and it could not be pulled: no route to host. Write, where there is a network: docker pull gone:1; or bring it as a file: docker load -i <file made by docker save>",
        expect.stringMatching(/^the engine has no image unknown:1, and it could not be pulled: not found\./),
      ]);
    });
  });

  test("API versions are compared as numbers", () => {
    expect(["1.9", "1.24", "1.40", "0.99"].map(isTooOld)).toEqual([true, true, true, true]);
    expect(["1.41", "1.100", "2.0"].map(isTooOld)).toEqual([false, false, false]);
  });
});

const raw = { target: "docker", profile: "standard", storage: '{"kind":"badger"}' };
const of = (resources: readonly Registered[], type: string, name: string) =>
  resources.find((one) => one.type.endsWith(`:${type}`) && one.name === name)?.inputs as Record<string, unknown>;

describe("each container of ours", () => {
  let resources: readonly Registered[];
  beforeAll(async () => {
    ({ resources } = await render(() => program(parseSettings(raw))));
  });

  test.each(["otel-agent", "otel-gateway", "jaeger"])("%s is confined", (name) => {
    expect(of(resources, "Container", name)).toMatchObject({
      user: "10001:10001",
      readOnly: true,
      capabilities: { drops: ["ALL"] },
      securityOpts: ["no-new-privileges"],
      restart: "unless-stopped",
      tmpfs: { "/tmp": expect.stringContaining("noexec") },
      envs: expect.arrayContaining([`POD_IP=${name}`, expect.stringMatching(/^GOMEMLIMIT=\d+MiB$/)]),
    });
    const { memory, memorySwap } = of(resources, "Container", name);
    expect(memory).toBeGreaterThan(0);
    expect(memorySwap).toBe(memory);
  });

  test("opens nothing but OTLP and Jaeger's UI, and that on loopback only", () => {
    const open = resources.flatMap(({ type, name, inputs }) =>
      type.endsWith(":Container")
        ? ((inputs["ports"] ?? []) as { external: number; ip: string }[]).map((port) => [name, port.external, port.ip])
        : [],
    );
    expect(open.sort()).toEqual([
      ["jaeger", 16686, "127.0.0.1"],
      ["otel-agent", 4317, "127.0.0.1"],
      ["otel-agent", 4318, "127.0.0.1"],
    ]);
  });

  test("a changed setting changes the part that reads it, and no other", async () => {
    const { resources: changed } = await render(() => program(parseSettings({ ...raw, redact: '["token"]' })));
    const differing = changed
      .filter(({ inputs }, index) => JSON.stringify(inputs) !== JSON.stringify(resources[index]?.inputs))
      .map(({ name }) => name);
    expect([...new Set(differing)].sort()).toEqual(["otel-gateway", "otel-gateway-files"]);
  });
});

describe("secrets", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "throughline-secrets-"));
    mkdirSync(join(folder, "login"));
    writeFileSync(join(folder, "login", "authorization"), "Bearer hush-hush\n");
    mkdirSync(join(folder, "authority"));
    writeFileSync(join(folder, "authority", "ca.crt"), "certificate");
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  const otlp = '{"endpoint":"https://backend:4318","secret":"login","ca":"authority"}';

  test("come from files, go into files that the program alone reads, and stand nowhere in plain text", async () => {
    const { resources } = await render(() => program(parseSettings({ ...raw, otlp, secretFiles: folder })));
    const { uploads } = of(resources, "Container", "otel-gateway-files");
    const opened = pulumi.runtime.isRpcSecret(uploads) ? pulumi.runtime.unwrapRpcSecret(uploads) : uploads;
    const list = (opened as Record<string, unknown>[]).map((one) => ({
      ...one,
      content: pulumi.runtime.isRpcSecret(one["content"]) ? "[secret]" : one["content"],
    }));
    expect(list).toContainEqual({
      file: "/etc/throughline/secret-OTLP_AUTHORIZATION",
      content: pulumi.runtime.isRpcSecret(uploads) ? "Bearer hush-hush" : "[secret]",
      permissions: "0400",
      owner: "10001",
      group: "10001",
    });
    const others = resources.filter(({ name }) => name !== "otel-gateway-files");
    expect(JSON.stringify(others)).not.toContain("hush-hush");
    expect(JSON.stringify(others)).not.toContain(Buffer.from("hush-hush").toString("base64"));
    const config = list.find(({ file }: Record<string, unknown>) => String(file).endsWith("config.yaml"))?.content;
    expect(config).toContain("${file:/etc/throughline/secret-OTLP_AUTHORIZATION}");
    expect(config).not.toContain("${env:OTLP_AUTHORIZATION}");
    const mounts = of(resources, "Container", "otel-gateway")["mounts"] as { target: string; readOnly?: boolean }[];
    // The authority's path is the one that pods have.
    expect(mounts.filter(({ readOnly }) => readOnly).map(({ target }) => target)).toEqual([
      "/etc/throughline",
      "/etc/throughline-ca",
      "/throughline-tools",
    ]);
    expect(list.map(({ file }: Record<string, unknown>) => file)).toContain("/etc/throughline/otlp/ca.crt");
  });

  test("that are missing are told with the line to write, all at once", async () => {
    const settings = parseSettings({ ...raw, otlp, secretFiles: join(folder, "none") });
    await expect(render(() => program(settings))).rejects.toThrow(
      /otlp\.secret is "login".*ENOENT[\s\S]*otlp\.ca is "authority"/,
    );
    writeFileSync(join(folder, "authority", "ca.crt"), "\n");
    const empty = parseSettings({ ...raw, otlp, secretFiles: folder });
    await expect(render(() => program(empty))).rejects.toThrow(
      /^throughline:otlp\.ca is "authority", but .*ca\.crt is empty\. Write: mkdir -p /,
    );
    await expect(render(() => program(parseSettings({ ...raw, otlp })))).rejects.toThrow(/secretFiles is not set/);
  });
});
