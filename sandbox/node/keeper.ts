// The one long-lived process of an embedded cluster, started detached by `up`: node keeper.ts STATE_DIR
import { join } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { forward } from "../../receipt/forward.ts";
import { identify, isRunning, type ProcessId } from "../processes.ts";
import { enterControlGroup } from "./cgroups.ts";
import { components } from "./components.ts";
import { API_PORT, type NodeSettings } from "./config.ts";
import { readJson, writeJson } from "./files.ts";
import {
  defaultForwards,
  type KeeperState,
  keeperVersion,
  readKeeperState,
  type ServiceForward,
} from "./keeper-state.ts";
import { clusterLayout } from "./layout.ts";
import { accepts, isReady } from "./probe.ts";
import { supervise } from "./supervisor.ts";
import { forwardTcp } from "./tcp-forward.ts";
import { provisionVolumes } from "./volumes.ts";

const log = (line: string) => console.log(`${new Date().toISOString()} ${line}`);

const layout = clusterLayout(process.argv[2]);
const settings = readJson<NodeSettings>(layout.nodeFile);
if (!settings) throw new Error(`${layout.nodeFile} is missing`);
const previous = readKeeperState(layout);
if (previous && isRunning(previous.keeper))
  throw new Error(`process ${previous.keeper.pid} keeps this cluster already`);

// One bad watch or socket must not end what everything else depends on.
process.on("uncaughtException", (error) => log(`unexpected: ${error.stack}`));
process.on("unhandledRejection", (reason) => log(`unexpected: ${reason instanceof Error ? reason.stack : reason}`));

// Everything the keeper starts is born in the cluster's control group, so that `down` finds it whatever happens.
enterControlGroup(layout.id);

const kubeConfig = new KubeConfig();
kubeConfig.loadFromFile(join(layout.config, "super-admin.conf"));

const apiPort = await forwardTcp(previous?.apiPort ?? 0, { host: settings.nodeAddress, port: API_PORT });
const wanted = readJson<ServiceForward[]>(layout.forwardsFile) ?? defaultForwards;
const forwards: ServiceForward[] = [];
for (const entry of wanted) {
  const before = previous?.forwards.find(({ name }) => name === entry.name)?.localPort;
  forwards.push({ ...entry, localPort: await forwardService(entry, entry.localPort ?? before ?? 0) });
}

const state: KeeperState = {
  keeper: identify(process.pid) as ProcessId,
  version: keeperVersion(),
  apiPort,
  forwards,
  components: {},
};
log(`keeps ${layout.id}; API server at https://127.0.0.1:${apiPort}`);

void provisionVolumes(layout, kubeConfig, log);
await supervise({
  layout,
  components: components(layout, settings),
  log,
  isReady: (what) =>
    what === "containerd"
      ? accepts(layout.containerdSocket)
      : isReady(`https://${settings.nodeAddress}:${API_PORT}`, join(layout.pki, "ca.crt")),
  onChange: (states) => {
    state.components = states;
    writeJson(layout.keeperFile, state);
  },
});

/** Forwards to the service from the wanted port, or from another free one when that is taken. Returns the port. */
async function forwardService(entry: ServiceForward, localPort: number): Promise<number> {
  const { namespace, service, port } = entry;
  const target = { namespace, service, port };
  const { url } = await forward(kubeConfig, { ...target, localPort }).catch(() => forward(kubeConfig, target));
  return Number(new URL(url).port);
}
