import { createHash } from "node:crypto";
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { ports } from "../collector-config/ports.ts";
import { UserError } from "../common/errors.ts";
import { prefix } from "./annotations.ts";
import { type AgentCopy, injectContainer, isLabel } from "./container.ts";
import { defaultImages } from "./defaulter.ts";
import { instrumentationSpec } from "./defaults.ts";
import { onceDone } from "./helper.ts";
import type { InstrumentationSpec } from "./types.ts";

export interface InstrumentArgs {
  /** What the containers get. Default: traces by OTLP/HTTP to the agent of this project's stack. */
  readonly spec?: InstrumentationSpec;
  /** Network of the stack, which the container joins to reach the agent: the setting `namespace`. Default: observability. */
  readonly network?: string;
}

/** The Instrumentation for containers beside this project's stack on a Docker Engine. */
export function containerSpec(): InstrumentationSpec {
  const agent = (port: number) => `http://otel-agent:${port}`;
  return instrumentationSpec({
    namespace: "observability",
    endpoint: agent(ports.otlpHttp),
    grpcEndpoint: agent(ports.otlpGrpc),
    images: defaultImages,
  });
}

/**
 * The arguments of a container with what its labels ask for, as annotations of a pod would: `instrumentation.opentelemetry.io/inject-sdk=true`
 * for the environment only, `inject-nodejs`, `inject-java`, `inject-python` or `inject-dotnet` for an agent too, which is copied into a volume that
 * the container mounts. Without such a label the arguments stay as they are.
 * With one `name` and `labels` have to be plain: the service is named after the one, the other decides what is made.
 * @param opts For the resources that an agent needs. Default: - none.
 * @throws UserError with all problems of the container
 */
export function instrument(
  args: docker.ContainerArgs,
  { spec = containerSpec(), network = "observability" }: InstrumentArgs = {},
  opts: pulumi.CustomResourceOptions = {},
): docker.ContainerArgs {
  const given: unknown = args.labels ?? [];
  if (Array.isArray(given) && !given.some(asks)) return args;
  const { name, labels } = plainParts(args);
  // The variables do not decide what is asked for, and may be known late.
  const wanted = injectContainer({ name, image: undefined, labels, envs: [] }, spec);
  if (wanted.injected.length === 0) return args;
  const mounts = wanted.agents.map((agent) => agentMount(name, agent, opts));
  return {
    ...args,
    envs: pulumi
      .all([args.image, args.envs ?? []])
      .apply(([image, envs]) => [
        ...injectContainer({ name, image: tagged(image), labels, envs: envs ?? [] }, spec).envs,
      ]),
    networksAdvanced: pulumi.output(args.networksAdvanced ?? []).apply((all) => {
      const there = (all ?? []).some((one) => one.name === network);
      return there ? (all ?? []) : [...(all ?? []), { name: network, aliases: [name] }];
    }),
    ...(mounts.length > 0 && {
      mounts: pulumi.output(args.mounts ?? []).apply((own) => [...(own ?? []), ...mounts]),
    }),
  };
}

/** An image's id says nothing of its version. */
function tagged(image: string): string | undefined {
  return image.startsWith("sha256:") ? undefined : image;
}

/** Whether a label may ask for something: one that is known late may. */
const asks = (label: unknown) => !isLabel(label) || label.label.startsWith(prefix);

function plainParts({ name, labels = [] }: docker.ContainerArgs): { name: string; labels: Record<string, string> } {
  const problems: string[] = [];
  if (typeof name !== "string") {
    problems.push(
      'a container that is to be instrumented needs a name of its own as plain text. Write: name: "frontend"',
    );
  }
  if (!Array.isArray(labels) || !labels.every(isLabel)) {
    problems.push(
      'the labels of a container that is to be instrumented have to be plain texts. Write: labels: [{ label: "instrumentation.opentelemetry.io/inject-sdk", value: "true" }]',
    );
  }
  if (problems.length > 0) throw new UserError(problems);
  const pairs = (labels as { label: string; value: string }[]).map(({ label, value }) => [label, value] as const);
  return { name: name as string, labels: Object.fromEntries(pairs) };
}

/** A volume with the agent's files, and what copies them there: once, without a network and without rights. */
function agentMount(name: string, agent: AgentCopy, opts: pulumi.CustomResourceOptions) {
  const { language, image, command, from, to } = agent;
  const hash = createHash("sha256")
    .update(JSON.stringify([image, command]))
    .digest("hex")
    .slice(0, 10);
  const full = `${name}-agent-${language}-${hash}`;
  const label = `${name}-agent-${language}`;
  const [program = "", ...rest] = command;
  const brought = new docker.RemoteImage(label, { name: image, keepLocally: true }, opts);
  const volume = new docker.Volume(label, { name: full }, opts);
  const copied = new docker.Container(
    label,
    {
      name: full,
      image: brought.imageId,
      entrypoints: [program],
      // Over what an interrupted copy has left: without force the links in it stand in the way.
      command: rest.map((word) => (word === "-r" ? "-rf" : word)),
      user: "0:0",
      readOnly: true,
      capabilities: { drops: ["ALL"] },
      securityOpts: ["no-new-privileges"],
      networkMode: "none",
      attach: true,
      logs: true,
      mustRun: false,
      mounts: [{ type: "volume", source: volume.name, target: from }],
    },
    { ...opts, deleteBeforeReplace: true },
  );
  return { type: "volume", source: onceDone(copied, volume.name), target: to, readOnly: true };
}
