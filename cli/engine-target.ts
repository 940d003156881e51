import { createHash } from "node:crypto";
import { withoutCredentials } from "../common/credentials.ts";
import { UserError } from "../common/errors.ts";
import { engineAddress, engineAddressOf } from "../infra/engine-address.ts";

/** The Docker Engine a command acts on, and the stack that describes it. */
export interface EngineTarget {
  /** Address of its socket, such as `unix:///var/run/docker.sock`. */
  readonly dockerHost: string;
  readonly stack: string;
}

const text = { type: "string" } as const;

/** The options by which commands are told where to act. */
export const targetOptions = { target: text, context: text, kubeconfig: text, "docker-host": text } as const;

type Given = { readonly [K in keyof typeof targetOptions]?: string };

export function isEngine(target: object): target is EngineTarget {
  return "dockerHost" in target;
}

/**
 * The engine that the options name: with `--target docker` that of `--docker-host`, else of DOCKER_HOST. Undefined where they mean a cluster.
 * @throws UserError for options that do not go together, and where no engine is named: none is ever picked
 */
export function engineTarget(command: string, options: Given): EngineTarget | undefined {
  const { target = "kubernetes", context, kubeconfig, "docker-host": host } = options;
  const line = `npm run throughline -- ${command} --target docker --docker-host unix:///var/run/docker.sock`;
  if (target !== "docker") {
    const problems = [
      ...(target === "kubernetes"
        ? []
        : [`--target is ${JSON.stringify(target)}; write --target kubernetes or --target docker`]),
      ...(host === undefined
        ? []
        : [
            `--docker-host is ${JSON.stringify(withoutCredentials(host))}, which goes with --target docker. Write: ${line}`,
          ]),
    ];
    if (problems.length > 0) throw new UserError(problems);
    return undefined;
  }
  const given = Object.entries({ context, kubeconfig }).filter(([, value]) => value !== undefined);
  const problems = given.map(
    ([name, value]) =>
      `--${name} is ${JSON.stringify(value)}, but --target docker has no cluster; leave one of them out`,
  );
  const dockerHost = engineAddressOf({ dockerHost: host });
  if (dockerHost === undefined) {
    problems.push(`no Docker Engine is named, and none is ever picked; name it, or set DOCKER_HOST. Write: ${line}`);
  } else if (!engineAddress.test(dockerHost)) {
    const name = host === undefined ? "DOCKER_HOST" : "--docker-host";
    problems.push(
      `${name} is ${JSON.stringify(withoutCredentials(dockerHost))}; allowed: the address of a socket on this machine, since the ports are opened on its loopback. Write: ${line}`,
    );
  }
  if (problems.length > 0 || dockerHost === undefined) throw new UserError(problems);
  return { dockerHost, stack: stackOf(dockerHost) };
}

/** The name of an engine's stack. */
export function stackOf(dockerHost: string): string {
  return `docker-${createHash("sha256").update(dockerHost).digest("hex").slice(0, 6)}`;
}
