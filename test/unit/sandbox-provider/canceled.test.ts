import http from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { awaitReady } from "../../../sandbox/providers/kubernetes/await.ts";
import { createClient } from "../../../sandbox/providers/kubernetes/client.ts";
import type { Cluster, Operation } from "../../../sandbox/providers/kubernetes/cluster.ts";
import type { Connection } from "../../../sandbox/providers/kubernetes/config.ts";
import { awaitGone } from "../../../sandbox/providers/kubernetes/remove.ts";

const web = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web", namespace: "shop", generation: 1, finalizers: ["a.b/c"], deletionTimestamp: "2026-01-01" },
  spec: { replicas: 1 },
  status: { observedGeneration: 1, replicas: 1, updatedReplicas: 1 },
};

/** Answers the given number of requests and leaves every later one open. */
let answers = 0;
let waiting = () => {};
const server = http.createServer((_, response) => {
  if (answers-- > 0) response.end(JSON.stringify(web));
  else waiting();
});
let cluster: Cluster;

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const connection = {
    server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    config: { applyToHTTPSOptions: async () => {} },
    label: "test",
    namespace: "shop",
  } as unknown as Connection;
  const discover = async () => ({ plural: "deployments", namespaced: true });
  cluster = { settings: {}, connection, send: createClient(connection), discover } as unknown as Cluster;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

/** Runs a wait, cancels it while its request after so many answers is open, and gives its error. */
async function canceledInRequest(after: number, wait: (operation: Operation) => Promise<unknown>): Promise<string> {
  const canceler = new AbortController();
  answers = after;
  waiting = () => canceler.abort();
  const operation = { urn: "", secrets: [], warn: () => {}, status: () => {}, signal: canceler.signal };
  return wait(operation).then(
    () => "no error",
    (error: Error) => error.message,
  );
}

test.each([0, 1, 2])(
  "a wait for readiness canceled within its request after %i answers says how the object stands",
  async (after) => {
    expect(await canceledInRequest(after, (operation) => awaitReady(cluster, web, operation))).toBe(
      "canceled: Deployment shop/web was applied, but not yet ready: 0 of 1 replicas are available",
    );
  },
);

test("a server that is away is not waited for once the user has canceled", async () => {
  const gone = { ...cluster.connection, server: "http://127.0.0.1:1" };
  const begun = Date.now();
  const asked = createClient(gone)({ path: "/version", patience: 60_000, signal: AbortSignal.timeout(1_600) });
  await expect(asked).rejects.toThrow("the update was canceled");
  expect(Date.now() - begun).toBeLessThan(20_000);
});

test("a wait for a deletion canceled within a request says so, and what holds the object", async () => {
  const target = { apiVersion: "apps/v1", kind: "Deployment", name: "web", namespace: "shop" };
  const gone = (operation: Operation) => awaitGone(cluster, target, 60_000, operation);
  expect(await canceledInRequest(0, gone)).toBe("canceled: Deployment shop/web is being deleted");
  expect(await canceledInRequest(1, gone)).toBe(
    "canceled: Deployment shop/web is being deleted: its finalizers a.b/c are not done",
  );
});
