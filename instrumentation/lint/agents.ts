import { textual } from "../../common/objects.ts";
import type { Container } from "../types.ts";
import { isFields, list } from "../workload.ts";
import { asks, type LintRule, ofEach, type Subject, said, textOf } from "./rule.ts";

const target = { "instrumentation.opentelemetry.io/otel-go-auto-target-exe": "/app" };
const words = (container: Container | undefined) =>
  ["command", "args"].flatMap((key) =>
    Array.isArray(container?.[key]) ? (container[key] as unknown[]).map(textual) : [],
  );

const goJob: LintRule = {
  id: "go-on-job",
  title: "A Job finishes.",
  why: "The Go agent is a container that runs on, so the Job never completes.",
  severity: "error",
  catches: ["the Go agent on a Job or CronJob"],
  example: {
    wrong: { kind: "Job", annotations: { ...asks("go"), ...target } },
    right: { annotations: { ...asks("go"), ...target } },
  },
  check: ({ kind, injected }) =>
    injected.has("go") && (kind === "Job" || kind === "CronJob")
      ? [
          `the ${kind} asks for inject-go, whose agent never ends. Write: instrumentation.opentelemetry.io/inject-sdk: "true", with an SDK in the program`,
        ]
      : [],
};

/** Containers that injection added, in either list. */
function added({ ownPod, pod }: Subject, key: "containers" | "initContainers"): Container[] {
  const before = new Set(list(ownPod[key]).map((one) => one?.name));
  return list(pod[key]).filter((one) => isFields(one) && !before.has(one.name)) as Container[];
}

const goRights: LintRule = {
  id: "go-without-privileges",
  title: "The Go agent may run as root.",
  why: "It loads eBPF programs; a pod that must not run as root is refused or the agent sees nothing.",
  severity: "error",
  catches: ["the Go agent in a pod that must not run as root"],
  example: {
    wrong: {
      annotations: { ...asks("go"), ...target },
      spec: { go: { image: "go:1", securityContext: { runAsNonRoot: true } } },
    },
    right: { annotations: { ...asks("go"), ...target } },
  },
  check: (subject) => {
    if (!subject.injected.has("go")) return [];
    return added(subject, "containers")
      .filter(
        ({ securityContext }) =>
          isFields(securityContext) &&
          (securityContext["runAsNonRoot"] === true || securityContext["privileged"] === false),
      )
      .map(
        ({ name }) =>
          `container ${name}: the Go agent may not run as root or not privileged. Write: go.securityContext: { privileged: true, runAsUser: 0 }`,
      );
  },
};

const initRoot: LintRule = {
  id: "init-container-as-root",
  title: "The agent's init container may run where the pod forbids root.",
  why: "Its image runs as root by default: with runAsNonRoot the kubelet refuses to start it, and the pod never starts.",
  severity: "error",
  catches: ["runAsNonRoot for the pod, but no user for the agent's init container"],
  example: {
    wrong: {
      annotations: asks("java"),
      pod: { securityContext: { runAsNonRoot: true } },
      spec: { initContainerSecurityContext: undefined },
    },
    right: { annotations: asks("java"), pod: { securityContext: { runAsNonRoot: true } } },
  },
  check: (subject) => {
    const pod = isFields(subject.ownPod["securityContext"]) ? subject.ownPod["securityContext"] : {};
    return added(subject, "initContainers").flatMap(({ name, securityContext }) => {
      const own = isFields(securityContext) ? securityContext : {};
      const nonRoot = own["runAsNonRoot"] ?? pod["runAsNonRoot"];
      const user = own["runAsUser"] ?? pod["runAsUser"];
      return nonRoot === true && (user === undefined || user === 0)
        ? [
            `init container ${name}: runAsNonRoot is true, but it has no user. Write: initContainerSecurityContext: { runAsNonRoot: true, runAsUser: 65532 }`,
          ]
        : [];
    });
  },
};

/** MiB that an agent's files take, rounded down. */
const agentMiB: Readonly<Record<string, number>> = { java: 20, nodejs: 50, python: 30, dotnet: 40 };
const units: Readonly<Record<string, number>> = {
  Ki: 1 / 1024,
  Mi: 1,
  Gi: 1024,
  k: 1e3 / 2 ** 20,
  M: 1e6 / 2 ** 20,
  G: 1e9 / 2 ** 20,
  "": 1 / 2 ** 20,
};

const volume: LintRule = {
  id: "agent-volume-too-small",
  title: "The agent fits into its volume.",
  why: "The kubelet evicts a pod whose emptyDir is over its limit, again and again.",
  severity: "error",
  catches: ["volumeLimitSize smaller than the agent"],
  example: {
    wrong: { annotations: asks("java"), spec: { java: { image: "java:2.30.0", volumeLimitSize: "5Mi" } } },
    right: { annotations: asks("java"), spec: { java: { image: "java:2.30.0", volumeLimitSize: "100Mi" } } },
  },
  check: ({ pod }) =>
    list(pod.volumes).flatMap((one) => {
      const [, language = ""] = /^opentelemetry-auto-instrumentation-(\w+)$/.exec(textual(one?.name)) ?? [];
      const limit = isFields(one?.["emptyDir"]) ? textual(one["emptyDir"]["sizeLimit"]) : "";
      const [, number, unit = ""] = /^(\d+(?:\.\d+)?)([KMG]i|[kMG]|)$/.exec(limit) ?? [];
      const needed = Object.hasOwn(agentMiB, language) ? agentMiB[language] : undefined;
      return number !== undefined && needed !== undefined && Number(number) * (units[unit] ?? 1) < needed
        ? [
            `volume ${one.name}: its limit is ${limit}, but the agent's files take ${needed} MiB at least. Write: ${language}.volumeLimitSize: 200Mi`,
          ]
        : [];
    }),
};

