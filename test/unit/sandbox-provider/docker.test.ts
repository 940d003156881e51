import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type Docker from "dockerode";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { container } from "../../../sandbox/providers/docker/container.ts";
import { createOptions } from "../../../sandbox/providers/docker/container-options.ts";
import { connect, isOlder, socketOf } from "../../../sandbox/providers/docker/engine-api.ts";
import { remoteImage } from "../../../sandbox/providers/docker/image.ts";
import { nanoseconds } from "../../../sandbox/providers/docker/inputs.ts";
import { tarOf } from "../../../sandbox/providers/docker/tar.ts";

const owner = "this";
const operation = { owner, status: () => {}, signal: new AbortController().signal };

describe("an engine that can't be used is one clear error", () => {
  let folder: string;
  const servers: Server[] = [];
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "throughline-engine-"));
  });
  afterAll(() => {
    for (const server of servers) server.close();
    rmSync(folder, { recursive: true });
  });
  /** An engine that answers as told, at a socket of its own. */
  const engine = async (name: string, answer: RequestListener): Promise<string> => {
    const server = createServer(answer);
    servers.push(server);
    const socket = join(folder, name);
    await new Promise<void>((resolve) => server.listen(socket, resolve));
    return `unix://${socket}`;
  };
  const json = (value: object, status = 200): RequestListener => {
    return (_request, response) =>
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
  };

  test("one that is not there, one elsewhere, one that is too old", async () => {
    await expect(connect("unix:///no/such.sock")).rejects.toThrow(
      "no Docker Engine answers at unix:///no/such.sock (ENOENT). Start it, or name another one.",
    );
    expect(() => socketOf("ssh://me@host")).toThrow(
      /host is "ssh:\/\/\*\*\*@host".*unix:\/\/\/var\/run\/docker.sock.*official/,
    );
    const old = await engine("old", json({ Version: "19.03", ApiVersion: "1.40" }));
    await expect(connect(old)).rejects.toThrow(/Engine 19\.03 at .* speaks API version 1\.40; allowed: 1\.41/);
    expect(isOlder("1.9", "1.41")).toBe(true);
  });

  test("an image that is nowhere, a name and a port that are taken", async () => {
    let refusal = { status: 404, message: "No such image" };
    const host = await engine("busy", (request, response) => {
      const path = request.url ?? "";
      if (path.includes("/version")) return json({ Version: "20.10", ApiVersion: "1.41" })(request, response);
      if (path.includes("/images/here/")) return json({ Id: "sha256:a" })(request, response);
      if (path.includes("/images/create")) return json({ message: "no route to host" }, 500)(request, response);
      if (path.endsWith("/start")) return json({ message: refusal.message }, 500)(request, response);
      if (path.includes("/containers/create") && refusal.status === 500)
        return json({ Id: "c1" }, 201)(request, response);
      if (path.includes("/containers/shop/json")) return json({ Id: "c0", Config: { Labels: {} } })(request, response);
      return json({ message: refusal.message }, refusal.status)(request, response);
    });
    const docker: Docker = await connect(host);
    await expect(remoteImage.create(docker, { name: "gone:1" }, operation)).rejects.toThrow(
      /^the engine has no image gone:1, and it could not be pulled: no route to host\. Write.*docker pull gone:1/,
    );
    const inputs = { name: "shop", image: "here" };
    refusal = { status: 409, message: "Conflict" };
    await expect(container.create(docker, inputs, operation)).rejects.toThrow(
      /^container shop already exists and was not made by this stack\. Write: docker rm -f shop/,
    );
    refusal = { status: 500, message: "driver failed: Bind for 127.0.0.1:8080 failed: port is already allocated" };
    await expect(container.create(docker, inputs, operation)).rejects.toThrow(
      /^container shop: port 8080 of this machine is taken/,
    );
  });
});

test("inputs of @pulumi/docker become what the engine is asked for", () => {
  const options = createOptions(
    {
      name: "shop",
      image: "sha256:a",
      envs: ["A=1"],
      user: "10001:10001",
      memory: 64,
      memorySwap: -1,
      readOnly: true,
      tmpfs: { "/tmp": "size=1m" },
      capabilities: { drops: ["ALL"] },
      restart: "unless-stopped",
      labels: [{ label: "a", value: "b" }],
      ports: [{ internal: 80, external: 8080, ip: "127.0.0.1" }],
      networksAdvanced: [{ name: "net", aliases: ["till"] }],
      mounts: [{ type: "volume", source: "v", target: "/v", readOnly: true }],
      healthcheck: { tests: ["CMD", "true"], interval: "1m30s", retries: 3 },
    },
    { owner },
  );
  expect(options).toMatchObject({
    name: "shop",
    Image: "sha256:a",
    Env: ["A=1"],
    User: "10001:10001",
    Labels: { a: "b", owner },
    ExposedPorts: { "80/tcp": {} },
    Healthcheck: { Test: ["CMD", "true"], Interval: 90e9, Retries: 3 },
    NetworkingConfig: { EndpointsConfig: { net: { Aliases: ["till"] } } },
    HostConfig: {
      Memory: 64 * 1024 * 1024,
      MemorySwap: -1,
      ReadonlyRootfs: true,
      Tmpfs: { "/tmp": "size=1m" },
      CapDrop: ["ALL"],
      NetworkMode: "net",
      RestartPolicy: { Name: "unless-stopped" },
      PortBindings: { "80/tcp": [{ HostIp: "127.0.0.1", HostPort: "8080" }] },
      Mounts: [{ Type: "volume", Source: "v", Target: "/v", ReadOnly: true }],
    },
  });
  expect(["1.5s", "2h", undefined].map(nanoseconds)).toEqual([1.5e9, 7200e9, undefined]);
});

test("a file is packed with its owner and mode, as tar reads it", () => {
  const content = Buffer.from(`s${"x".repeat(600)}`);
  const archive = tarOf({ path: "/etc/a/secret", content, mode: 0o400, uid: 10001, gid: 10002 });
  const tar = (...args: string[]) => execFileSync("tar", args, { input: archive, encoding: "utf8" });
  expect(tar("-tvf", "-", "--numeric-owner")).toMatch(/^-r-------- 10001\/10002 +601 .* etc\/a\/secret\n$/);
  expect(tar("-xOf", "-")).toBe(content.toString());
  expect(() => tarOf({ path: `/${"a".repeat(101)}`, content, mode: 0, uid: 0, gid: 0 })).toThrow(/longer than/);
});
