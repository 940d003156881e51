import { execFileSync } from "node:child_process";
import { existsSync, globSync, readdirSync, readFileSync } from "node:fs";

/** What a cluster could leave on the host. Two snapshots are equal when nothing was added or lost. */
export interface HostState {
  mounts: string[];
  interfaces: string[];
  networkNamespaces: string[];
  iptables: string[];
  cgroups: string[];
  /** Processes that carry one of the marks in their command, environment or cgroup. */
  processes: string[];
}

/**
 * Takes stock of the host. `marks` are strings that only the cluster's own processes, mounts and cgroups carry.
 * Of mounts, only those of other embedded clusters are left out, so that one is seen that carries no name of ours.
 */
export function hostState(marks: readonly string[]): HostState {
  const marked = (text: string) => marks.some((mark) => text.includes(mark));
  return {
    mounts: readFileSync("/proc/mounts", "utf8")
      .split("\n")
      .filter((line) => marked(line) || !/\btl-[0-9a-f]{6}\b/.test(line)),
    interfaces: (JSON.parse(execFileSync("ip", ["-json", "link"], { encoding: "utf8" })) as { ifname: string }[]).map(
      ({ ifname }) => ifname,
    ),
    networkNamespaces: existsSync("/run/netns") ? readdirSync("/run/netns").sort() : [],
    iptables: iptablesRules(),
    cgroups: globSync(["/sys/fs/cgroup/*", "/sys/fs/cgroup/*/*"]).filter(marked).sort(),
    processes: readdirSync("/proc")
      .filter((entry) => /^\d+$/.test(entry) && Number(entry) !== process.pid)
      .flatMap((pid) => {
        const text = ["cmdline", "environ", "cgroup"].map((file) => read(`/proc/${pid}/${file}`)).join("\0");
        return marked(text) ? [`${pid} ${read(`/proc/${pid}/cmdline`).replaceAll("\0", " ")}`] : [];
      }),
  };
}

function iptablesRules(): string[] {
  try {
    const rules = execFileSync("iptables-save", { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
    return rules.split("\n").filter((line) => line.startsWith("-A"));
  } catch {
    // Without the program, or without the kernel's table, there is no rule to leave behind.
    return [];
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    // The process ended between the listing and the reading.
    return "";
  }
}
