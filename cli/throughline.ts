#!/usr/bin/env node
import { UserError } from "../common/errors.ts";

/** What each command does, in the order of the help text. Modules are loaded on use: `--help` must not load Pulumi. */
const commands: Record<string, { summary: string; load: () => Promise<(argv: string[]) => Promise<number>> }> = {
  start: {
    summary: "bring up the embedded cluster, deploy, run the example and print its trace",
    load: async () => (await import("./start.ts")).startCommand,
  },
  up: {
    summary: "deploy to the cluster named by --context, or again to the embedded one",
    load: async () => (await import("./up.ts")).upCommand,
  },
  down: {
    summary: "remove the embedded cluster, or the stack from the cluster named by --context",
    load: async () => (await import("./down.ts")).downCommand,
  },
  trace: {
    summary: "call a workload and read its trace back from Jaeger",
    load: async () => (await import("./trace.ts")).traceCommand,
  },
  check: {
    summary: "judge Collector configurations and Kubernetes manifests: throughline check FILE...",
    load: async () => (await import("./check.ts")).checkCommand,
  },
  render: {
    summary: "write the stack's manifests into a folder, for kubectl or a GitOps controller: throughline render DIR",
    load: async () => (await import("./render.ts")).renderCommand,
  },
  inject: {
    summary: "inject into the annotated workloads of manifests: throughline inject FILE...|-",
    load: async () => (await import("./inject.ts")).injectCommand,
  },
  status: {
    summary: "say whether the embedded cluster runs, and where to reach it",
    load: async () => (await import("./status.ts")).statusCommand,
  },
  pulumi: {
    summary: "run the Pulumi CLI against the embedded cluster's stack: throughline pulumi up",
    load: async () => (await import("./pulumi.ts")).pulumiCommand,
  },
};

const help = `Usage: throughline <command> [options]

${Object.entries(commands)
  .map(([name, { summary }]) => `  ${name.padEnd(8)} ${summary}`)
  .join("\n")}

throughline <command> --help tells a command's options.`;

async function main([name, ...argv]: string[]): Promise<number> {
  if (name === undefined || name === "help" || name === "--help" || name === "-h") {
    console.log(help);
    return name === undefined ? 1 : 0;
  }
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!command) {
    throw new UserError([
      `there is no command ${JSON.stringify(name)}; write one of: ${Object.keys(commands).join(", ")}`,
    ]);
  }
  return (await command.load())(argv);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof UserError ? error.message : error);
  // What else was under way, such as another image, must not hold the prompt back.
  process.exit(1);
}
