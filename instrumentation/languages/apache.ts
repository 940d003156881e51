import type { InstrumentationSpec } from "../types.ts";
import { agentVolume, limitedVolume } from "./copied.ts";
import type { WebServer } from "./web-server.ts";
import { apacheAttach, apacheEnv, initNames, paths } from "./web-server-scripts.ts";

const configVolume = "otel-apache-conf-dir";
const agentVolumeName = "otel-apache-agent";
const libraries = `${paths.agent}/sdk_lib/lib`;
const modules = `${paths.agent}/WebServerModule/Apache`;
const sdkLibraries = ["common", "resources", "trace", "otlp_recordable", "exporter_ostream_span", "exporter_otlp_grpc"];

function configDir({ apacheHttpd }: InstrumentationSpec): string {
  return (apacheHttpd?.configPath || "/usr/local/apache2/conf").replace(/\/$/, "");
}

function load(version: string): string {
  return `LoadModule otel_apache_module ${modules}/libmod_apache_otel${version}.so`;
}

/** Apache HTTP Server 2.4 and 2.2: the module is loaded by an include in httpd.conf. */
export const apache: WebServer = {
  language: "apache-httpd",
  field: "apacheHttpd",
  attachName: initNames.apache,
  configVolume,
  agentVolume: agentVolumeName,
  env: apacheEnv,
  directives: "ApacheModule",
  // The operator's own spelling, with a space more.
  on: " ON",
  lastContextStays: true,
  volumes: ({ apacheHttpd = {} }) => ({
    config: limitedVolume(configVolume, apacheHttpd),
    agent: agentVolume(agentVolumeName, apacheHttpd),
  }),
  configDir,
  save: (directory) => ({ command: ["cp", "-r", `${directory}/.`, paths.config] }),
  attach: (spec) => [apacheAttach, "--", configDir(spec)],
  render: (directives, { apacheHttpd }) =>
    [
      "",
      "#Load the Otel Webserver SDK",
      ...sdkLibraries.map((name) => `LoadFile ${libraries}/libopentelemetry_${name}.so`),
      "#Load the Otel ApacheModule SDK",
      `LoadFile ${libraries}/libopentelemetry_webserver_sdk.so`,
      "#Load the Apache Module. In this example for Apache 2.4",
      `#${load("")}`,
      "#Load the Apache Module. In this example for Apache 2.2",
      `#${load("22")}`,
      load(apacheHttpd?.version === "2.2" ? "22" : ""),
      "#Attributes",
      ...directives.map(([name, value]) => `${name} ${value}`),
      "",
    ].join("\n"),
};
