import { expect, test } from "vitest";
import { clientMount, serverHosts, serverMount, TierCertificates } from "../../../infra/kubernetes/tls.ts";
import { render, toYaml } from "../../../infra/render/render.ts";

const rendered = () =>
  render(async () => {
    new TierCertificates("tls", { namespace: "observability", generation: 2 });
  });

test("a pod is given its own certificate and key, the authorities and nothing else", () => {
  const { volume, volumeMount, paths } = serverMount("gateway", 3);
  expect(volume).toEqual({
    name: "tls-server",
    projected: {
      defaultMode: 0o440,
      sources: [
        {
          secret: {
            name: "throughline-tls-3",
            items: [
              { key: "server-gateway-tls.crt", path: "tls.crt" },
              { key: "server-gateway-tls.key", path: "tls.key" },
            ],
          },
        },
        { configMap: { name: "throughline-tls-trust-3", items: [{ key: "ca.crt", path: "ca.crt" }] } },
      ],
    },
  });
  expect(volumeMount).toMatchObject({ name: "tls-server", readOnly: true });
  for (const file of Object.values(paths)) expect(file.startsWith(`${volumeMount.mountPath}/`)).toBe(true);
});

test("one pod can be a server and a client", () => {
  const [server, client] = [serverMount("gateway", 1), clientMount("otel-gateway", 1)];
  expect(server.volume.name).not.toBe(client.volume.name);
  expect(server.volumeMount.mountPath).not.toBe(client.volumeMount.mountPath);
});

test("a new generation changes what pods mount, but not the paths in their configuration", () => {
  expect(serverMount("jaeger", 2).volume).not.toEqual(serverMount("jaeger", 1).volume);
  expect(serverMount("jaeger", 2).paths).toEqual(serverMount("jaeger", 1).paths);
});

test("the servers' names hold Services, and the gateway's pods", () => {
  const { gateway, jaeger } = serverHosts("traces");
  expect(gateway).toEqual(
    expect.arrayContaining(["otel-gateway-otlp.traces.svc", "otel-gateway", "*.otel-gateway.traces.svc"]),
  );
  expect(jaeger).toEqual(
    ["jaeger", "jaeger-collector"].flatMap((name) => [
      name,
      `${name}.traces`,
      `${name}.traces.svc`,
      `${name}.traces.svc.cluster.local`,
    ]),
  );
});

test("without an engine the objects render the same each time, with their values masked", async () => {
  const text = toYaml((await rendered()).manifests);
  expect(text).toBe(toYaml((await rendered()).manifests));
  expect(text).not.toMatch(/BEGIN|LS0t/);
  const names = [...text.matchAll(/^ {2}name: (\S+)/gm)].map(([, name]) => name);
  expect(names.sort()).toEqual([
    "throughline-tls-1",
    "throughline-tls-2",
    "throughline-tls-3",
    "throughline-tls-trust-2",
  ]);
});

test("what pods mount is among what is made", async () => {
  const { manifests } = await rendered();
  const secret = manifests.find(({ kind, metadata }) => kind === "Secret" && metadata.name === "throughline-tls-2");
  const made = Object.keys((secret as unknown as { data: object }).data);
  const mounts = [
    serverMount("gateway", 2),
    serverMount("jaeger", 2),
    clientMount("otel-agent", 2),
    clientMount("otel-gateway", 2),
  ];
  const mounted = mounts.flatMap(({ volume }) => {
    const { sources } = volume.projected as unknown as { sources: { secret?: { items: { key: string }[] } }[] };
    return sources.flatMap(({ secret }) => secret?.items.map(({ key }) => key) ?? []);
  });
  expect([...mounted, "ca.crt"].sort()).toEqual(made.sort());
});
