import type Docker from "dockerode";
import type { ContainerInspectInfo } from "dockerode";
import { isEverywhere } from "../collector-config/listeners.ts";
import { ports } from "../collector-config/ports.ts";
import { UserError } from "../common/errors.ts";
import { cliService } from "../common/names.ts";
import { basePathAnnotation, names, queryHeaderAnnotation } from "../infra/kubernetes/metadata.ts";
import type { Forward } from "./forward.ts";
import { jaegerClient } from "./jaeger.ts";
import type { Fault, Hop } from "./judge.ts";
import type { Evidence, Site, Workload } from "./site.ts";
import { within } from "./within.ts";

const timeoutMs = 5_000;
/** Programs of each hop, as far as there are any. */
const parts: readonly (readonly [Hop, readonly string[]])[] = [
  ["agent", [names.agent]],
  ["gateway", [names.gateway]],
  ["jaeger", [names.jaeger, names.jaegerQuery, names.jaegerIngester, names.jaegerCollector]],
];

/** The site on a Docker Engine, whose ports are opened on this machine's loopback. */
export function dockerSite(docker: Docker): Site {
  const here = (port: number, host = "127.0.0.1"): Forward => ({
    url: `http://${host}:${port}`,
    lastProblem: () => undefined,
    close: async () => {},
  });
  return {
    openAgent: async () => here(ports.otlpHttp),
    openJaeger: async () => {
      const labels = await labelsOfJaeger(docker);
      const { [basePathAnnotation]: basePath = "", [queryHeaderAnnotation]: header } = labels;
      const [name = "", value = ""] = header?.split(": ") ?? [];
      const way = here(ports.query);
      const base = `${way.url}${basePath}`;
      return { ...way, basePath, base, client: jaegerClient(base, { headers: header ? { [name]: value } : {} }) };
    },
    openWorkload: async (workload) => {
      const { port, host } = await publishedPort(docker, workload);
      return here(port, host);
    },
    addressOf: ({ service, port, path }) => `http://${service}:${port}${path}`,
    jaegerAddress: `127.0.0.1:${ports.query}`,
    watch: async () => (evidence) => within(timeoutMs, findFault(docker, evidence), "the Docker Engine gave no answer"),
  };
}

async function inspect(docker: Docker, name: string): Promise<ContainerInspectInfo | undefined> {
  try {
    return await docker.getContainer(name).inspect();
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return undefined;
    const { code, message } = error as NodeJS.ErrnoException;
    throw new UserError([`no Docker Engine answers (${code ?? message}). Start it, or name another one`]);
  }
}

async function labelsOfJaeger(docker: Docker): Promise<Record<string, string>> {
  const found = await Promise.all([names.jaeger, names.jaegerQuery].map((name) => inspect(docker, name)));
  return found.find((one) => one !== undefined)?.Config.Labels ?? {};
}

/** Where a container's port is published. @throws UserError where it is not */
async function publishedPort(docker: Docker, { service, port }: Workload): Promise<{ port: number; host: string }> {
  const found = await inspect(docker, service);
  if (found === undefined) {
    throw new UserError([
      `--workload names the container ${service}, which the engine does not have. Write: docker ps, then --workload <name of a container>:<port>`,
    ]);
  }
  if (!found.State.Running) {
    throw new UserError([
      `--workload names the container ${service}, which does not run: ${stateOf(found)}. Write: docker logs --tail 50 ${service}`,
    ]);
  }
  const published = Object.entries(found.NetworkSettings.Ports ?? {}).flatMap(([inside, hosts]) => {
    const [number = "", protocol] = inside.split("/");
    return protocol === "tcp" && hosts?.[0] ? [{ number, ...hosts[0] }] : [];
  });
  const open = published.find(({ number }) => number === String(port));
  if (open !== undefined) {
    const { HostIp, HostPort } = open;
    const host = HostIp.includes(":") ? `[${HostIp}]` : HostIp;
    return { port: Number(HostPort), host: isEverywhere(HostIp) ? "127.0.0.1" : host };
  }
  const others = published.map(({ number }) => number).join(", ");
  throw new UserError([
    `--workload names port ${port} of the container ${service}, which is not published on this machine (${others ? `published: ${others}` : "none is"}). Write: --workload ${service}:<a published port>, or --url <an address that can be reached from here>`,
  ]);
}

