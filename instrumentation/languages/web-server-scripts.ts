// What the init containers of web servers run. The result has to equal the operator's to the byte, so the comments in it are its own.

const root = "/opt/opentelemetry-webserver";

/** Where init containers and server find the agent's files, and the init containers the copy of the configuration. */
export const paths = { agent: `${root}/agent`, config: `${root}/source-conf` } as const;

/** Stands for the pod's name in the module's configuration until the pod runs. */
export const instancePlaceholder = "<<SID-PLACEHOLDER>>";
/** Variables by which an agent's init container gets the module's configuration and the pod's name. */
export interface AgentEnv {
  readonly config: string;
  readonly instance: string;
}
export const apacheEnv: AgentEnv = { config: "OTEL_APACHE_AGENT_CONF", instance: "APACHE_SERVICE_INSTANCE_ID" };
export const nginxEnv: AgentEnv = { config: "OTEL_NGINX_AGENT_CONF", instance: "OTEL_NGINX_SERVICE_INSTANCE_ID" };
/** Names of the init containers: the clone, and the agent's own by server. */
export const initNames = {
  clone: "otel-agent-source-container-clone",
  apache: "otel-agent-attach-apache",
  nginx: "otel-agent-attach-nginx",
} as const;
/** Main configuration file of Apache, in the directory that an Instrumentation names. */
const apacheConfig = "httpd.conf";

/** The module's own file beside it; one of the two names has a slip that is part of the interface by now. */
const apacheModuleConfig = "opentemetry_agent.conf";
const nginxModuleConfig = "opentelemetry_agent.conf";
const saved = (file: string) => `${paths.config}/${file}`;
const versionFile = saved("version.txt");
const logging = `${paths.agent}/conf/opentelemetry_sdk_log4cxx.xml`;
const resourceAttributes = "OTEL_RESOURCE_ATTRIBUTES";

type Lines = readonly string[];

/** A shell script from paragraphs of lines. */
function script(...paragraphs: readonly Lines[]): string {
  return `#!/bin/sh\n${paragraphs.map((lines) => `${lines.join("\n")}\n`).join("\n")}`;
}

function comment(...lines: Lines): Lines {
  return lines.map((line) => (line === "" ? "#" : `# ${line}`));
}

/** One command over several lines. */
function command(...parts: Lines): string {
  return parts.join(" \\\n    ");
}

function source(file: string, ...names: Lines): Lines {
  const intro = "Constants below MUST stay in sync with the corresponding Go constants in";
  return [intro, `internal/instrumentation/${file}.go (${names.join("\n# ")}).`, ""];
}

const copyAgent = `cp -r /opt/opentelemetry/* ${paths.agent}`;

function logDirectory(variable: string): string {
  return `${variable}=$(echo "${paths.agent}/logs" | sed 's,/,\\\\/,g')`;
}

/** Fills in the directory of the logs; the separator is the one of the expression. */
function logConfiguration(variable: string, separator: string): string {
  const expression = ["s", "__agent_log_dir__", `\${${variable}}`, "g"].join(separator);
  return command(`sed "${expression}"`, `${logging}.template`, `> ${logging}`);
}

/** Writes the module's configuration, with the pod's name in it. */
function moduleConfiguration(env: AgentEnv, file: string, separator: string): Lines {
  const expression = ["s", instancePlaceholder, `\${${env.instance}}`, "g"].join(separator);
  return [
    ...comment(
      "Materialise the OTel agent config file (placeholder pod name is replaced at runtime).",
      `$(VAR) references in ${env.config} (e.g. exporter endpoint) are`,
      "expanded by the kubelet before this script runs; see initContainerUserEnv.",
    ),
    `echo "\${${env.config}}" > ${saved(file)}`,
    command(`sed -i "${expression}"`, saved(file)),
  ];
}

