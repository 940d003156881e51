import type { ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import grpc from "@grpc/grpc-js";
import services from "@pulumi/pulumi/proto/language_grpc_pb.js";
import language from "@pulumi/pulumi/proto/language_pb.js";
import plugin from "@pulumi/pulumi/proto/plugin_pb.js";
import emptyProto from "google-protobuf/google/protobuf/empty_pb.js";
import { end, type Launch, launch, outcomeOf } from "./run.ts";

type Unary<Q, R> = (call: { request: Q }, callback: grpc.sendUnaryData<R>) => void;

/**
 * The part of Pulumi's language host protocol that running a Node.js program and a Node.js plugin needs.
 * It follows pulumi-language-nodejs of the Pulumi release, which package registries don't carry.
 * @param engineAddress host:port of the engine, handed on to programs
 */
export function createLanguageHost(engineAddress: string): {
  service: grpc.ServiceDefinition;
  implementation: grpc.UntypedServiceImplementation;
  stop: () => void;
} {
  const running = new Set<ChildProcess>();
  const stop = () => running.forEach(end);

  const start = (what: Launch, stdio: "inherit" | "pipe", call: { on(event: "cancelled", f: () => void): unknown }) => {
    const child = launch(what, stdio);
    running.add(child);
    child.on("close", () => running.delete(child));
    call.on("cancelled", () => end(child));
    return child;
  };

  function run(
    call: grpc.ServerUnaryCall<language.RunRequest, language.RunResponse>,
    reply: grpc.sendUnaryData<language.RunResponse>,
  ) {
    const answer = new language.RunResponse();
    try {
      // The program's output goes to our own, which the engine shows to the user line by line.
      const child = start(programLaunch(call.request, engineAddress), "inherit", call);
      child.on("error", (error) => reply(null, answer.setError(error.message)));
      child.on("close", (code, signal) => {
        const { bail, error } = outcomeOf(code, signal);
        if (bail) answer.setBail(true);
        if (error) answer.setError(error);
        reply(null, answer);
      });
    } catch (error) {
      reply(null, answer.setError((error as Error).message));
    }
  }

  function runPlugin(call: grpc.ServerWritableStream<language.RunPluginRequest, language.RunPluginResponse>) {
    try {
      const child = start(pluginLaunch(call.request), "pipe", call);
      child.stdout?.on("data", (data: Buffer) => call.write(new language.RunPluginResponse().setStdout(data)));
      child.stderr?.on("data", (data: Buffer) => call.write(new language.RunPluginResponse().setStderr(data)));
      child.on("close", (code) => {
        call.write(new language.RunPluginResponse().setExitcode(code ?? 1));
        call.end();
      });
    } catch (error) {
      call.emit("error", { code: grpc.status.FAILED_PRECONDITION, details: (error as Error).message });
    }
  }

  const answer =
    <R>(make: () => R): Unary<unknown, R> =>
    (_call, reply) =>
      reply(null, make());

  return {
    service: services.LanguageRuntimeService as unknown as grpc.ServiceDefinition,
    stop,
    implementation: {
      handshake: answer(() => new language.LanguageHandshakeResponse()),
      getPluginInfo: answer(() => new plugin.PluginInfo().setVersion(sdkVersion())),
      getRequiredPlugins: answer(() => new language.GetRequiredPluginsResponse()),
      getRequiredPackages: answer(() => new language.GetRequiredPackagesResponse()),
      runtimeOptionsPrompts: answer(() => new language.RuntimeOptionsResponse()),
      about: answer(() =>
        new language.AboutResponse().setExecutable(process.execPath).setVersion(process.versions.node),
      ),
      getProgramDependencies: ((call, reply) => reply(null, dependencies(call.request))) as Unary<
        language.GetProgramDependenciesRequest,
        language.GetProgramDependenciesResponse
      >,
      // Packages are installed from the lock file before Pulumi starts.
      installDependencies: (call: grpc.ServerWritableStream<unknown, unknown>) => call.end(),
      cancel: answer(() => {
        stop();
        return new emptyProto.Empty();
      }),
      run: run as grpc.UntypedHandleCall,
      runPlugin: runPlugin as grpc.UntypedHandleCall,
    } as grpc.UntypedServiceImplementation,
  };
}

function programLaunch(request: language.RunRequest, engineAddress: string): Launch {
  const info = request.getInfo();
  const flags: Record<string, string> = {
    monitor: request.getMonitorAddress(),
    engine: engineAddress,
    organization: request.getOrganization(),
    project: request.getProject(),
    "root-directory": info?.getRootDirectory() ?? "",
    stack: request.getStack(),
    pwd: request.getPwd(),
    parallel: String(request.getParallel()),
    "query-mode": String(request.getQuerymode()),
  };
  return {
    runner: "run",
    programDirectory: info?.getProgramDirectory() || request.getPwd(),
    workingDirectory: request.getPwd(),
    args: [
      ...Object.entries(flags).flatMap(([name, value]) => (value ? [`--${name}`, value] : [])),
      ...(request.getDryrun() ? ["--dry-run"] : []),
      info?.getEntryPoint() || ".",
      ...request.getArgsList(),
    ],
    env: {
      PULUMI_CONFIG: JSON.stringify(Object.fromEntries(request.getConfigMap().getEntryList())),
      PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
    },
    options: options(info),
  };
}

function pluginLaunch(request: language.RunPluginRequest): Launch {
  const info = request.getInfo();
  const directory = info?.getProgramDirectory() || request.getProgram();
  const env = request.getEnvList().map((entry): [string, string] => {
    const cut = entry.indexOf("=");
    return [entry.slice(0, cut), entry.slice(cut + 1)];
  });
  const policies = request.getKind() === "analyzer";
  return {
    runner: policies ? "run-policy-pack" : "run-plugin",
    programDirectory: directory,
    workingDirectory: request.getPwd() || directory,
    // The policy runner takes the engine's address first and the pack's folder second; the plugin runner the folder first.
    args: policies ? [...request.getArgsList().slice(0, 1), directory] : [directory, ...request.getArgsList()],
    env: Object.fromEntries(env),
    options: options(info),
  };
}

function options(info: language.ProgramInfo | undefined): Record<string, unknown> {
  return (info?.getOptions()?.toJavaScript() ?? {}) as Record<string, unknown>;
}

function sdkVersion(): string {
  return createRequire(import.meta.url)("@pulumi/pulumi/package.json").version;
}

function dependencies(request: language.GetProgramDependenciesRequest): language.GetProgramDependenciesResponse {
  const root = request.getInfo()?.getRootDirectory() || request.getPwd();
  const found: { dependencies?: Record<string, string>; devDependencies?: Record<string, string> } = JSON.parse(
    readFileSync(join(root, "package.json"), "utf8"),
  );
  const list = Object.entries({ ...found.dependencies, ...found.devDependencies }).map(([name, version]) =>
    new language.DependencyInfo().setName(name).setVersion(version),
  );
  return new language.GetProgramDependenciesResponse().setDependenciesList(list);
}
