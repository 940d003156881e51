import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { ports } from "../../collector-config/ports.ts";
import { dockerSite } from "../../receipt/docker-site.ts";
import { isVolatile } from "../jaeger/storage.ts";
import { names } from "../kubernetes/metadata.ts";
import { addressOf } from "../place.ts";
import type { Outputs } from "../program.ts";
import { readiness } from "../readiness.ts";
import type { Settings } from "../settings/settings.ts";
import type { Topology } from "../topology.ts";
import { checkEngine, engineOf } from "./engine.ts";
import { DockerObservability, imagesOf, publishedPorts } from "./observability.ts";
import { readSecretFiles } from "./secret-files.ts";

/** The program on a Docker Engine, with the outputs of a cluster's. Throws a UserError with every problem before any resource is made. */
export async function dockerStack(settings: Settings, topology: Topology): Promise<Outputs> {
  const secretValue = readSecretFiles(settings);
  await checkEngine(settings, { ports: publishedPorts(topology), images: imagesOf(topology) });
  const engine = engineOf(settings);
  const provider = new docker.Provider("engine", { ...(engine && { host: engine.host }) });
  const { namespace } = settings;
  const made = new DockerObservability("throughline", { namespace, topology, secretValue }, { provider });
  if (isVolatile(settings)) await pulumi.log.warn(`storage: ${topology.storage}`);
  const ui = `http://127.0.0.1:${ports.query}${settings.jaeger?.basePath ?? ""}`;
  const url = (service: string, port: number) => `http://${addressOf(settings, service, port)}`;
  return {
    namespace,
    profile: settings.profile,
    storage: topology.storage,
    lossBudget: topology.lossBudget,
    endpoints: { otlpHttp: url(names.agent, ports.otlpHttp), otlpGrpc: url(names.agent, ports.otlpGrpc) },
    jaeger: `${url(names.jaeger, ports.query)}${settings.jaeger?.basePath ?? ""}`,
    ui,
    portForward: `not needed: ${ui}, and OTLP at 127.0.0.1:${ports.otlpHttp} (HTTP) and :${ports.otlpGrpc} (gRPC)`,
    instrumented: [],
    probe: readiness(settings, engine && (() => dockerSite(engine.docker)), made.ready),
  };
}
