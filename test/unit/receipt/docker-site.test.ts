import type Docker from "dockerode";
import { describe, expect, test } from "vitest";
import { dockerSite } from "../../../receipt/docker-site.ts";

type Ports = Record<string, { HostIp: string; HostPort: string }[] | null>;
type State = { Running: boolean; Status?: string; ExitCode?: number; OOMKilled?: boolean };

/** The address at which a container is called that the engine tells so about. */
async function called(ports: Ports | null, state: State = { Running: true }): Promise<string> {
  const inspect = async () => ({ NetworkSettings: { Ports: ports }, State: state });
  const docker = { getContainer: () => ({ inspect }) } as unknown as Docker;
  return (await dockerSite(docker).openWorkload({ namespace: "", service: "shop", port: "8080", path: "/" })).url;
}

describe("the workload on a Docker Engine", () => {
  const at = (HostIp: string, HostPort = "18080") => [{ HostIp, HostPort }];

  test.each([
    ["on loopback", { "8080/tcp": at("127.0.0.1") }, "http://127.0.0.1:18080"],
    ["everywhere", { "8080/tcp": at("0.0.0.0") }, "http://127.0.0.1:18080"],
    ["at one address", { "8080/tcp": at("192.168.1.5") }, "http://192.168.1.5:18080"],
    ["at one address of version 6", { "8080/tcp": at("fd00::2") }, "http://[fd00::2]:18080"],
    ["for UDP too", { "8080/udp": at("0.0.0.0", "1"), "8080/tcp": at("0.0.0.0") }, "http://127.0.0.1:18080"],
  ])("is called where its port is published: %s", async (_where, ports, url) => {
    expect(await called(ports)).toBe(url);
  });

  test("that does not run, or publishes another port, is one clear error", async () => {
    const killed = { Running: false, Status: "exited", ExitCode: 137, OOMKilled: true };
    await expect(called({}, killed)).rejects.toThrow(
      "--workload names the container shop, which does not run: it had too little memory. Write: docker logs --tail 50 shop",
    );
    await expect(called({ "80/tcp": at(""), "8080/udp": at("") })).rejects.toThrow(
      /published on this machine \(published: 80\)/,
    );
    await expect(called(null)).rejects.toThrow(/not published on this machine \(none is\)/);
  });
});
