import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import provider from "@pulumi/pulumi/proto/provider_pb.js";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { container } from "../../../sandbox/providers/docker/container.ts";
import { connect } from "../../../sandbox/providers/docker/engine-api.ts";
import { foreignInputs } from "../../../sandbox/providers/docker/kind.ts";
import { createProvider } from "../../../sandbox/providers/docker/server.ts";
import type { EngineLog } from "../../../sandbox/providers/kubernetes/engine.ts";
import { toStruct } from "../../../sandbox/providers/kubernetes/structs.ts";
import type { Props } from "../../../sandbox/providers/kubernetes/values.ts";

const operation = { owner: "this", status: () => {}, signal: new AbortController().signal };
let folder: string;
let asked: { line: string; body: string }[];

/** An engine that has the image `here`, makes whatever it is asked to, and tells what that was. */
const server = createServer(async (request, response) => {
  const path = (request.url ?? "").replace(/^\/v[\d.]+/, "");
  asked.push({ line: `${request.method} ${path}`, body: await text(request) });
  const there = !path.startsWith("/images/") || path.startsWith("/images/here/");
  const answer = {
    ...{ Id: "c1", ApiVersion: "1.41", Version: "20.10", Name: "/shop" },
    ...{ NetworkSettings: { Networks: {} }, State: { ExitCode: 0 } },
  };
  response
    .writeHead(there ? 200 : 404, { "content-type": "application/json" })
    .end(JSON.stringify(there ? answer : { message: "No such image" }));
});
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "throughline-engine-"));
  await new Promise<void>((resolve) => server.listen(join(folder, "engine"), resolve));
});
beforeEach(() => {
  asked = [];
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

const create = async (inputs: Props) =>
  container.create(await connect(`unix://${folder}/engine`), { name: "shop", image: "here", ...inputs }, operation);

describe("a container", () => {
  test("is asked for in the request's body: addresses are logged", async () => {
    await create({ envs: ["PASSWORD=hush"], labels: [{ label: "a", value: "b" }] });
    const made = asked.find(({ line }) => line.includes("/create"));
    expect(made?.line).toBe("POST /containers/create?name=shop");
    expect(JSON.parse(made?.body ?? "")).toMatchObject({ Image: "here", Env: ["PASSWORD=hush"] });
    expect(made?.body).not.toContain('"name"');
  });

  test("is made in its first network and joins the others before it starts", async () => {
    await create({ networksAdvanced: [{ name: "one" }, { name: "two", aliases: ["shop"], ipv6Address: "fd00::2" }] });
    const lines = asked.map(({ line }) => line);
    const [made, joined, started] = ["/containers/create", "/networks/two/connect", "/start"].map((part) =>
      lines.findIndex((line) => line.includes(part)),
    ) as [number, number, number];
    expect(made).toBeGreaterThan(-1);
    expect(joined).toBeGreaterThan(made);
    expect(started).toBeGreaterThan(joined);
    expect(Object.keys(JSON.parse(asked[made]!.body).NetworkingConfig.EndpointsConfig)).toEqual(["one"]);
    expect(JSON.parse(asked[joined]!.body)).toEqual({
      Container: "c1",
      EndpointConfig: { Aliases: ["shop"], IPAMConfig: { IPv6Address: "fd00::2" } },
    });
  });

  test("gets volumes of others, and such without a name", async () => {
    await create({
      volumes: [{ fromContainer: "db" }, { containerPath: "/cache" }, { volumeName: "v", containerPath: "/v" }],
    });
    const { HostConfig, Volumes } = JSON.parse(asked.find(({ line }) => line.includes("/create"))!.body);
    expect([HostConfig.VolumesFrom, Volumes, HostConfig.Binds]).toEqual([["db"], { "/cache": {} }, ["v:/v"]]);
  });

  test("gets files of this machine, and one that can't be had leaves no container", async () => {
    const source = join(folder, "app.conf");
    writeFileSync(source, "port = 80\n");
    await create({ uploads: [{ file: "/etc/app.conf", source }] });
    expect(asked.find(({ line }) => line.startsWith("PUT "))?.body).toContain("port = 80");
    const wrong = [
      [{ file: "/etc/a", source: join(folder, "gone") }, /^uploads: the source ".*gone" can't be read \(ENOENT\)/],
      [{ file: "/etc/a", content: "", owner: "app" }, /^uploads\.owner is "app"; allowed: the number of a user/],
      [{ file: `/${"a".repeat(101)}`, content: "" }, /^uploads: the path \/a+ is longer than 100 bytes/],
    ] as const;
    for (const [upload, problem] of wrong) {
      asked = [];
      await expect(create({ uploads: [upload] })).rejects.toThrow(problem);
      expect(asked.at(-1)?.line).toMatch(/^DELETE \/containers\/c1/);
    }
  });

  test("with an input that is not understood is refused, however deep it lies", () => {
    const inputs = {
      rm: true,
      uploads: [{ file: "/a", sourceHash: "b" }],
      networksAdvanced: [{ name: "a", macAddress: "c" }],
      mounts: [{ target: "/a", bindOptions: {}, volumeOptions: { subpath: "d", noCopy: true } }],
      healthcheck: { tests: ["NONE"], startInterval: "1s" },
    };
    expect(foreignInputs(inputs, container).sort()).toEqual([
      "healthcheck.startInterval",
      "mounts.bindOptions",
      "mounts.volumeOptions.subpath",
      "networksAdvanced.macAddress",
      "rm",
      "uploads.sourceHash",
    ]);
  });
});

describe("the provider", () => {
  type Handler = (call: { request: unknown }, reply: (error: Error | null, value?: unknown) => void) => void;
  const silent: EngineLog = { warn: () => {}, status: () => {} } as unknown as EngineLog;
  const { implementation } = createProvider(silent);
  const call = <T>(name: string, request: unknown) =>
    new Promise<T>((resolve, reject) => {
      (implementation[name] as Handler)({ request }, (error, value) => (error ? reject(error) : resolve(value as T)));
    });
  const urn = "urn:pulumi:dev::shop::docker:index/container:Container::web";
  const struct = (value: Props) => toStruct({ value, secrets: [] });

  test("plans a container whose image is yet to be built", async () => {
    await call("configure", new provider.ConfigureRequest().setArgs(struct({ host: `unix://${folder}/engine` })));
    const planned = new provider.CreateRequest().setUrn(urn).setPreview(true);
    await call("create", planned.setProperties(struct({ name: "web", image: "greeter:dev" })));
  });

  test("removes a container before its replacement comes, whatever that is called: both may need the same port", async () => {
    const ports = [{ internal: 80, external: 8080 }];
    const request = new provider.DiffRequest()
      .setUrn(urn)
      .setOldInputs(struct({ name: "web", ports }))
      .setNews(struct({ name: "shop", ports }));
    const diff = await call<provider.DiffResponse>("diff", request);
    expect([diff.getReplacesList(), diff.getDeletebeforereplace()]).toEqual([["name"], true]);
  });
});
