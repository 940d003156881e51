import { describe, expect, test } from "vitest";
import type { Container, InstrumentationSpec } from "../../../instrumentation/types.ts";
import { list, podTemplate } from "../../../instrumentation/workload.ts";
import { container, deployment, key, names, type PodParts, run, spec, value } from "./fixtures.ts";

const clone = "otel-agent-source-container-clone";
const servers = [
  { language: "apache-httpd", field: "apacheHttpd", name: "apache", config: "OTEL_APACHE_AGENT_CONF" },
  { language: "nginx", field: "nginx", name: "nginx", config: "OTEL_NGINX_AGENT_CONF" },
] as const;
type Server = (typeof servers)[number];

function pod(server: Server, parts: PodParts = {}, more: InstrumentationSpec = {}) {
  const annotations = { [key(`inject-${server.language}`)]: "true", ...parts.annotations };
  return run(deployment({ ...parts, annotations }), { spec: { ...spec, ...more } }).workload;
}

/** The directives of the module, by name. */
function directives(server: Server, workload: ReturnType<typeof pod>): Record<string, string> {
  const text = value(workload, server.config, `otel-agent-attach-${server.name}`) ?? "";
  const lines = text.split("\n").filter((line) => /^(Apache|Nginx)Module|^X/.test(line));
  return Object.fromEntries(lines.map((line) => line.replace(/;$/, "").split(/ (.*)/).slice(0, 2)));
}

const pathOf = { apache: "/usr/local/apache2/conf", nginx: "/etc/nginx" };

