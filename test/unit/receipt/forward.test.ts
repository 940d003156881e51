import { createServer, type Server } from "node:http";
import { type AddressInfo, connect, createServer as createTcpServer } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Forward, forward } from "../../../receipt/forward.ts";
import { type ApiServer, putService, startApiServer } from "./api-server.ts";

let api: ApiServer;
let web: Server;
let opened: Forward | undefined;

const portOf = (server: { address(): unknown }) => (server.address() as AddressInfo).port;
const target = { namespace: "ns", service: "web", port: 80 };

beforeEach(async () => {
  api = await startApiServer();
  web = createServer((request, response) => {
    let size = 0;
    request.on("data", (chunk: Buffer) => {
      size += chunk.length;
    });
    request.on("end", () => response.end(`${request.url} ${size}`));
  });
  await new Promise<void>((resolve) => web.listen(0, "127.0.0.1", resolve));
});

afterEach(async () => {
  await opened?.close();
  opened = undefined;
  web.closeAllConnections();
  web.close();
  await api.close();
});

const closedWith = (url: string) =>
  fetch(url).then(
    () => "answered",
    () => "closed",
  );

test("carries HTTP to the ready pod behind a Service, by its port's number or name", async () => {
  putService(api, {
    targetPort: portOf(web),
    endpoints: [
      { pod: "web-old", ready: false },
      { pod: "web-new", ready: true },
    ],
  });
  api.pods.set("web-new", portOf(web));
  for (const port of [80, "http"]) {
    opened = await forward(api.kubeConfig, { ...target, port });
    const body = Buffer.alloc(3_000_000, "x");
    expect(await (await fetch(`${opened.url}/path`, { method: "POST", body })).text()).toBe("/path 3000000");
    expect(opened.lastProblem()).toBeUndefined();
    await opened.close();
  }
  expect(new Set(api.forwarded)).toEqual(new Set(["web-new"]));
});

test("follows the Service to another pod without a new forward", async () => {
  putService(api, { targetPort: portOf(web), endpoints: [] });
  opened = await forward(api.kubeConfig, target);
  expect(await closedWith(opened.url)).toBe("closed");
  expect(opened.lastProblem()).toBe("Service ns/web has no ready pod");

  putService(api, {
    targetPort: portOf(web),
    endpoints: [
      { pod: "gone", ready: true },
      { pod: "web-2", ready: true },
    ],
  });
  api.pods.set("web-2", portOf(web));
  expect(await (await fetch(opened.url)).text()).toBe("/ 0");
  expect(opened.lastProblem()).toBeUndefined();
  expect(api.forwarded).toEqual(["gone", "web-2"]);
});

test.each([
  ["a Service that does not exist", { ...target, service: "nobody" }, "Service ns/nobody does not exist"],
  ["a port the Service has not", { ...target, port: 81 }, "Service ns/web has no port 81; it has 80 (http)"],
  ["a pod that does not exist", { namespace: "ns", pod: "p", port: 80 }, "pod ns/p does not exist"],
])("says why when asked for %s", async (_case, wrong, sentence) => {
  putService(api, { targetPort: portOf(web), endpoints: [{ pod: "web-1", ready: true }] });
  opened = await forward(api.kubeConfig, wrong);
  expect(await closedWith(opened.url)).toBe("closed");
  expect(opened.lastProblem()).toBe(sentence);
});

test("takes a pod by name with a named container port, and not before it is ready", async () => {
  const pod = (ready: string) => ({
    metadata: { name: "p", namespace: "ns" },
    spec: { containers: [{ name: "c", ports: [{ name: "metrics", containerPort: portOf(web) }] }] },
    status: { conditions: [{ type: "Ready", status: ready }] },
  });
  api.pods.set("p", portOf(web));
  api.objects.set("/api/v1/namespaces/ns/pods/p", pod("False"));
  opened = await forward(api.kubeConfig, { namespace: "ns", pod: "p", port: "metrics" });
  expect(await closedWith(opened.url)).toBe("closed");
  expect(opened.lastProblem()).toBe("pod ns/p is not ready");
  api.objects.set("/api/v1/namespaces/ns/pods/p", pod("True"));
  expect(await (await fetch(opened.url)).text()).toBe("/ 0");
});

test("reports a port nobody listens on in the pod", async () => {
  const dead = createTcpServer();
  await new Promise<void>((resolve) => dead.listen(0, "127.0.0.1", resolve));
  const port = portOf(dead);
  await new Promise((resolve) => dead.close(resolve));
  putService(api, { targetPort: port, endpoints: [{ pod: "web-1", ready: true }] });
  api.pods.set("web-1", port);
  opened = await forward(api.kubeConfig, target);
  expect(await closedWith(opened.url)).toBe("closed");
  expect(opened.lastProblem()).toMatch(/^port-forward to pod ns\/web-1 port \d+: connection refused/);
});

test("a client that stops sending still gets the whole answer, and one that resets harms nobody", async () => {
  putService(api, { targetPort: portOf(web), endpoints: [{ pod: "web-1", ready: true }] });
  api.pods.set("web-1", portOf(web));
  opened = await forward(api.kubeConfig, target);
  const port = Number(new URL(opened.url).port);

  const rude = connect(port, "127.0.0.1", () => rude.resetAndDestroy());
  await new Promise((resolve) => rude.on("close", resolve));

  const answer = await new Promise<string>((resolve) => {
    let text = "";
    const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true }, () =>
      socket.end("GET /half HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"),
    );
    socket.on("data", (chunk) => {
      text += chunk;
    });
    socket.on("end", () => resolve(text));
  });
  expect(answer).toMatch(/\/half 0/);
});

test("a taken local port is the user's to change", async () => {
  await expect(forward(api.kubeConfig, { ...target, localPort: portOf(web) })).rejects.toMatchObject({
    name: "UserError",
    message: expect.stringContaining(`localPort: 127.0.0.1:${portOf(web)}`),
  });
});

test("close ends running connections and may be called twice", async () => {
  const silent = createTcpServer(() => {});
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  putService(api, { targetPort: portOf(silent), endpoints: [{ pod: "web-1", ready: true }] });
  api.pods.set("web-1", portOf(silent));
  const closing = await forward(api.kubeConfig, target);
  const pending = closedWith(closing.url);
  await new Promise((resolve) => setTimeout(resolve, 100));
  await closing.close();
  await closing.close();
  expect(await pending).toBe("closed");
  silent.close();
});
