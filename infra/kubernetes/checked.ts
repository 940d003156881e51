import type { CollectorConfig } from "../../collector-config/types.ts";
import { validateConfig } from "../../collector-config/validate.ts";

/** The same configuration, once it is known to be sound. What is wrong with it is a fault of this program, not of its user. */
export function checked(name: string, config: CollectorConfig): CollectorConfig {
  const problems = validateConfig(config);
  if (problems.length > 0) throw new Error(`configuration of ${name}: ${problems.join("; ")}`);
  return config;
}
