import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { silentProgress as progress } from "../../../../common/progress.ts";
import { down } from "../../../../sandbox/node/cluster.ts";
import type { Facts, gatherFacts } from "../../../../sandbox/node/facts.ts";
import type { installDebianPackages } from "../../../../sandbox/node/packages.ts";
import { checkPreconditions, problemsOf } from "../../../../sandbox/node/preconditions.ts";

const GIB = 2 ** 30;

const good: Facts = {
  platform: "linux",
  arch: "x64",
  uid: 0,
  needsGo: true,
  goVersion: "go1.26.3",
  missingPrograms: [],
  id: "tl-000001",
  stateDir: "/checkout/.throughline",
  owner: undefined,
  subnet: { hostAddress: "10.250.0.1", nodeAddress: "10.250.0.2" },
  memoryAvailable: 4 * GIB,
  disks: [{ path: "/checkout/.throughline", free: 10 * GIB }],
  kernel: { overlayfs: true, veth: true, nat: true },
  missingControllers: [],
  inotify: { limit: 128, used: 20 },
};

describe("problemsOf", () => {
  it.each<[string, Partial<Facts>]>([
    ["the smallest allowed host", {}],
    ["a later Go", { goVersion: "go1.30" }],
    ["a Go of a later age", { goVersion: "go2.0.1" }],
    ["no Go when none is needed", { needsGo: false, goVersion: undefined }],
  ])("accepts %s", (_, facts) => {
    expect(problemsOf({ ...good, ...facts })).toEqual([]);
  });

  it.each<[string, Partial<Facts>, RegExp]>([
    ["another system", { platform: "darwin", uid: 501 }, /needs Linux; this is darwin.*pulumi up/],
    ["another processor", { arch: "arm64" }, /x86_64 processor; this is arm64.*pulumi up/],
    ["a plain user", { uid: 1000 }, /needs root.*sudo -E npm start/],
    ["no Go", { goVersion: undefined }, /Go >= 1\.26.*no go on PATH.*go\.dev\/dl/],
    ["an old Go", { goVersion: "go1.25.9" }, /go on PATH is go1\.25\.9/],
    [
      "missing programs",
      { missingPrograms: ["containerd", "ctr", "runc"] },
      /containerd, ctr, runc\. Type: apt-get update && apt-get install -y containerd runc$/,
    ],
    ["names taken", { owner: "/other/.throughline" }, /belong to the cluster of \/other\/.*export THROUGHLINE_STATE=/],
    ["no free subnet", { subnet: undefined }, /No free \/30.*ip route/],
    ["little memory", { memoryAvailable: 4 * GIB - 1 }, /4 GiB of memory must be available.*ps aux/],
    ["little disk", { disks: [{ path: "/cache", free: 3.25 * GIB }] }, /10 GiB must be free at \/cache; 3\.3 GiB are/],
    ["no overlayfs", { kernel: { ...good.kernel, overlayfs: false } }, /overlayfs.*modprobe overlay/],
    ["no veth", { kernel: { ...good.kernel, veth: false } }, /modprobe veth/],
    ["no address translation", { kernel: { ...good.kernel, nat: false } }, /modprobe -a nf_tables/],
    ["no control group", { missingControllers: ["memory", "pids"] }, /for: memory, pids\. .*cgroup_enable=memory/],
    ["few inotify instances", { inotify: { limit: 128, used: 100 } }, /100 of 128.*sysctl -w fs\.inotify/],
  ])("refuses %s with the line to type", (_, facts, problem) => {
    const problems = problemsOf({ ...good, ...facts });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(problem);
  });

  it("tells all problems at once", () => {
    expect(
      problemsOf({ ...good, uid: 1000, goVersion: undefined, missingPrograms: ["ip"], memoryAvailable: 0 }),
    ).toHaveLength(4);
  });
});

describe("checkPreconditions", () => {
  let stateDir: string;
  const missing = { ...good, missingPrograms: ["runc"] };
  const host = {
    gatherFacts: vi.fn<typeof gatherFacts>(),
    installDebianPackages: vi.fn<typeof installDebianPackages>(),
  };
  const check = () => checkPreconditions({ needsGo: true, progress, stateDir }, host);

  beforeEach(() => {
    vi.resetAllMocks();
    stateDir = mkdtempSync(join(tmpdir(), "tl-check-"));
  });
  afterEach(() => rmSync(stateDir, { recursive: true }));

  it("installs packages when nothing else is missing, and then looks again", async () => {
    host.gatherFacts
      .mockResolvedValueOnce(missing)
      .mockResolvedValueOnce({ ...good, kernel: { ...good.kernel, nat: false } });
    await expect(check()).rejects.toThrow(/modprobe -a nf_tables/);
    expect(host.installDebianPackages.mock.calls).toEqual([[["runc"], progress]]);
  });

  it("installs nothing on a host that lacks more, and tells all of it", async () => {
    host.gatherFacts.mockResolvedValue({ ...missing, memoryAvailable: 0 });
    await expect(check()).rejects.toThrow(/apt-get install -y runc\n- At least 4 GiB/);
    expect(host.installDebianPackages).not.toHaveBeenCalled();
  });

  it("says why the packages could not be installed", async () => {
    host.gatherFacts.mockResolvedValue(missing);
    host.installDebianPackages.mockResolvedValue("apt-get update ended with exit code 100");
    await expect(check()).rejects.toThrow(/apt-get install -y runc\n- apt-get update ended with exit code 100/);
  });
});

describe("down", () => {
  it("asks a plain user for root before it touches anything", async () => {
    vi.spyOn(process, "getuid").mockReturnValue(1000);
    const stateDir = join(tmpdir(), "tl-never-made");
    await expect(down({ progress, stateDir })).rejects.toThrow(/root\. Type: sudo -E npm run down$/);
    vi.restoreAllMocks();
  });
});
