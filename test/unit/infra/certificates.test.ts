import { execFileSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, createServer } from "node:tls";
import { beforeAll, describe, expect, test } from "vitest";
import {
  expiryWarning,
  type Generation,
  type GenerationOptions,
  type KeyPair,
  makeGeneration,
} from "../../../infra/certificates.ts";

const day = 24 * 3600_000;
const options: GenerationOptions = {
  generation: 1,
  namespace: "observability",
  hosts: { gateway: ["otel-gateway", "*.otel-gateway.observability.svc"], jaeger: ["jaeger"] },
  now: new Date(),
  validDays: 730,
};

let first: Generation;
let second: Generation;
beforeAll(async () => {
  [first, second] = await Promise.all([makeGeneration(options), makeGeneration({ ...options, generation: 2 })]);
});

interface Meeting {
  server: KeyPair;
  /** Authorities whose clients the server takes; it takes anyone without. */
  clientCa?: string;
  client?: KeyPair;
  /** Authorities whose servers the client takes. */
  ca: string;
  host?: string;
}

/** Has a server and a client of node:tls meet; gives the name in the client's certificate, or fails with what either says. */
function meet({ server: own, clientCa, client, ca, host = "otel-gateway" }: Meeting): Promise<string> {
  const mutual = clientCa === undefined ? {} : { ca: clientCa, requestCert: true, rejectUnauthorized: true };
  return new Promise<string>((resolve, reject) => {
    const server = createServer({ cert: own.certificate, key: own.key, minVersion: "TLSv1.3", ...mutual });
    const end = (action: () => void) => {
      server.close();
      action();
    };
    server.on("tlsClientError", (error) => end(() => reject(error)));
    server.on("secureConnection", (socket) => {
      const peer = socket.getPeerCertificate();
      socket.on("error", () => {});
      // The server is content; the client has judged the server before it could answer.
      socket.on("data", () => {
        socket.destroy();
        end(() => resolve(peer.subject === undefined ? "" : String(peer.subject.CN)));
      });
    });
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      const shown = client === undefined ? {} : { cert: client.certificate, key: client.key };
      const socket = connect({ host: "127.0.0.1", port, servername: host, ca, ...shown });
      socket.on("secureConnect", () => socket.write("hello"));
      socket.on("error", (error) => end(() => reject(error)));
    });
  });
}

describe("a real handshake", () => {
  test("succeeds with the server's certificate alone", async () => {
    expect(await meet({ server: first.servers.gateway, ca: first.ca })).toBe("");
  });

  test("succeeds both ways, for every client at every server", async () => {
    for (const [client, pair] of Object.entries(first.clients)) {
      for (const [server, host] of [
        ["gateway", "otel-gateway-0.otel-gateway.observability.svc"],
        ["jaeger", "jaeger"],
      ] as const) {
        const meeting = { server: first.servers[server], clientCa: first.ca, client: pair, ca: first.ca, host };
        expect(await meet(meeting)).toBe(client);
      }
    }
  });

  test.each([
    ["a server of another authority", () => ({ server: second.servers.gateway, ca: first.ca })],
    ["another name", () => ({ server: first.servers.gateway, ca: first.ca, host: "jaeger" })],
    [
      "a pod's name two labels below the wildcard",
      () => ({ server: first.servers.gateway, ca: first.ca, host: "a.b.otel-gateway.observability.svc" }),
    ],
    [
      "a client's certificate at the server's side",
      () => ({ server: first.clients["otel-gateway"], ca: first.ca, host: "otel-gateway" }),
    ],
  ])("is refused by the client for %s", async (_, meeting) => {
    await expect(meet(meeting())).rejects.toThrow(/certificate|altnames|purpose/i);
  });

  test.each([
    ["no certificate", () => undefined],
    ["a client of another authority", () => second.clients["otel-agent"]],
    ["a server's certificate", () => first.servers.jaeger],
  ])("is refused by a mutual server for %s", async (_, client) => {
    const meeting: Meeting = { server: first.servers.gateway, clientCa: first.ca, ca: first.ca };
    const shown = client();
    await expect(meet({ ...meeting, ...(shown && { client: shown }) })).rejects.toThrow();
    // The same meeting with the right certificate, so that the refusal is for the reason named.
    expect(await meet({ ...meeting, client: first.clients["otel-agent"] })).toBe("otel-agent");
  });

  test("succeeds between neighbouring generations when both sides trust both", async () => {
    const trust = first.ca + second.ca;
    for (const [old, young] of [
      [first, second],
      [second, first],
    ] as const) {
      const client = young.clients["otel-agent"];
      const meeting = { server: old.servers.gateway, clientCa: trust, client, ca: trust };
      expect(await meet(meeting)).toBe("otel-agent");
    }
  });
});

