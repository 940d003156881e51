import { clashes, isLoopback, listeners } from "../collector-config/listeners.ts";
import { podIp } from "../collector-config/ports.ts";
import { type CollectorConfig, type Components, typeOf } from "../collector-config/types.ts";
import { fields } from "../common/objects.ts";

/**
 * A configuration of ours, made to run as a plain process beside others on one machine. Nothing else is changed:
 * - what listens on every address listens on POD_IP only, and a receiver for the pod's loopback goes;
 * - `k8s_attributes` goes, as there is no API server. The baseline does without it too.
 */
export function adapt(config: CollectorConfig): CollectorConfig {
  const loopback = listeners(config).filter(({ host }) => isLoopback(host));
  const gone = (id: string) =>
    typeOf(id) === "k8s_attributes" || loopback.some(({ path }) => path.startsWith(`receivers.${id}.`));
  const keep = (all: Components | undefined) =>
    Object.fromEntries(Object.entries(all ?? {}).filter(([id]) => !gone(id)));
  const pipelines = Object.entries(config.service.pipelines).map(([id, pipeline]) => [
    id,
    {
      ...pipeline,
      receivers: pipeline.receivers.filter((receiver) => !gone(receiver)),
      processors: (pipeline.processors ?? []).filter((processor) => !gone(processor)),
    },
  ]);
  const adapted = {
    ...config,
    receivers: onPodIp(keep(config.receivers)),
    processors: keep(config.processors),
    extensions: onPodIp({ ...config.extensions }),
    service: {
      ...config.service,
      telemetry: onPodIp(config.service.telemetry ?? { metrics: { readers: [] } }),
      pipelines: Object.fromEntries(pipelines),
    },
  } as CollectorConfig;
  const all = listeners(adapted);
  const clash = all.find((a, at) => all.slice(at + 1).some((b) => clashes(a, b)));
  if (clash !== undefined) throw new Error(`two listeners take port ${clash.port} once they are on one address`);
  return adapted;
}

/** Listeners on every address, in any depth, put on the pod's own. */
function onPodIp<T>(value: T): T {
  if (Array.isArray(value)) return value.map(onPodIp) as T;
  if (typeof value !== "object" || value === null) return value;
  const moved = Object.entries(fields(value)).map(([key, inner]) => {
    if (key === "endpoint" && typeof inner === "string")
      return [key, inner.replace(/^(0\.0\.0\.0|\[::\]|)(?=:\d+$)/, podIp)];
    if (key === "host" && inner === "") return [key, podIp];
    return [key, onPodIp(inner)];
  });
  return Object.fromEntries(moved) as T;
}
