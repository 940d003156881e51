import { appendIfAbsent } from "./env.ts";
import type { EnvVar, ExporterTls, InstrumentationSpec, Problem, Volume, VolumeMount } from "./types.ts";

const longestVolumeName = 63;

function volumeName(prefix: string, name: string): string {
  return (prefix + name).slice(0, longestVolumeName).replace(/[^a-zA-Z0-9]+$/, "");
}

interface Source {
  readonly volume: Volume;
  readonly mount: VolumeMount;
}

function sourcesOf(tls: ExporterTls): { secret: Source | undefined; configMap: Source | undefined } {
  const source = (kind: string, name: string, fields: object): Source => {
    const volume = { name: volumeName(`otel-auto-${kind}-`, name), ...fields };
    return {
      volume,
      mount: { name: volume.name, mountPath: `/otel-auto-instrumentation-${kind}-${name}`, readOnly: true },
    };
  };
  return {
    secret: tls.secretName ? source("secret", tls.secretName, { secret: { secretName: tls.secretName } }) : undefined,
    configMap: tls.configMapName
      ? source("configmap", tls.configMapName, { configMap: { name: tls.configMapName } })
      : undefined,
  };
}

function filePath(file: string, kind: string, name: string | undefined): string {
  return file.startsWith("/") ? file : `/otel-auto-instrumentation-${kind}-${name ?? ""}/${file}`;
}

function addOnce<T extends { readonly name: string }>(to: T[], added: T): void {
  if (!to.some((one) => one?.name === added.name)) to.push(added);
}

/** Adds endpoint and TLS variables, and the volumes and mounts that carry the TLS files. Nothing is added that is there by name. */
export function configureExporter(
  spec: InstrumentationSpec,
  env: EnvVar[],
  mounts: VolumeMount[],
  volumes: Volume[],
): void {
  const exporter = spec.exporter;
  if (exporter?.endpoint) appendIfAbsent(env, "OTEL_EXPORTER_OTLP_ENDPOINT", exporter.endpoint);
  const tls = exporter?.tls;
  if (tls === undefined || tls === null) return;
  if (tls.ca_file) {
    const path = tls.configMapName
      ? filePath(tls.ca_file, "configmap", tls.configMapName)
      : filePath(tls.ca_file, "secret", tls.secretName);
    appendIfAbsent(env, "OTEL_EXPORTER_OTLP_CERTIFICATE", path);
  }
  if (tls.cert_file) {
    appendIfAbsent(env, "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", filePath(tls.cert_file, "secret", tls.secretName));
  }
  if (tls.key_file) {
    appendIfAbsent(env, "OTEL_EXPORTER_OTLP_CLIENT_KEY", filePath(tls.key_file, "secret", tls.secretName));
  }
  const { secret, configMap } = sourcesOf(tls);
  for (const source of [secret, configMap]) {
    if (source === undefined) continue;
    addOnce(volumes, source.volume);
    addOnce(mounts, source.mount);
  }
}

/** Problems of TLS Secrets and ConfigMaps that are not in the workload's namespace; sets left undefined are not checked. */
export function missingTls(
  spec: InstrumentationSpec,
  namespace: string,
  secrets: ReadonlySet<string> | undefined,
  configMaps: ReadonlySet<string> | undefined,
): Problem[] {
  const tls = spec.exporter?.tls;
  const problems: Problem[] = [];
  const check = (kind: string, field: string, name: string | undefined, there: ReadonlySet<string> | undefined) => {
    if (!name || there === undefined || there.has(name)) return;
    problems.push({
      code: "tls-source-missing",
      message: `exporter.tls.${field} of the Instrumentation is ${JSON.stringify(name)}, but namespace ${namespace} has no ${kind} of that name; pods would not start. Create it there, or name another. Write: exporter.tls.${field}: <name of a ${kind} in ${namespace}>`,
    });
  };
  check("Secret", "secretName", tls?.secretName, secrets);
  check("ConfigMap", "configMapName", tls?.configMapName, configMaps);
  return problems;
}
