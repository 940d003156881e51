import { appendIfAbsent, indexOfEnv, isFromElsewhere, setFromOld } from "../env.ts";
import { agentPath, type CopiedAgent, valueFromProblem } from "./language.ts";

const options = "NODE_OPTIONS";
const path = agentPath("nodejs");

/** Node.js: the agent is loaded by `--require` in NODE_OPTIONS. */
export const nodejs: CopiedAgent = {
  field: "nodejs",
  refuse: (container, env) =>
    isFromElsewhere(env[indexOfEnv(env, options)]) ? valueFromProblem("nodejs", container, options) : undefined,
  late: (env) => {
    if (!isFromElsewhere(env[indexOfEnv(env, options)])) {
      setFromOld(env, options, (old = "") => `${old} --require ${path}/autoinstrumentation.js`);
    }
    appendIfAbsent(env, "OTEL_METRICS_EXPORTER", "otlp");
  },
  mountPath: () => path,
  copy: () => ["cp", "-r", "/autoinstrumentation/.", path],
};