describe.each(servers)("$language", (server) => {
  const attach = `otel-agent-attach-${server.name}`;
  const prefix = server.name === "apache" ? "ApacheModule" : "NginxModule";
  const volumes = { agent: `otel-${server.name}-agent`, config: `otel-${server.name}-conf-dir` };

  test("clone and agent run last and share two volumes with the server", () => {
    const workload = pod(server, { initContainers: [{ name: "own", image: "o:1" }] });
    const inits = list(podTemplate(workload)?.spec.initContainers).map(({ name }) => name);
    expect(inits).toEqual(["own", clone, attach]);
    expect(list(podTemplate(workload)?.spec.volumes).map(({ name }) => name)).toEqual([volumes.config, volumes.agent]);
    const saved = { name: volumes.config, mountPath: "/opt/opentelemetry-webserver/source-conf" };
    const agent = { name: volumes.agent, mountPath: "/opt/opentelemetry-webserver/agent" };
    expect(container(workload, clone).volumeMounts).toEqual([saved]);
    expect(container(workload, attach).volumeMounts).toEqual([agent, saved]);
    expect(container(workload).volumeMounts).toEqual([agent, { ...saved, mountPath: pathOf[server.name] }]);
  });

  test("the clone is the container before injection, the agent has the Instrumentation's image and variables", () => {
    const own: Container = {
      name: "app",
      image: "shop/web:2",
      imagePullPolicy: "Never",
      env: [{ name: "A", value: "1" }],
      envFrom: [{ configMapRef: { name: "c" } }],
      volumeMounts: [{ name: "data", mountPath: "/data" }],
      ports: [{ containerPort: 80 }],
    };
    const resourceRequirements = { limits: { cpu: "1" } };
    const workload = pod(
      server,
      { containers: [own] },
      {
        env: [{ name: "S", value: "s" }],
        imagePullPolicy: "Always",
        [server.field]: { image: "agents/web:1", env: [{ name: "L", value: "l" }], resourceRequirements },
      },
    );
    const cloned = container(workload, clone);
    expect(cloned).toMatchObject({ image: own.image, imagePullPolicy: "Never", envFrom: own["envFrom"] });
    expect(cloned).not.toHaveProperty("ports");
    expect(cloned["resources"]).toEqual(resourceRequirements);
    expect(names(workload, clone)).toEqual(["A", "L"]);
    expect(cloned.volumeMounts?.[0]).toEqual(own.volumeMounts?.[0]);
    expect(container(workload, attach)).toMatchObject({
      image: "agents/web:1",
      imagePullPolicy: "Always",
      resources: resourceRequirements,
    });
    expect(names(workload, attach).slice(0, 5)).toEqual(["L", "S", "OTEL_POD_IP", "OTEL_NODE_IP", server.config]);
  });

  test("the configuration says where to send what as which service", () => {
    expect(directives(server, pod(server))).toEqual({
      [`${prefix}Enabled`]: "ON",
      [`${prefix}OtelSpanExporter`]: "otlp",
      [`${prefix}OtelExporterEndpoint`]: "http://collector:4318",
      [`${prefix}ServiceName`]: "web",
      [`${prefix}ServiceNamespace`]: "shop",
      [`${prefix}ServiceInstanceId`]: "<<SID-PLACEHOLDER>>",
      [`${prefix}ResolveBackends`]: server.name === "apache" ? " ON" : "ON",
      [`${prefix}TraceAsError`]: server.name === "apache" ? " ON" : "ON",
    });
  });

  test("without an endpoint it sends to its own pod; directives of the Instrumentation win", () => {
    const attrs = [
      { name: `${prefix}ServiceName`, value: "mine" },
      { name: "X__proto__", value: "1" },
    ];
    const workload = pod(server, {}, { exporter: {}, [server.field]: { image: "a:1", attrs } });
    expect(directives(server, workload)).toMatchObject({
      [`${prefix}OtelExporterEndpoint`]: "http://localhost:4317/",
      [`${prefix}ServiceName`]: "mine",
      ["X__proto__"]: "1",
    });
  });

  test("the first mount over the configuration is left to the clone", () => {
    const mounts = [
      { name: "data", mountPath: "/data" },
      { name: "conf", mountPath: `${pathOf[server.name]}/extra` },
      { name: "more", mountPath: `${pathOf[server.name]}/more` },
    ];
    const workload = pod(server, { containers: [{ name: "app", image: "i:1", volumeMounts: mounts }] });
    expect(list(container(workload, clone).volumeMounts).slice(0, 3)).toEqual(mounts);
    expect(list(container(workload).volumeMounts).map(({ name }) => name)).toEqual([
      "data",
      "more",
      volumes.agent,
      volumes.config,
    ]);
  });

  test("only the first container gets the module, each one the variables", () => {
    const containers = ["app", "side"].map((name, uid) => ({
      name,
      image: "i:1",
      securityContext: { runAsUser: uid },
    }));
    const workload = pod(server, { annotations: { [key("container-names")]: "side,app" }, containers });
    expect(list(container(workload, "side").volumeMounts)).toHaveLength(2);
    expect(list(container(workload, "app").volumeMounts)).toHaveLength(0);
    expect(value(workload, "OTEL_SERVICE_NAME", "app")).toBe("web");
    // The operator lets Apache's init containers follow the last container, nginx's the first.
    const uid = server.name === "apache" ? 0 : 1;
    for (const name of [clone, attach]) expect(container(workload, name).securityContext).toEqual({ runAsUser: uid });
  });

  test("the Instrumentation's security context counts for both init containers", () => {
    const initContainerSecurityContext = { runAsNonRoot: true };
    const containers = [{ name: "app", image: "i:1", securityContext: { runAsUser: 1 } }];
    const workload = pod(server, { containers }, { initContainerSecurityContext });
    for (const name of [clone, attach]) {
      expect(container(workload, name).securityContext).toEqual(initContainerSecurityContext);
    }
  });
});

test.each([
  ["/etc/httpd/", "/etc/httpd"],
  ["/etc/httpd//", "/etc/httpd/"],
  ["", "/usr/local/apache2/conf"],
])("Apache's configuration in %j", (configPath, directory) => {
  const workload = pod(servers[0], {}, { apacheHttpd: { image: "a:1", configPath } });
  expect(container(workload, clone)["command"]).toEqual([
    "cp",
    "-r",
    `${directory}/.`,
    "/opt/opentelemetry-webserver/source-conf",
  ]);
  expect(list(container(workload, "otel-agent-attach-apache")["args"] as string[]).at(-1)).toBe(directory);
});

