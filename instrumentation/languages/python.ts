import { effective, pythonPlatformKey } from "../annotations.ts";
import { appendIfAbsent, indexOfEnv, isFromElsewhere, setFromOld } from "../env.ts";
import { agentPath, type CopiedAgent, type LanguageContext, valueFromProblem } from "./language.ts";

const searchPath = "PYTHONPATH";
const path = agentPath("python");
const sources = new Map([
  ["", "/autoinstrumentation/."],
  ["glibc", "/autoinstrumentation/."],
  ["musl", "/autoinstrumentation-musl/."],
]);
const platform = ({ namespace, pod }: LanguageContext) => effective(namespace, pod, pythonPlatformKey);

/** Python: the agent is found first on PYTHONPATH; it exports by HTTP only. */
export const python: CopiedAgent = {
  field: "python",
  refuse: (container, env, context) => {
    if (isFromElsewhere(env[indexOfEnv(env, searchPath)])) return valueFromProblem("python", container, searchPath);
    if (sources.has(platform(context))) return undefined;
    return {
      code: "python-platform-unknown",
      message: `annotation ${pythonPlatformKey} is ${JSON.stringify(platform(context))}; allowed are "glibc" (default) and "musl" (Alpine). Write: ${pythonPlatformKey}: "musl"`,
    };
  },
  early: (env) => {
    setFromOld(env, searchPath, (old) => {
      const first = `${path}/opentelemetry/instrumentation/auto_instrumentation`;
      return old === undefined ? `${first}:${path}` : `${first}:${old}:${path}`;
    });
  },
  late: (env) => {
    appendIfAbsent(env, "OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf");
    appendIfAbsent(env, "OTEL_TRACES_EXPORTER", "otlp");
    appendIfAbsent(env, "OTEL_METRICS_EXPORTER", "otlp");
    appendIfAbsent(env, "OTEL_LOGS_EXPORTER", "otlp");
  },
  mountPath: () => path,
  copy: (context) => ["cp", "-r", sources.get(platform(context)) ?? "", path],
};
