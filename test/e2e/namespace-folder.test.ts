import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { checkoutRoot } from "../../sandbox/paths.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tl-netns-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Runs steps on a host of its own, as far as /run and the network go, and returns what they print. */
function onFreshHost(before: string, steps: string): string[] {
  const script = `import { existsSync, readdirSync, readFileSync } from "node:fs";
    import { clusterLayout } from "${checkoutRoot}/sandbox/node/layout.ts";
    import { ensureNetwork, removeNetwork } from "${checkoutRoot}/sandbox/node/network.ts";
    const [one, other] = ["one", "other"].map((name) => clusterLayout("${folder}/" + name));
    const tell = () => {
      const mounted = readFileSync("/proc/self/mounts", "utf8").includes(" /run/netns ");
      const count = existsSync("/run/netns") ? readdirSync("/run/netns").length : "no folder";
      console.log((mounted ? "mounted, " : "") + count + ", " + readdirSync("/run").length);
    };
    ${steps}`;
  // Interfaces are those of the namespace that /sys was mounted in. The host itself may have such a mount, which would still be listed below the new /run.
  const shell = `mount -t sysfs sysfs /sys; umount --lazy --recursive /run/netns 2> /dev/null || true; mount -t tmpfs none /run; ${before}; exec "$0" --input-type=module -e "$1"`;
  const args = ["--mount", "--net", "--propagation", "private", "sh", "-ec", shell, process.execPath, script];
  return execFileSync("unshare", args, { encoding: "utf8" }).trim().split("\n");
}

it("takes the mount of the named namespaces back with the last of two clusters made at once", () => {
  const steps = `await Promise.all([ensureNetwork(one), ensureNetwork(other)]); tell();
    await removeNetwork(one); tell();
    await ensureNetwork(one);
    await Promise.all([removeNetwork(other), removeNetwork(one)]); tell();
    await removeNetwork(one); tell();`;
  expect(onFreshHost("true", steps)).toEqual(["mounted, 2, 2", "mounted, 1, 2", "no folder, 0", "no folder, 0"]);
});

it("leaves a mount that was there before, and a folder", () => {
  const steps = "await ensureNetwork(one); tell(); await removeNetwork(one); tell();";
  const somebodys = "ip netns add theirs; ip netns delete theirs";
  expect(onFreshHost(somebodys, steps)).toEqual(["mounted, 1, 1", "mounted, 0, 1"]);
  expect(onFreshHost("mkdir /run/netns", steps)).toEqual(["mounted, 1, 2", "0, 1"]);
});
