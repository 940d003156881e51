import { dotnetRuntimeKey, effective } from "../annotations.ts";
import { appendIfAbsent, indexOfEnv, isFromElsewhere, setFromOld } from "../env.ts";
import type { EnvVar } from "../types.ts";
import { list } from "../workload.ts";
import { agentPath, type CopiedAgent, type LanguageContext, valueFromProblem } from "./language.ts";

const path = agentPath("dotnet");
const home = "OTEL_DOTNET_AUTO_HOME";
const hooks = "DOTNET_STARTUP_HOOKS";
const dependencies = "DOTNET_ADDITIONAL_DEPS";
const store = "DOTNET_SHARED_STORE";
const runtimes = new Set(["", "linux-x64", "linux-musl-x64"]);
const runtime = ({ namespace, pod }: LanguageContext) => effective(namespace, pod, dotnetRuntimeKey);

/** Adds a path after those that are there; a variable of the Instrumentation's that takes its value from elsewhere stays as it is. */
function extend(env: EnvVar[], name: string, added: string): void {
  if (isFromElsewhere(env[indexOfEnv(env, name)])) return;
  setFromOld(env, name, (old) => (old === undefined ? added : `${old}:${added}`));
}

/** .NET: the CLR profiler and a startup hook load the agent. */
export const dotnet: CopiedAgent = {
  field: "dotnet",
  refuse: (container, env, context) => {
    for (const name of [hooks, dependencies, store]) {
      if (isFromElsewhere(env[indexOfEnv(env, name)])) return valueFromProblem("dotnet", container, name);
    }
    if (indexOfEnv(env, home) !== -1 || indexOfEnv(list(context.agent.env), home) !== -1) {
      return {
        code: "dotnet-already-configured",
        message: `${home} is set for container ${container.name}, which says that .NET instrumentation is configured by hand, so it is not added. Only one of the two is possible. Remove ${home}, or opt out. Write: instrumentation.opentelemetry.io/inject-dotnet: "false"`,
      };
    }
    if (runtimes.has(runtime(context))) return undefined;
    return {
      code: "dotnet-runtime-unknown",
      message: `annotation ${dotnetRuntimeKey} is ${JSON.stringify(runtime(context))}; allowed are "linux-x64" (default) and "linux-musl-x64" (Alpine). Write: ${dotnetRuntimeKey}: "linux-musl-x64"`,
    };
  },
  late: (env, _container, context) => {
    const library = runtime(context) === "linux-musl-x64" ? "linux-musl" : "linux";
    appendIfAbsent(env, "CORECLR_ENABLE_PROFILING", "1");
    appendIfAbsent(env, "CORECLR_PROFILER", "{918728DD-259F-4A6A-AC2B-B85E1B658318}");
    appendIfAbsent(env, "CORECLR_PROFILER_PATH", `${path}/${library}/OpenTelemetry.AutoInstrumentation.Native.so`);
    extend(env, hooks, `${path}/net/OpenTelemetry.AutoInstrumentation.StartupHook.dll`);
    extend(env, dependencies, `${path}/AdditionalDeps`);
    appendIfAbsent(env, home, path);
    extend(env, store, `${path}/store`);
  },
  mountPath: () => path,
  copy: () => ["cp", "-r", "/autoinstrumentation/.", path],
};
