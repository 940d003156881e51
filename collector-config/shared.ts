import { stringify } from "yaml";
import { healthCheck } from "./components/extensions.ts";
import { memoryLimiter } from "./components/processors.ts";
import { podIp, ports } from "./ports.ts";
import type { CollectorConfig, Telemetry } from "./types.ts";

/** Answers the kubelet on the pod's own address. */
export const health = healthCheck({ endpoint: `${podIp}:${ports.health}` });

/** Sheds load before the container's memory limit is reached. The first processor of each pipeline that receives. */
export const limiter = memoryLimiter({ check_interval: "1s", limit_percentage: 80, spike_limit_percentage: 20 });

/** Own metrics on every address of the pod: `kubectl port-forward` enters by loopback, a scraper by the pod IP. */
export const ownMetrics: Telemetry = {
  metrics: {
    readers: [{ pull: { exporter: { prometheus: { host: "", port: ports.metrics } } } }],
  },
};

/**
 * The configuration as the YAML text that goes into the ConfigMap. The same value always gives the same text.
 * Texts that YAML 1.1 takes for something else are quoted: Collectors read `2006-01-02` as a time.
 */
export function toYaml(config: CollectorConfig): string {
  return stringify(config, { schema: "yaml-1.1", lineWidth: 0, aliasDuplicateObjects: false });
}