test.each([
  ["2.2", "libmod_apache_otel22.so"],
  ["2.4", "libmod_apache_otel.so"],
  [undefined, "libmod_apache_otel.so"],
])("Apache %s loads %s", (version, file) => {
  const workload = pod(servers[0], {}, { apacheHttpd: { image: "a:1", ...(version && { version }) } });
  const text = value(workload, "OTEL_APACHE_AGENT_CONF", "otel-agent-attach-apache") ?? "";
  expect(/^LoadModule .*\/(.*)$/m.exec(text)?.[1]).toBe(file);
});

test.each([
  ["/etc/ng/custom.conf", "/etc/ng", "custom.conf"],
  ["/etc//ng/./x/../custom.conf", "/etc/ng", "custom.conf"],
  ["nginx.conf", ".", "nginx.conf"],
  ["../a/../../b.conf", "../..", "b.conf"],
  ["/b.conf", "/", "b.conf"],
  ["/etc/nginx/", "/etc/nginx", "nginx"],
  ["", "/etc/nginx", "nginx.conf"],
])("nginx's configuration in %j", (configFile, directory, file) => {
  const workload = pod(servers[1], {}, { nginx: { image: "n:1", configFile } });
  expect(list(container(workload, clone)["args"] as string[]).at(-1)).toBe(directory);
  expect(list(container(workload, "otel-agent-attach-nginx")["args"] as string[]).at(-1)).toBe(file);
});

test("Apache's volumes follow the Instrumentation's size and claim, nginx's do not", () => {
  const agent = { image: "a:1", volumeLimitSize: "1Gi", volumeClaimTemplate: { spec: { storageClassName: "x" } } };
  const both = servers.map((server) => podTemplate(pod(server, {}, { [server.field]: agent }))?.spec.volumes);
  expect(both).toEqual([
    [
      { name: "otel-apache-conf-dir", emptyDir: { sizeLimit: "1Gi" } },
      { name: "otel-apache-agent", ephemeral: { volumeClaimTemplate: agent.volumeClaimTemplate } },
    ],
    [
      { name: "otel-nginx-conf-dir", emptyDir: {} },
      { name: "otel-nginx-agent", emptyDir: {} },
    ],
  ]);
});

test("nginx finds the module's libraries beside those of the user, before the variables of the Instrumentation", () => {
  const libraries = "/opt/opentelemetry-webserver/agent/sdk_lib/lib";
  expect(value(pod(servers[1]), "LD_LIBRARY_PATH")).toBe(libraries);
  const own = pod(servers[1], { env: [{ name: "LD_LIBRARY_PATH", value: "/lib" }] });
  expect(value(own, "LD_LIBRARY_PATH")).toBe(`/lib:${libraries}`);
  expect(value(own, "LD_LIBRARY_PATH", clone)).toBe(`/lib:${libraries}`);
  const later = pod(servers[1], {}, { env: [{ name: "S", value: "s" }] });
  expect(names(later).slice(0, 4)).toEqual(["OTEL_NODE_IP", "OTEL_POD_IP", "LD_LIBRARY_PATH", "S"]);
});

describe("the clone after another language", () => {
  const both = { [key("inject-java")]: "true", [key("container-names")]: "app" };
  const cloned = (count: number) => {
    const env = Array.from({ length: count }, (_, index) => ({ name: `V${index}`, value: "x" }));
    return names(pod(servers[0], { annotations: both, env }), clone).at(-1);
  };

  test("shares the container's variables as long as the operator's list has room for them", () => {
    // Java leaves 11 variables beside the user's, Apache adds 2. The list had 2 more than the user's when it was made anew and doubles from
    // there: 2, 4, 8, 17 has room for 13, but 3, 6, 12 has none for 14.
    const moved = "OTEL_RESOURCE_ATTRIBUTES_POD_NAME";
    expect([0, 1, 2, 3].map(cloned)).toEqual([moved, "OTEL_RESOURCE_ATTRIBUTES", moved, moved]);
  });
});
