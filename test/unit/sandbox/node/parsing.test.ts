import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { userKubeconfig } from "../../../../sandbox/node/certificates.ts";
import { parseHierarchies } from "../../../../sandbox/node/cgroups.ts";
import { mountPoints } from "../../../../sandbox/node/mounts.ts";
import { installable } from "../../../../sandbox/node/packages.ts";
import { parseStat } from "../../../../sandbox/processes.ts";

describe("parseStat", () => {
  it("finds state and start time behind a name with spaces and parentheses", () => {
    const fields = ["S", ...Array.from({ length: 18 }, (_, index) => String(index)), "4711", "9"];
    expect(parseStat(`12 (a) b (c)) ${fields.join(" ")}`)).toEqual({ state: "S", startTime: 4711 });
  });
});

describe("mountPoints", () => {
  it("decodes paths with spaces", () => {
    const line = "36 35 98:0 / /run/my\\040state rw,noatime master:1 - ext3 /dev/root rw";
    expect(mountPoints(`${line}\n`)).toEqual(["/run/my state"]);
  });
});

describe("parseHierarchies", () => {
  const v1 = ["tmpfs /sys/fs/cgroup tmpfs rw 0 0", "cgroup /sys/fs/cgroup/cpu,cpuacct cgroup rw,cpu,cpuacct 0 0"];
  it.each([
    ["version 2", ["cgroup2 /sys/fs/cgroup cgroup2 rw 0 0"], 2, ["/sys/fs/cgroup"]],
    ["version 1", v1, 1, ["/sys/fs/cgroup/cpu,cpuacct"]],
    [
      "both, where version 1 has the controllers",
      [...v1, "cgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0"],
      1,
      ["/sys/fs/cgroup/cpu,cpuacct", "/sys/fs/cgroup/unified"],
    ],
  ])("understands %s", (_, lines, version, roots) => {
    const elsewhere = "cgroup2 /var/lib/other/cgroup cgroup2 rw 0 0";
    expect(parseHierarchies([...lines, elsewhere].join("\n"))).toEqual({ version, roots });
  });
});

describe("installable", () => {
  const policy =
    "runc:\n  Installed: (none)\n  Candidate: 1.1.5\ncontainerd:\n  Installed: (none)\n  Candidate: (none)\n";
  it("takes the packages that have a candidate", () => {
    expect(installable(policy, ["containerd", "runc", "iptables"])).toEqual(["runc"]);
    expect(installable("", ["runc"])).toEqual([]);
  });
});

describe("userKubeconfig", () => {
  it("leads to the given server by one context for people", () => {
    const administrator = `
clusters: [{ name: kubernetes, cluster: { certificate-authority-data: Q0E=, server: "https://10.250.0.2:6443" } }]
users: [{ name: admin, user: { client-certificate-data: Qw==, client-key-data: Sw== } }]`;
    expect(parse(userKubeconfig(administrator, "tl-000001", "https://127.0.0.1:1"))).toEqual({
      apiVersion: "v1",
      kind: "Config",
      clusters: [
        { name: "tl-000001", cluster: { "certificate-authority-data": "Q0E=", server: "https://127.0.0.1:1" } },
      ],
      users: [{ name: "tl-000001", user: { "client-certificate-data": "Qw==", "client-key-data": "Sw==" } }],
      contexts: [{ name: "throughline-sandbox", context: { cluster: "tl-000001", user: "tl-000001" } }],
      "current-context": "throughline-sandbox",
    });
  });
});
