import { indexOfEnv, isFromElsewhere, setFromOld } from "../env.ts";
import type { Container } from "../types.ts";
import { agentPath, type CopiedAgent, valueFromProblem } from "./language.ts";

const options = "JAVA_TOOL_OPTIONS";
const path = agentPath("java");
const mountPath = (container: Container) => `${path}-${container.name}`;

/** Java: the agent jar is named in JAVA_TOOL_OPTIONS; extensions are copied beside it by further init containers. */
export const java: CopiedAgent = {
  field: "java",
  refuse: (container, env) =>
    isFromElsewhere(env[indexOfEnv(env, options)]) ? valueFromProblem("java", container, options) : undefined,
  late: (env, container, { agent }) => {
    if (isFromElsewhere(env[indexOfEnv(env, options)])) return;
    const mount = mountPath(container);
    const extensions = (agent.extensions?.length ?? 0) > 0 ? ` -Dotel.javaagent.extensions=${mount}/extensions` : "";
    setFromOld(env, options, (old = "") => `${old} -javaagent:${mount}/javaagent.jar${extensions}`);
  },
  mountPath,
  copy: () => ["cp", "/javaagent.jar", `${path}/javaagent.jar`],
  extraInits: ({ agent }) =>
    (agent.extensions ?? []).map(({ image, dir }, index) => ({
      name: `opentelemetry-auto-instrumentation-extension-${index}`,
      image,
      command: ["cp", "-r", `${dir}/.`, `${path}/extensions`],
    })),
};