/** Completes the copy of Apache's configuration; `$1` is the directory it will be mounted at. */
export const apacheAttach = script(
  [
    ...comment(
      "Init container script for Apache HTTPD auto-instrumentation.",
      `Runs in the ${initNames.apache} init container (the one with the`,
      `instrumentation image), after the ${initNames.clone} init`,
      "container has staged the user's apache configuration into the shared volume.",
      "",
      ...source(
        "apachehttpd",
        "apacheAgentDirFull,",
        "apacheAgentConfDirFull, apacheAgentConfigFile, apacheConfigFile",
      ),
      "Inputs:",
      "  $1                                - Apache HTTPD configuration directory",
      "                                      (e.g. /usr/local/apache2/conf), passed",
      "                                      positionally so it is never parsed by",
      "                                      the shell. Sourced from",
      "                                      Instrumentation.spec.apacheHttpd.configPath.",
      `  ${apacheEnv.config} (env)      - Generated OTel agent configuration file`,
      "                                      contents.",
      `  ${apacheEnv.instance} (env)  - Pod name (downward API), used as`,
      "                                      service.instance.id.",
    ),
    "set -e",
  ],
  [`apache_conf_dir="$1"`],
  [...comment("Copy the agent binaries into the shared volume."), copyAgent],
  [
    ...comment("Render the log4cxx logging configuration from the agent template."),
    logDirectory("agent_log_dir"),
    logConfiguration("agent_log_dir", "/"),
  ],
  moduleConfiguration(apacheEnv, apacheModuleConfig, "/"),
  [
    ...comment(`Wire the OTel agent config into the user's ${apacheConfig} via Include directive.`),
    command(`printf '\\nInclude %s/${apacheModuleConfig}\\n' "$apache_conf_dir"`, `>> ${saved(apacheConfig)}`),
  ],
);

/** Saves nginx's configuration and version; `$1` is the directory of the configuration. */
export const nginxClone = script(
  [
    ...comment(
      "Clone-container init script for Nginx auto-instrumentation.",
      "Runs as a clone of the application container so it can read the original",
      "nginx binary and configuration files. Copies the configuration directory",
      "into a shared volume and records the nginx version for the agent init",
      "container to pick up.",
      "",
      ...source("nginx", "nginxAgentConfDirFull"),
      "Inputs:",
      "  $1 - Directory containing the nginx configuration (e.g. /etc/nginx),",
      "       passed positionally so it is never parsed by the shell. Sourced from",
      "       the parent directory of Instrumentation.spec.nginx.configFile.",
    ),
    "set -e",
  ],
  [`nginx_conf_dir="$1"`],
  [`cp -r "$nginx_conf_dir"/* ${paths.config}`],
  [
    ...comment(
      "nginx prints the version banner on stderr; merge to stdout, strip the",
      `"nginx version: " prefix, and persist for the agent init container.`,
    ),
    `nginx_version="$( { nginx -v ; } 2>&1 )"`,
    `echo "\${nginx_version##*/}" > ${versionFile}`,
  ],
);

function prepend(line: string): string {
  return command(`sed -i "1s,^,${line};\\\\n,g"`, `"${saved("${nginx_config_file}")}"`);
}

/** Completes the copy of nginx's configuration; `$1` is the name of its main file. */
export const nginxAttach = script(
  [
    ...comment(
      "Init container script for Nginx auto-instrumentation.",
      `Runs in the ${initNames.nginx} init container (the one with the`,
      `instrumentation image), after the ${initNames.clone} init`,
      "container has staged the user's nginx configuration and the nginx version",
      "file into the shared volume.",
      "",
      ...source("nginx", "nginxAgentDirFull,", "nginxAgentConfDirFull"),
      "Inputs:",
      "  $1 - Filename (basename) of the nginx config to instrument",
      "       (e.g. nginx.conf), passed positionally so it is never parsed by the",
      "       shell. Sourced from Instrumentation.spec.nginx.configFile.",
      `  ${nginxEnv.config} (env)            - Generated OTel agent configuration`,
      "                                           file contents.",
      `  ${nginxEnv.instance} (env)   - Pod name (downward API), used as`,
      "                                           service.instance.id.",
    ),
    "set -e",
    "set -x",
  ],
  [`nginx_config_file="$1"`],
  [copyAgent],
  [`nginx_version=$(cat ${versionFile})`, logDirectory("nginx_agent_log_dir")],
  [logConfiguration("nginx_agent_log_dir", ",")],
  moduleConfiguration(nginxEnv, nginxModuleConfig, ","),
  [
    ...comment(
      "Inject directives at the top of the user's nginx config:",
      "  - load_module so nginx loads the OTel module",
      `  - env ${resourceAttributes} so the env var is visible to nginx workers`,
    ),
    prepend(`load_module ${paths.agent}/WebServerModule/Nginx/\${nginx_version}/ngx_http_opentelemetry_module.so`),
    prepend(`env ${resourceAttributes}`),
  ],
  [command(`mv ${saved(nginxModuleConfig)}`, saved("conf.d"))],
);
