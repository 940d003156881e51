import type { TlsClient, TlsServer } from "../collector-config/components/connection.ts";
import { clientTls, serverTls } from "../collector-config/tls.ts";
import { names } from "./kubernetes/metadata.ts";
import { clientMount, serverMount, type TlsMount } from "./kubernetes/tls.ts";
import { profiles } from "./profiles.ts";
import type { Settings } from "./settings/settings.ts";

/** TLS of each end between the tiers, and what the pods of each part mount for it. */
export interface TierTls {
  /** Which certificates are shown. Undefined when TLS is off. */
  readonly generation: number | undefined;
  readonly toGateway: TlsClient;
  readonly ofGateway: TlsServer | undefined;
  readonly toJaeger: TlsClient;
  readonly ofJaeger: TlsServer | undefined;
  readonly mounts: { readonly [P in "agent" | "gateway" | "jaeger"]: readonly TlsMount[] };
}

const off: TierTls = {
  generation: undefined,
  toGateway: { insecure: true },
  ofGateway: undefined,
  toJaeger: { insecure: true },
  ofJaeger: undefined,
  mounts: { agent: [], gateway: [], jaeger: [] },
};

/** The generation of every certificate that is made. */
export function certificateGeneration({ tlsGeneration }: Pick<Settings, "tlsGeneration">): number {
  return tlsGeneration ?? 1;
}

/** What the settings say about TLS between agents, gateway and Jaeger. */
export function tierTls(settings: Settings): TierTls {
  const mode = settings.tls ?? profiles[settings.profile].tls;
  if (mode === "off") return off;
  const generation = certificateGeneration(settings);
  const options = { mutual: mode === "mutual" };
  const agent = clientMount("otel-agent", generation);
  const gateway = { server: serverMount("gateway", generation), client: clientMount("otel-gateway", generation) };
  const jaeger = serverMount("jaeger", generation);
  return {
    generation,
    // A name in every gateway's certificate: one that is reached by a Service of its own has none for it.
    toGateway: clientTls(agent.paths, { ...options, serverName: `${names.gatewayOtlp}.${settings.namespace}.svc` }),
    ofGateway: serverTls(gateway.server.paths, options),
    toJaeger: clientTls(gateway.client.paths, options),
    ofJaeger: serverTls(jaeger.paths, options),
    mounts: { agent: [agent], gateway: [gateway.server, gateway.client], jaeger: [jaeger] },
  };
}
