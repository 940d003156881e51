import { statSync } from "node:fs";
import { UserError } from "../../common/errors.ts";
import type { Progress } from "../../common/progress.ts";
import { type Facts, gatherFacts } from "./facts.ts";
import { isHealthy, readKeeperState } from "./keeper-state.ts";
import { clusterLayout, type Layout } from "./layout.ts";
import { noSubnet } from "./network.ts";
import { installDebianPackages } from "./packages.ts";
import { packagesFor } from "./programs.ts";

const ownCluster = "pulumi config set throughline:context NAME && pulumi up";
const GIB = 2 ** 30;
const GO_NEEDED = [1, 26] as const;
/** Observed use of one cluster with its pods, with room to spare. */
const INOTIFY_NEEDED = 48;

/** Everything that keeps the embedded cluster from running on a host with these facts, each with the line to type. */
export function problemsOf(facts: Facts): string[] {
  if (facts.platform !== "linux") {
    return [
      `The embedded cluster needs Linux; this is ${facts.platform}. Run it in a Linux virtual machine, or deploy to a cluster of your own: ${ownCluster}`,
    ];
  }
  const problems: string[] = [];
  const check = (bad: boolean, problem: string) => bad && problems.push(problem);
  check(
    facts.arch !== "x64",
    `The embedded cluster needs an x86_64 processor; this is ${facts.arch}. Deploy to a cluster of your own: ${ownCluster}`,
  );
  check(facts.uid !== 0, "The embedded cluster needs root for its namespaces. Type: sudo -E npm start");
  if (facts.needsGo) {
    const line = "Install it from https://go.dev/dl/ and type: export PATH=$PATH:/usr/local/go/bin";
    const needed = GO_NEEDED.join(".");
    if (facts.goVersion === undefined)
      problems.push(`Go >= ${needed} is needed to build the tools; there is no go on PATH. ${line}`);
    else
      check(
        !isGoNewEnough(facts.goVersion),
        `Go >= ${needed} is needed to build the tools; go on PATH is ${facts.goVersion}. ${line}`,
      );
  }
  check(
    facts.missingPrograms.length > 0,
    `Programs are missing: ${facts.missingPrograms.join(", ")}. Type: apt-get update && apt-get install -y ${packagesFor(facts.missingPrograms).join(" ")}`,
  );
  check(
    facts.owner !== undefined,
    `The names ${facts.id} on this host belong to the cluster of ${facts.owner}. Type: export THROUGHLINE_STATE=${facts.stateDir}-2`,
  );
  check(facts.subnet === undefined, noSubnet);
  check(
    facts.memoryAvailable < 4 * GIB,
    `At least 4 GiB of memory must be available; ${gib(facts.memoryAvailable)} are. See what uses it: ps aux --sort=-rss | head`,
  );
  for (const { path, free } of facts.disks) {
    check(
      free < 10 * GIB,
      `At least 10 GiB must be free at ${path}; ${gib(free)} are. Make room, or set THROUGHLINE_STATE and THROUGHLINE_CACHE to folders on a larger disk`,
    );
  }
  check(!facts.kernel.overlayfs, "The kernel can't mount overlayfs here. Type: modprobe overlay");
  check(!facts.kernel.veth, "The kernel can't make a pair of virtual interfaces (veth) here. Type: modprobe veth");
  check(
    !facts.kernel.nat,
    "iptables can't translate addresses in a namespace of its own here. Type: modprobe -a nf_tables nft_compat iptable_nat xt_MASQUERADE",
  );
  check(
    facts.missingControllers.length > 0,
    `Control groups can't be made for: ${facts.missingControllers.join(", ")}. On a machine, add to the kernel's command line: cgroup_enable=memory; in Docker, type: docker run --privileged --cgroupns=private ...`,
  );
  check(
    facts.inotify.limit - facts.inotify.used < INOTIFY_NEEDED,
    `The cluster needs about ${INOTIFY_NEEDED} inotify instances; ${facts.inotify.used} of ${facts.inotify.limit} are in use. Type: sysctl -w fs.inotify.max_user_instances=1024`,
  );
  return problems;
}

const gib = (bytes: number) => `${(bytes / GIB).toFixed(1)} GiB`;

/** Whether a version such as "go1.26.3" is new enough. */
function isGoNewEnough(version: string): boolean {
  const [, major = "0", minor = "0"] = /(\d+)\.(\d+)/.exec(version) ?? [];
  return Number(major) > GO_NEEDED[0] || (Number(major) === GO_NEEDED[0] && Number(minor) >= GO_NEEDED[1]);
}

/**
 * Checks everything the embedded cluster needs of this host. Where nothing but Debian packages is missing, installs them;
 * else changes nothing.
 *
 * @param options.needsGo whether tools have yet to be built
 * @param host how the host is looked at and changed
 * @throws UserError that lists every problem
 */
export async function checkPreconditions(
  options: {
    needsGo: boolean;
    progress: Progress;
    /** Default: this checkout's, see sandbox/paths.ts. */
    stateDir?: string;
  },
  host = { gatherFacts, installDebianPackages },
): Promise<void> {
  const layout = clusterLayout(options.stateDir);
  const look = async () => {
    const facts = await host.gatherFacts(layout, options.needsGo);
    return { facts, problems: problemsOf(isRunning(layout) ? withoutUse(facts) : facts) };
  };
  let { facts, problems } = await look();
  if (problems.length === 1 && facts.missingPrograms.length > 0) {
    const failure = await host.installDebianPackages(packagesFor(facts.missingPrograms), options.progress);
    // What the new programs are needed for could not be tried before.
    ({ facts, problems } = await look());
    if (facts.missingPrograms.length > 0 && failure) problems = [...problems, failure];
  }
  if (problems.length > 0) throw new UserError(problems);
}

const isRunning = (layout: Layout) =>
  isHealthy(readKeeperState(layout)) || statSync(layout.mountNamespace, { throwIfNoEntry: false }) !== undefined;

/** What the cluster itself occupies is no reason to refuse it. */
const withoutUse = (facts: Facts): Facts => ({
  ...facts,
  memoryAvailable: Number.POSITIVE_INFINITY,
  disks: [],
  inotify: { limit: 1024, used: 0 },
});