const agentPatterns: readonly (readonly [variable: string, pattern: RegExp, ours: string])[] = [
  ["JAVA_TOOL_OPTIONS", /-javaagent:(\S+)/g, "/otel-auto-instrumentation-java"],
  [
    "NODE_OPTIONS",
    /(?:--require|-r|--import)[ =](\S*(?:dd-trace|elastic-apm|newrelic|opentelemetry|autoinstrumentation)\S*)/g,
    "/otel-auto-instrumentation-nodejs",
  ],
];

const second: LintRule = {
  id: "second-agent",
  title: "One agent traces a program.",
  why: "Two patch the same libraries: spans come twice, or context is lost between them.",
  severity: "error",
  catches: ["another tracer in JAVA_TOOL_OPTIONS or NODE_OPTIONS", "a program started by another tracer's launcher"],
  example: {
    wrong: {
      annotations: asks("java"),
      container: { env: [{ name: "JAVA_TOOL_OPTIONS", value: "-javaagent:/dd-java-agent.jar" }] },
    },
    right: { annotations: asks("java"), container: { env: [{ name: "JAVA_TOOL_OPTIONS", value: "-Xmx128m" }] } },
  },
  check: ofEach((traced) => {
    const launcher = words(traced.own).find((word) =>
      /^(.*\/)?(ddtrace-run|opentelemetry-instrument|newrelic-admin)$/.test(word),
    );
    const launched = launcher !== undefined && traced.env.has("PYTHONPATH");
    return [
      ...agentPatterns.flatMap(([name, pattern, ours]) => {
        const agents = [...(textOf(traced, name) ?? "").matchAll(pattern)].map(([, path = ""]) => path);
        const other = agents.find((path) => !path.startsWith(ours));
        return other !== undefined && agents.length > 1
          ? [said(traced, name, `brings ${other} beside the injected agent`, `${name} without ${other}`)]
          : [];
      }),
      ...(launched
        ? [said(traced, "command", `starts ${launcher} beside the injected agent`, "the program itself as command")]
        : []),
    ];
  }),
};

const shell: LintRule = {
  id: "package-manager-traced",
  title: "The command is the program itself.",
  why: "NODE_OPTIONS also loads the agent into npm, which takes the signals and reports a service of its own.",
  severity: "warning",
  catches: ["npm start as the command of an injected Node.js program"],
  example: {
    wrong: { annotations: asks("nodejs"), container: { command: ["npm", "start"] } },
    right: { annotations: asks("nodejs"), container: { command: ["node", "server.js"] } },
  },
  check: (subject) =>
    subject.injected.has("nodejs")
      ? subject.traced.flatMap((traced) => {
          const [first = ""] = words(traced.own);
          return /^(.*\/)?(npm|npx|yarn|pnpm)$/.test(first)
            ? [said(traced, "command", `starts ${first}`, 'command: ["node", "<file>"]')]
            : [];
        })
      : [],
};

const musl: LintRule = {
  id: "agent-for-other-libc",
  title: "Native parts of an agent fit the image's C library.",
  why: "On Alpine the profiler or the native extensions do not load, and the program runs untraced or not at all.",
  severity: "warning",
  catches: ["an Alpine image with the agent for glibc"],
  example: {
    wrong: { annotations: asks("dotnet"), container: { image: "example/web:1.0-alpine" } },
    right: {
      annotations: { ...asks("dotnet"), "instrumentation.opentelemetry.io/otel-dotnet-auto-runtime": "linux-musl-x64" },
      container: { image: "example/web:1.0-alpine" },
    },
  },
  check: (subject) =>
    (
      [
        ["dotnet", "otel-dotnet-auto-runtime", "linux-musl-x64"],
        ["python", "otel-python-platform", "musl"],
      ] as const
    ).flatMap(([language, key, value]) => {
      const annotation = `instrumentation.opentelemetry.io/${key}`;
      const set = subject.annotations[annotation] ?? subject.input.namespace.annotations?.[annotation];
      if (!subject.injected.has(language) || set === value) return [];
      return subject.traced
        .filter(({ own }) => /:[^/]*(alpine|musl)[^/]*$/.test(String(own?.image)))
        .map((traced) =>
          said(traced, "image", `is ${JSON.stringify(traced.own?.image)}, which has musl`, `${annotation}: "${value}"`),
        );
    }),
};

const windows: LintRule = {
  id: "agent-on-windows",
  title: "Agents are copied on Linux nodes only.",
  why: "Their images are Linux images: on a Windows node the pod does not start.",
  severity: "error",
  catches: ["an agent for a pod on Windows nodes"],
  example: {
    wrong: { annotations: asks("dotnet"), pod: { nodeSelector: { "kubernetes.io/os": "windows" } } },
    right: { pod: { nodeSelector: { "kubernetes.io/os": "windows" } } },
  },
  check: ({ ownPod, injected }) => {
    const selector = isFields(ownPod["nodeSelector"]) ? ownPod["nodeSelector"] : {};
    const agent = [...injected.keys()].find((language) => language !== "sdk");
    return selector["kubernetes.io/os"] === "windows" && agent !== undefined
      ? [
          `the pod runs on Windows and asks for inject-${agent}. Write: instrumentation.opentelemetry.io/inject-sdk: "true"`,
        ]
      : [];
  },
};

export const agentRules: readonly LintRule[] = [goJob, goRights, initRoot, volume, second, shell, musl, windows];
