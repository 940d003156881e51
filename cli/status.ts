import { status } from "../sandbox/node/cluster.ts";
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
  console.log(`Embedded cluster ${cluster.id} is running
  API server: ${cluster.apiServerUrl}
  kubeconfig: ${cluster.kubeconfig}
  logs:       ${cluster.logs}`);
  return 0;
}
