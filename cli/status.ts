import { type Cluster, status } from "../sandbox/node/cluster.ts";
import { parseOptions } from "./options.ts";

const help = `Usage: throughline status

Says whether the embedded cluster runs, and where its API server, Jaeger and logs are. Exit code 1 when it does not run.`;

/** `throughline status`. */
export async function statusCommand(argv: string[]): Promise<number> {
  if (!parseOptions("status", {}, help, argv)) return 0;
  const cluster = await status();
  if (!cluster) {
    console.log("The embedded cluster is not running. Start it with: npm start");
    return 1;
  }
  console.log(`Embedded cluster ${cluster.id} is running\n${addresses(cluster)}`);
  return 0;
}

/** Where the embedded cluster is reached on this machine, as lines for a person. */
export function addresses(cluster: Cluster): string {
  const forwards = Object.entries(cluster.forwards).map(([name, url]) => `  ${name}: ${url}`);
  const lines = [
    `  API server: ${cluster.apiServerUrl}`,
    ...forwards,
    `  kubeconfig: ${cluster.kubeconfig}`,
    `  logs: ${cluster.logs}`,
  ];
  const deaths = Object.entries(cluster.deaths).map(([name, count]) => `  ${name} died ${count} times and runs again`);
  return [...lines, ...deaths].join("\n");
}
