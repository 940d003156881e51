import { accessSync, constants, existsSync } from "node:fs";
import { join } from "node:path";

/** Programs the node needs from the host, and the Debian package each comes in. */
const DEBIAN_PACKAGES: Readonly<Record<string, string>> = {
  containerd: "containerd",
  ctr: "containerd",
  runc: "runc",
  "CNI plugins (ptp, host-local, portmap, loopback)": "containernetworking-plugins",
  iptables: "iptables",
  ip: "iproute2",
  nsenter: "util-linux",
  unshare: "util-linux",
  mount: "mount",
  // The Node.js agent's image needs `cp`.
  busybox: "busybox-static",
};

const CNI_PLUGINS = ["ptp", "host-local", "portmap", "loopback"];
const CNI_FOLDERS = ["/usr/lib/cni", "/opt/cni/bin", "/usr/libexec/cni"];

/** The path of a program on PATH or in the folders for administrators; undefined when there is none. */
export function findProgram(name: string): string | undefined {
  const folders = [
    ...(process.env["PATH"] ?? "").split(":"),
    "/usr/local/sbin",
    "/usr/sbin",
    "/sbin",
    "/usr/bin",
    "/bin",
  ];
  return folders
    .filter((folder) => folder !== "")
    .map((folder) => join(folder, name))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/** The folder that holds the CNI plugins; undefined when none holds them all. */
export const findCniFolder = () =>
  CNI_FOLDERS.find((folder) => CNI_PLUGINS.every((plugin) => existsSync(join(folder, plugin))));

/** Which of the needed programs this host lacks, as named in DEBIAN_PACKAGES. */
export const missingPrograms = (): string[] =>
  Object.keys(DEBIAN_PACKAGES).filter((name) => (name.startsWith("CNI") ? !findCniFolder() : !findProgram(name)));

/** The packages that hold these programs, each once. */
export const packagesFor = (programs: readonly string[]): string[] => [
  ...new Set(programs.map((name) => DEBIAN_PACKAGES[name]).filter((name) => name !== undefined)),
];
