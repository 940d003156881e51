import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { UserError } from "../../common/errors.ts";
import { run } from "../../common/run.ts";
import { withLock } from "../lock.ts";
import type { Layout } from "./layout.ts";
import { makeNamespaceFolder, removeNamespaceFolder } from "./namespace-folder.ts";

/** The two ends of the link between the host and the node: a /30. */
export interface Subnet {
  hostAddress: string;
  nodeAddress: string;
}

/** An IPv4 network in use, e.g. { address: "10.250.0.1", prefix: 30 }. */
export interface TakenNetwork {
  address: string;
  prefix: number;
}

/** What one cluster of the host at a time does. */
const LOCK = "the network of the host's clusters";
export const noSubnet =
  "No free /30 is left under 10.250.0.0/16 for the link to the node. List what uses it: ip route show root 10.250.0.0/16";

const LINKS = { first: toNumber("10.250.0.0"), count: 2 ** 14 };

function toNumber(address: string): number {
  return address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
}

const toAddress = (value: number) => [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join(".");

const overlaps = (start: number, { address, prefix }: TakenNetwork) => {
  const size = 2 ** (32 - prefix);
  const other = Math.floor(toNumber(address) / size) * size;
  return start < other + size && other < start + 4;
};

/**
 * Picks the /30 of a cluster under 10.250.0.0/16: the one its id hashes to, else the next one that no network in `taken` overlaps.
 * Undefined when there is none.
 */
export function chooseSubnet(id: string, taken: readonly TakenNetwork[]): Subnet | undefined {
  const wanted = createHash("sha256").update(id).digest().readUInt32BE(0) % LINKS.count;
  for (let step = 0; step < LINKS.count; step++) {
    const start = LINKS.first + ((wanted + step) % LINKS.count) * 4;
    if (taken.some((network) => overlaps(start, network))) continue;
    return { hostAddress: toAddress(start + 1), nodeAddress: toAddress(start + 2) };
  }
  return undefined;
}

interface AddressRow {
  ifname?: string;
  addr_info?: { family: string; local: string; prefixlen: number }[];
}

/** Networks that the host's interfaces and routes use, those of `ownInterface` excepted. The default route does not count. */
export async function takenNetworks(ownInterface: string): Promise<TakenNetwork[]> {
  const [addresses, routes] = await Promise.all([run("ip", ["-j", "-4", "addr"]), run("ip", ["-j", "-4", "route"])]);
  const fromAddresses = (JSON.parse(addresses || "[]") as AddressRow[])
    .filter((row) => row.ifname !== ownInterface)
    .flatMap((row) => row.addr_info ?? [])
    .map(({ local, prefixlen }) => ({ address: local, prefix: prefixlen }));
  const fromRoutes = (JSON.parse(routes || "[]") as { dst: string; dev?: string }[])
    .filter((route) => route.dev !== ownInterface && /^\d/.test(route.dst))
    .map(({ dst }) => {
      const [address = "", prefix = "32"] = dst.split("/");
      return { address, prefix: Number(prefix) };
    });
  return [...fromAddresses, ...fromRoutes];
}

/** Whether the host has an interface of this name. */
export const hasInterface = (name: string) => existsSync(`/sys/class/net/${name}`);

/** Removes an interface if it is there. One whose other end's namespace has just ended vanishes by itself meanwhile. */
async function deleteInterface(name: string): Promise<void> {
  if (!hasInterface(name)) return;
  await run("ip", ["link", "delete", name]).catch((error) => {
    if (hasInterface(name)) throw error;
  });
}

/**
 * Makes the network namespace and the pair of interfaces, or repairs what is left of them. Nothing else on the host changes.
 *
 * @param remembered the subnet of an earlier run; kept unless somebody else took it meanwhile
 */
export function ensureNetwork(layout: Layout, remembered: Subnet | undefined): Promise<Subnet> {
  // One cluster at a time chooses, or two of them could pick the same free subnet.
  return withLock(LOCK, async () => {
    const { id, hostInterface } = layout;
    const taken = await takenNetworks(hostInterface);
    const free = (subnet: Subnet) => !taken.some((network) => overlaps(toNumber(subnet.hostAddress) - 1, network));
    const subnet = remembered && free(remembered) ? remembered : chooseSubnet(id, taken);
    if (!subnet) throw new UserError([noSubnet]);

    if (!(await namespaceWorks(id))) await run("ip", ["netns", "delete", id]).catch(() => {});
    await makeNamespaceFolder();
    if (!existsSync(layout.networkNamespace)) await run("ip", ["netns", "add", id]);
    const inside = (...args: string[]) => run("ip", ["-n", id, ...args]);
    const peer = await inside("-j", "link", "show", "eth0").catch(() => "");
    if (!hasInterface(hostInterface) || !peer) {
      await deleteInterface(hostInterface);
      await run("ip", ["link", "add", hostInterface, "type", "veth", "peer", "name", "eth0", "netns", id]);
    }
    await run("ip", ["addr", "flush", "dev", hostInterface]);
    await run("ip", ["addr", "add", `${subnet.hostAddress}/30`, "dev", hostInterface]);
    await run("ip", ["link", "set", hostInterface, "up"]);
    await inside("link", "set", "lo", "up");
    await inside("addr", "replace", `${subnet.nodeAddress}/30`, "dev", "eth0");
    await inside("link", "set", "eth0", "up");
    await inside("route", "replace", "default", "via", subnet.hostAddress);
    const sysctl = "/proc/sys/net/ipv4/ip_forward";
    await run("nsenter", [`--net=${layout.networkNamespace}`, "sh", "-c", `echo 1 > ${sysctl}`]);
    return subnet;
  });
}

/** A file left in /run/netns by a crash or a reboot is no namespace. */
const namespaceWorks = (id: string) =>
  run("ip", ["-n", id, "link"]).then(
    () => true,
    () => !existsSync(`/run/netns/${id}`),
  );

/** Removes the pair of interfaces and the network namespace with everything in it (its iptables rules too). */
export function removeNetwork(layout: Layout): Promise<void> {
  return withLock(LOCK, async () => {
    await deleteInterface(layout.hostInterface);
    if (existsSync(layout.networkNamespace)) await run("ip", ["netns", "delete", layout.id]);
    await removeNamespaceFolder();
  });
}
