import type { KafkaClient } from "../../collector-config/components/kafka.ts";
import { type Buffer, type JaegerOptions, type JaegerRole, jaegerConfig } from "../../collector-config/jaeger.ts";
import { jaegerVersion } from "../../collector-config/jaeger-versions.ts";
import { parseImage } from "../../collector-config/versions.ts";
import { basePathAnnotation, configDirectory, names, queryHeaderAnnotation } from "../kubernetes/metadata.ts";
import type { Part } from "../part.ts";
import { profiles } from "../profiles.ts";
import { saslLogin, secretsOf, tlsClient } from "../secrets.ts";
import type { JaegerSetting, RoleSetting } from "../settings/jaeger-settings.ts";
import type { Settings } from "../settings/settings.ts";
import type { TierTls } from "../tier-tls.ts";
import { readSamplingFile } from "./files.ts";
import { archiveOf, badgerMount, storageOf, storageSecrets } from "./storage.ts";

/** One program of Jaeger. */
export interface JaegerPart extends Part {
  readonly role: JaegerRole;
  /** Pods under load. Default: - always `replicas`. */
  readonly maxReplicas?: number | undefined;
  /** Path under which it answers. Default: - the root. */
  readonly basePath?: string | undefined;
  /** Size of its volume. Default: - it has none. */
  readonly volumeGiB?: number | undefined;
}

const partNames: Readonly<Record<JaegerRole, string>> = {
  "all-in-one": names.jaeger,
  query: names.jaegerQuery,
  ingester: names.jaegerIngester,
  collector: names.jaegerCollector,
};

/** Name of the Service that takes spans. */
export function jaegerEntrance({ jaeger }: Pick<Settings, "jaeger">): string {
  return jaeger?.roles === "separate" ? names.jaegerCollector : names.jaeger;
}

/** The programs of Jaeger in the order in which they are changed: who reads understands what is written from then on. */
export function jaegerParts(settings: Settings, tls: TierTls): JaegerPart[] {
  const { jaeger } = settings;
  if (jaeger?.roles !== "separate") return [jaegerPart("all-in-one", settings, tls)];
  const roles: readonly JaegerRole[] = ["query", ...(jaeger.buffer ? (["ingester"] as const) : []), "collector"];
  return roles.map((role) => jaegerPart(role, settings, tls));
}

function jaegerPart(role: JaegerRole, settings: Settings, tls: TierTls): JaegerPart {
  const { jaeger, storage } = settings;
  const profile = profiles[settings.profile].jaeger;
  const asks = role === "all-in-one" || role === "query";
  const takes = role === "all-in-one" || role === "collector";
  const onDisk = storage?.kind === "badger";
  const stores = !(role === "collector" && jaeger?.buffer);
  const secrets = [
    ...(stores ? [storageSecrets(settings)] : []),
    ...(jaeger?.buffer && !asks ? [secretsOf("buffer", jaeger.buffer, ["username", "password"])] : []),
  ];
  const sampling = takes ? jaeger?.samplingFile : undefined;
  return {
    role,
    basePath: jaeger?.basePath,
    name: partNames[role],
    image: settings.jaegerImage,
    config: jaegerConfig(optionsOf(role, settings, tls)),
    texts: {
      ...(asks && { [uiFile]: uiSettings(jaeger) }),
      ...(sampling && { [samplingFile]: readSamplingFile(sampling) }),
    },
    featureGates: gatesOf(settings),
    resources: profile.resources,
    healthPath: "/status",
    gracePeriodSeconds: 30,
    // A large badger is read through before it answers.
    startSeconds: onDisk ? 600 : 60,
    ...podsOf(role, settings),
    // Nobody gets past the login, not from inside the cluster either; kubectl port-forward enters from the node.
    ...(asks && settings.ingress?.login === "oauth2-proxy" && { queriedBy: [names.jaegerLogin] }),
    ...(asks && { serviceAnnotations: wayIn(jaeger) }),
    services: asks ? [names.jaeger] : takes ? [names.jaegerCollector] : [],
    variables: secrets.flatMap(({ variables }) => variables),
    files: secrets.flatMap(({ files }) => files),
    ...(onDisk && { volumeGiB: storage.volumeGiB ?? profile.volumeGiB, volume: badgerMount }),
  };
}

/** What whoever reads the Service needs to know in order to ask Jaeger. */
function wayIn(jaeger: JaegerSetting | undefined): Record<string, string> {
  const { basePath, tenancy } = jaeger ?? {};
  return {
    ...(basePath && { [basePathAnnotation]: basePath }),
    ...(tenancy && { [queryHeaderAnnotation]: `${tenancy.header}: ${tenancy.tenants[0]}` }),
  };
}

const uiFile = "ui.json";
const samplingFile = "sampling.json";

function optionsOf(role: JaegerRole, settings: Settings, tls: TierTls): JaegerOptions {
  const { jaeger } = settings;
  return {
    role,
    version: jaegerVersion(parseImage(settings.jaegerImage).version),
    storage: storageOf(settings),
    archive: jaeger?.archive ? archiveOf(settings) : undefined,
    buffer: jaeger?.buffer && bufferOf(jaeger.buffer),
    monitor:
      jaeger?.metrics === undefined || jaeger.metrics === "storage" ? jaeger?.metrics : { prometheus: jaeger.metrics },
    samplingFile: jaeger?.samplingFile && `${configDirectory}/${samplingFile}`,
    uiFile: `${configDirectory}/${uiFile}`,
    basePath: jaeger?.basePath,
    tenancy: jaeger?.tenancy,
    tls: tls.ofJaeger,
  };
}

/** Tabs that would stay empty are not shown. @see https://www.jaegertracing.io/docs/latest/deployment/frontend-ui/ */
function uiSettings(jaeger: JaegerSetting | undefined): string {
  const settings = {
    archiveEnabled: jaeger?.archive ?? false,
    monitor: { menuEnabled: jaeger?.metrics !== undefined },
  };
  return `${JSON.stringify(settings, undefined, 2)}\n`;
}

function podsOf(role: JaegerRole, { jaeger, target }: Settings): { replicas: number; maxReplicas?: number } {
  if (role === "all-in-one" || target === "docker") return { replicas: 1 };
  const { replicas = 2, maxReplicas }: Partial<RoleSetting> = jaeger?.[role] ?? {};
  return { replicas, ...(maxReplicas && { maxReplicas }) };
}

function bufferOf({ brokers, topic, ...named }: NonNullable<JaegerSetting["buffer"]>): Buffer {
  const [first = "", ...others] = brokers.split(",");
  const sasl = saslLogin("buffer", named);
  const tls = tlsClient("buffer", named);
  return {
    brokers: [first, ...others],
    topic,
    ...(tls && { tls }),
    ...(sasl && { auth: { sasl } satisfies KafkaClient["auth"] }),
  };
}

function gatesOf({ storage, jaegerImage }: Settings): readonly string[] {
  const { gate } = jaegerVersion(parseImage(jaegerImage).version).clickhouse;
  return storage?.kind === "clickhouse" && gate ? [gate] : [];
}