/** Certain signs first: no answer, a container that does not run; then what Jaeger holds of this very trace. */
async function findFault(docker: Docker, evidence: Evidence): Promise<Fault> {
  const { request, url, services, missingServices, missingParents, sendProblem, jaegerProblem } = evidence;
  if (request.problem !== undefined)
    return fault("workload", `${url} did not answer: ${request.problem}`, "docker ps -a");
  for (const [hop, programs] of parts) {
    const found = (await Promise.all(programs.map((name) => inspect(docker, name)))).filter((one) => one !== undefined);
    if (found.length === 0) return fault(hop, `there is no container ${programs[0]}`, "docker ps -a");
    const down = found.find(({ State }) => !State.Running || State.Restarting);
    if (down) {
      const name = nameOf(down);
      return fault(hop, `the container ${name} does not run: ${stateOf(down)}`, `docker logs --tail 50 ${name}`);
    }
  }
  if (jaegerProblem !== undefined) {
    return fault("jaeger", `its API did not answer: ${jaegerProblem}`, `docker logs --tail 50 ${names.jaeger}`);
  }
  if (sendProblem !== undefined && !services.includes(cliService)) {
    return fault("agent", `it did not take the CLI's own span: ${sendProblem}`, `docker logs --tail 50 ${names.agent}`);
  }
  if (services.length === 0) {
    return fault(
      "gateway",
      "the agent took the CLI's own span, but Jaeger has no span of the trace",
      `docker logs --tail 50 ${names.gateway}`,
    );
  }
  return incomplete(docker, evidence, services, missingServices, missingParents);
}

async function incomplete(
  docker: Docker,
  { request }: Evidence,
  services: readonly string[],
  missingServices: readonly string[],
  missingParents: number,
): Promise<Fault> {
  const whys = await Promise.all(missingServices.map((name) => whySilent(docker, name)));
  const others = services.filter((service) => service !== cliService);
  const lack = [
    ...missingServices.map((name, index) => `no span of ${name}${whys[index]}`),
    ...(others.length === 0 && missingServices.length === 0 ? ["no span of the called workload"] : []),
    ...(missingParents > 0 ? [`${missingParents} whose parent did not arrive`] : []),
  ];
  const answered = (request.status ?? 0) >= 400 ? `; the call was answered ${request.status}` : "";
  const what = lack.length > 0 ? lack.join(" and ") : "not the whole trace";
  const name = missingServices[0];
  return fault(
    "workload",
    `${services.join(", ")} arrived, but ${what}${answered}`,
    name === undefined ? "docker ps" : `docker inspect ${name}`,
  );
}

/** Why a service has no span, as far as the container of its name tells. */
async function whySilent(docker: Docker, service: string): Promise<string> {
  const found = await inspect(docker, service);
  if (found === undefined) return " (there is no container of that name)";
  if (!found.State.Running) return ` (its container does not run: ${stateOf(found)})`;
  const injected = (found.Config.Env ?? []).some((one) => one.startsWith("OTEL_"));
  return injected ? "" : " (its container has no OTEL_* environment, so it was not instrumented)";
}

function stateOf({ State, RestartCount }: ContainerInspectInfo & { RestartCount?: number }): string {
  const why = State.OOMKilled ? "it had too little memory" : `${State.Status}, exit code ${State.ExitCode}`;
  return RestartCount ? `${why}, started again ${RestartCount} times` : why;
}

const nameOf = ({ Name }: ContainerInspectInfo) => Name.replace(/^\//, "");

function fault(hop: Hop, what: string, next: string): Fault {
  return { hop, sentence: `${hop}: ${what}. Next: ${next}` };
}
