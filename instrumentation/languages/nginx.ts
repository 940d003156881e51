import type { InstrumentationSpec } from "../types.ts";
import { shell, type WebServer } from "./web-server.ts";
import { initNames, nginxAttach, nginxClone, nginxEnv } from "./web-server-scripts.ts";

const configVolume = "otel-nginx-conf-dir";
const agentVolume = "otel-nginx-agent";

/** Directory and name of the main configuration file, the directory in its shortest spelling. */
function configFile({ nginx }: InstrumentationSpec): { directory: string; name: string } {
  const file = nginx?.configFile || "/etc/nginx/nginx.conf";
  const name = file.replace(/\/+$/, "").split("/").at(-1) || "/";
  return { directory: clean(file.slice(0, file.lastIndexOf("/") + 1)), name };
}

function clean(path: string): string {
  const rooted = path.startsWith("/");
  const kept: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== ".." || (!rooted && (kept.length === 0 || kept.at(-1) === ".."))) kept.push(part);
    else kept.pop();
  }
  return rooted ? `/${kept.join("/")}` : kept.join("/") || ".";
}

/** nginx 1.22.0, 1.23.0 and 1.23.1: the module is loaded by a line at the top of the main file, which has to include `conf.d`. */
export const nginx: WebServer = {
  language: "nginx",
  field: "nginx",
  attachName: initNames.nginx,
  configVolume,
  agentVolume,
  env: nginxEnv,
  directives: "NginxModule",
  on: "ON",
  libraryEnv: "LD_LIBRARY_PATH",
  lastContextStays: false,
  // Size limits and claims of the Instrumentation are not for nginx.
  volumes: () => ({ config: { name: configVolume, emptyDir: {} }, agent: { name: agentVolume, emptyDir: {} } }),
  configDir: (spec) => configFile(spec).directory,
  save: (directory) => ({ command: shell, args: [nginxClone, "--", directory] }),
  attach: (spec) => [nginxAttach, "--", configFile(spec).name],
  render: (directives) => directives.map(([name, value]) => `${name} ${value};\n`).join(""),
};