describe("the certificates", () => {
  test("begin an hour back, and all end with their authority after the days given", () => {
    const all = [first.ca, first.servers.gateway.certificate, first.clients["otel-agent"].certificate];
    for (const text of all) {
      const { validFromDate, validToDate } = new X509Certificate(text);
      const since = (date: Date) => Math.round((date.getTime() - options.now.getTime()) / 60_000);
      expect([since(validFromDate), since(validToDate)]).toEqual([-60, 730 * 24 * 60]);
    }
  });

  test("have numbers and keys of their own", () => {
    const certificates = [first, second].flatMap(({ ca, servers, clients }) => [
      ca,
      ...[...Object.values(servers), ...Object.values(clients)].map((pair) => pair.certificate),
    ]);
    const parsed = certificates.map((text) => new X509Certificate(text));
    expect(new Set(parsed.map((one) => one.serialNumber)).size).toBe(10);
    expect(new Set(parsed.map((one) => one.publicKey.export({ type: "spki", format: "pem" }))).size).toBe(10);
    for (const { serialNumber } of parsed) expect(serialNumber).toMatch(/^[4-7][0-9A-F]{31}$/);
  });

  test("may end after 2049, where dates are written another way", async () => {
    const late = await makeGeneration({ ...options, now: new Date("2045-01-01T00:00:00Z"), validDays: 7300 });
    expect(new X509Certificate(late.ca).validToDate.toISOString()).toBe("2064-12-27T00:00:00.000Z");
  });

  test("satisfy openssl's strict rules for their purpose", ({ skip }) => {
    try {
      execFileSync("openssl", ["version"]);
    } catch {
      skip("openssl is not here");
    }
    const folder = mkdtempSync(join(tmpdir(), "throughline-certificates-"));
    const verify = (purpose: string, { certificate }: KeyPair) => {
      writeFileSync(join(folder, "leaf"), certificate);
      const args = ["verify", "-x509_strict", "-purpose", purpose, "-CAfile", join(folder, "ca"), join(folder, "leaf")];
      return execFileSync("openssl", args, { encoding: "utf8", stdio: "pipe" });
    };
    try {
      writeFileSync(join(folder, "ca"), first.ca);
      for (const pair of Object.values(first.servers)) expect(verify("sslserver", pair)).toMatch(/: OK\n$/);
      for (const pair of Object.values(first.clients)) expect(verify("sslclient", pair)).toMatch(/: OK\n$/);
      expect(() => verify("sslclient", first.servers.gateway)).toThrow(/purpose/);
      expect(() => verify("sslserver", second.servers.gateway)).toThrow(/issuer/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

test.each([
  [{ generation: 0 }, "generation 0"],
  [{ generation: 1.5 }, "generation 1.5"],
  [{ validDays: 0 }, "validDays 0"],
  [{ validDays: Number.NaN }, "validDays NaN"],
  [{ validDays: 7301 }, "validDays 7301"],
  [{ hosts: { gateway: [], jaeger: ["jaeger"] } }, "server gateway"],
])("%o is refused", async (wrong, message) => {
  await expect(makeGeneration({ ...options, ...wrong })).rejects.toThrow(message);
});

test("people are told in the last 60 days, and after the end", () => {
  const at = (days: number) => expiryWarning(first.ca, 1, new Date(options.now.getTime() + days * day));
  const end = new Date(options.now.getTime() + 730 * day).toISOString().slice(0, 10);
  expect(at(669)).toBeUndefined();
  expect(at(671)).toBe(
    `throughline:tlsGeneration is 1, whose certificates end on ${end}; from then on no span gets from one tier to the next. Write: pulumi config set throughline:tlsGeneration 2`,
  );
  expect(at(731)).toContain(`ended on ${end}; no span gets`);
});
