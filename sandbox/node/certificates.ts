import { X509Certificate } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { sandboxContext } from "../../common/names.ts";
import { run } from "../../common/run.ts";
import type { NodeSettings } from "./config.ts";
import { readJson, replaceFile, writeJson } from "./files.ts";
import type { Layout } from "./layout.ts";

const RENEW_BEFORE_MS = 30 * 24 * 3600_000;
const KEPT = new Set(["ca.crt", "ca.key", "front-proxy-ca.crt", "front-proxy-ca.key", "sa.key", "sa.pub"]);

/**
 * Makes what is missing of the cluster's certificates and of its components' kubeconfig files, by kubeadm's phases.
 * Certificates that are about to expire or name another address are made anew; the authorities stay.
 */
export async function ensureCertificates(layout: Layout, settings: NodeSettings): Promise<void> {
  const marker = join(layout.pki, "made-for.json");
  const wanted = { nodeAddress: settings.nodeAddress, version: settings.kubernetesVersion };
  if (JSON.stringify(readJson(marker)) === JSON.stringify(wanted) && !expiresSoon(layout)) return;
  mkdirSync(layout.pki, { recursive: true, mode: 0o700 });
  for (const name of readdirSync(layout.pki)) {
    if (!KEPT.has(name)) rmSync(join(layout.pki, name), { recursive: true });
  }
  for (const name of readdirSync(layout.config)) {
    if (name.endsWith(".conf") && name !== "resolv.conf") rmSync(join(layout.config, name));
  }
  const kubeadm = join(layout.bin, "kubeadm");
  const file = join(layout.config, "kubeadm.yaml");
  await run(kubeadm, ["init", "phase", "certs", "all", "--config", file]);
  await run(kubeadm, ["init", "phase", "kubeconfig", "all", "--config", file, "--kubeconfig-dir", layout.config]);
  for (const name of readdirSync(layout.config)) chmodSync(join(layout.config, name), 0o600);
  writeJson(marker, wanted);
}

function expiresSoon({ pki }: Layout): boolean {
  const path = join(pki, "apiserver.crt");
  return (
    !existsSync(path) || new X509Certificate(readFileSync(path)).validToDate.getTime() < Date.now() + RENEW_BEFORE_MS
  );
}

interface KubeconfigFile {
  clusters: { cluster: Record<string, unknown> }[];
  users: { user: Record<string, unknown> }[];
}

/** Turns kubeadm's administrator kubeconfig (YAML) into the one for people: other server, one context named `throughline-sandbox`. */
export function userKubeconfig(administrator: string, id: string, server: string): string {
  const { clusters, users } = parse(administrator) as KubeconfigFile;
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: id, cluster: { ...clusters[0]?.cluster, server } }],
    users: [{ name: id, user: users[0]?.user }],
    contexts: [{ name: sandboxContext, context: { cluster: id, user: id } }],
    "current-context": sandboxContext,
  });
}

/** Writes the kubeconfig for people (mode 0600) when it differs from what is there. */
export function writeKubeconfig(layout: Layout, port: number): void {
  const administrator = readFileSync(join(layout.config, "super-admin.conf"), "utf8");
  const text = userKubeconfig(administrator, layout.id, `https://127.0.0.1:${port}`);
  if (existsSync(layout.kubeconfig) && readFileSync(layout.kubeconfig, "utf8") === text) return;
  replaceFile(layout.kubeconfig, text, 0o600);
}
