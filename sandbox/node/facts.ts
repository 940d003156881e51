import { accessSync, constants, readdirSync, readFileSync, readlinkSync, statfsSync } from "node:fs";
import { join } from "node:path";
import { run } from "../../common/run.ts";
import { cacheDir } from "../paths.ts";
import { hierarchies } from "./cgroups.ts";
import type { Layout } from "./layout.ts";
import { chooseSubnet, type Subnet, takenNetworks } from "./network.ts";
import { missingPrograms } from "./programs.ts";

/** What matters of a host before a cluster is started on it. Sizes in bytes. */
export interface Facts {
  platform: string;
  arch: string;
  uid: number;
  needsGo: boolean;
  /** E.g. "go1.26.3"; undefined without Go. */
  goVersion: string | undefined;
  missingPrograms: string[];
  id: string;
  stateDir: string;
  /** Another state directory whose cluster has the same names. */
  owner: string | undefined;
  /** A free subnet for the link, undefined when there is none. */
  subnet: Subnet | undefined;
  memoryAvailable: number;
  disks: { path: string; free: number }[];
  kernel: { overlayfs: boolean; veth: boolean; nat: boolean };
  missingControllers: string[];
  inotify: { limit: number; used: number };
}

/** Reads the facts. Kernel features are tried out, in throwaway namespaces. */
export async function gatherFacts(layout: Layout, needsGo: boolean): Promise<Facts> {
  const works = (program: string, ...args: string[]) =>
    run(program, args, { timeoutMs: 10_000 }).then(
      () => true,
      () => false,
    );
  const overlay =
    "mount -t tmpfs none /mnt && mkdir /mnt/a /mnt/b /mnt/c /mnt/d && mount -t overlay -o lowerdir=/mnt/a,upperdir=/mnt/b,workdir=/mnt/c none /mnt/d";
  const missing = missingPrograms();
  const root = process.getuid?.() === 0;
  const can = (programs: string[]) => root && !programs.some((name) => missing.includes(name));
  // What can't be tried yet is told by the lines about root and missing programs.
  const [overlayfs, veth, nat, taken, go] = await Promise.all([
    can(["unshare", "mount"]) ? works("unshare", "--mount", "sh", "-c", overlay) : true,
    can(["unshare", "ip"]) ? works("unshare", "--net", "ip", "link", "add", "type", "veth") : true,
    can(["unshare", "iptables"])
      ? works("unshare", "--net", "iptables", "-t", "nat", "-A", "POSTROUTING", "-j", "MASQUERADE")
      : true,
    can(["ip"]) ? takenNetworks(layout.hostInterface) : [],
    needsGo ? run("go", ["env", "GOVERSION"], { env: { GOTOOLCHAIN: "local" } }).catch(() => undefined) : undefined,
  ]);
  return {
    platform: process.platform,
    arch: process.arch,
    uid: process.getuid?.() ?? -1,
    needsGo,
    goVersion: go?.trim(),
    missingPrograms: missing,
    id: layout.id,
    stateDir: layout.stateDir,
    owner: otherOwner(layout),
    subnet: chooseSubnet(layout.id, taken),
    memoryAvailable: Number(/^MemAvailable:\s+(\d+)/m.exec(text("/proc/meminfo"))?.[1] ?? 0) * 1024,
    disks: [...new Set([layout.stateDir, cacheDir()])].map((path) => {
      const { bavail, bsize } = statfsSync(path);
      return { path, free: bavail * bsize };
    }),
    kernel: { overlayfs, veth, nat },
    missingControllers: missingControllers(),
    inotify: { limit: Number(text("/proc/sys/fs/inotify/max_user_instances")), used: inotifyInUse() },
  };
}

function text(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** The state directory that a cluster of our names was made for, when it is another one. */
function otherOwner(layout: Layout): string | undefined {
  const owner = text(join(layout.runDir, "owner")).trim();
  return owner === "" || owner === layout.stateDir ? undefined : owner;
}

/** Control group controllers that the kubelet needs and that are not there or can't be written. */
function missingControllers(): string[] {
  const { version, roots } = hierarchies();
  const needed =
    version === 2 ? ["cpu", "cpuset", "memory", "pids"] : ["cpu", "cpuacct", "cpuset", "devices", "memory", "pids"];
  const writable = roots.filter((root) => {
    try {
      accessSync(root, constants.W_OK);
      return true;
    } catch {
      return false;
    }
  });
  const present =
    version === 2
      ? writable.flatMap((root) => text(join(root, "cgroup.controllers")).trim().split(" "))
      : text("/proc/self/mounts")
          .split("\n")
          .map((line) => line.split(" "))
          .filter(([, path = "", type]) => type === "cgroup" && writable.includes(path))
          .flatMap(([, , , options = ""]) => options.split(","));
  return needed.filter((name) => !present.includes(name));
}

/** inotify instances of root's processes; the kernel's limit is per user. */
function inotifyInUse(): number {
  let count = 0;
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const folder = `/proc/${pid}/fd`;
      for (const fd of readdirSync(folder)) {
        if (readlinkSync(`${folder}/${fd}`) === "anon_inode:inotify") count += 1;
      }
    } catch {
      // The process ended while we looked.
    }
  }
  return count;
}
