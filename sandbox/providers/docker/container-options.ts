import type { ContainerCreateOptions, HostConfig, MountSettings } from "dockerode";
import type { Props } from "../kubernetes/values.ts";
import { isProps } from "../kubernetes/values.ts";
import { bytes, flag, given, labels, nanoseconds, number, objects, text, textMap, texts } from "./inputs.ts";

/** Inputs of docker:index/container:Container that go into the options. */
export const optionInputs = [
  ...["name", "image", "hostname", "domainname", "command", "entrypoints", "envs", "user", "workingDir", "labels"],
  ...["readOnly", "tmpfs", "capabilities", "securityOpts", "groupAdds", "privileged", "init", "healthcheck", "shmSize"],
  ...["memory", "memoryReservation", "memorySwap", "cpuShares", "cpuSet", "cpus", "ulimits", "sysctls", "pidMode"],
  ...["restart", "maxRetryCount", "stopSignal", "stopTimeout", "logDriver", "logOpts", "hosts", "dns", "ipcMode"],
  ...["networkMode", "networksAdvanced", "ports", "publishAllPorts", "mounts", "volumes", "tty", "stdinOpen"],
];

/** What the engine is asked to make. @param extraLabels Labels beside the inputs' own. */
export function createOptions(inputs: Props, extraLabels: Readonly<Record<string, string>>): ContainerCreateOptions {
  const networks = objects(inputs, "networksAdvanced");
  const ports = objects(inputs, "ports").map(
    (port) => `${number(port, "internal")}/${text(port, "protocol") ?? "tcp"}`,
  );
  return {
    Image: text(inputs, "image") ?? "",
    Env: texts(inputs, "envs"),
    Labels: { ...labels(inputs), ...extraLabels },
    HostConfig: hostConfig(inputs, networks),
    ExposedPorts: Object.fromEntries(ports.map((port) => [port, {}])),
    ...(networks.length > 0 && { NetworkingConfig: { EndpointsConfig: endpoints(networks) } }),
    ...given({
      name: text(inputs, "name"),
      Hostname: text(inputs, "hostname"),
      Domainname: text(inputs, "domainname"),
      Cmd: inputs["command"] === undefined ? undefined : texts(inputs, "command"),
      Entrypoint: inputs["entrypoints"] === undefined ? undefined : texts(inputs, "entrypoints"),
      User: text(inputs, "user"),
      WorkingDir: text(inputs, "workingDir"),
      StopSignal: text(inputs, "stopSignal"),
      StopTimeout: number(inputs, "stopTimeout"),
      Tty: flag(inputs, "tty"),
      OpenStdin: flag(inputs, "stdinOpen"),
      Healthcheck: healthcheck(inputs),
    }),
  };
}

/** The settings that can be changed while it runs. */
export function resources(inputs: Props): HostConfig {
  return {
    RestartPolicy: { Name: text(inputs, "restart") ?? "no", MaximumRetryCount: number(inputs, "maxRetryCount") ?? 0 },
    ...given({
      Memory: bytes(number(inputs, "memory")),
      MemoryReservation: bytes(number(inputs, "memoryReservation")),
      // As the engine would choose, said because an update without it may ask for less than the memory.
      MemorySwap: bytes(number(inputs, "memorySwap")),
      CpuShares: number(inputs, "cpuShares"),
      CpusetCpus: text(inputs, "cpuSet"),
    }),
  };
}

function hostConfig(inputs: Props, networks: readonly Props[]): HostConfig {
  const capabilities = inputs["capabilities"];
  const binds = objects(inputs, "volumes").flatMap(bindOf);
  const cpus = text(inputs, "cpus");
  const logDriver = text(inputs, "logDriver");
  return {
    ...resources(inputs),
    NetworkMode: text(inputs, "networkMode") ?? text(networks[0] ?? {}, "name") ?? "default",
    PortBindings: portBindings(inputs),
    Mounts: objects(inputs, "mounts").map(mountOf),
    ...(isProps(capabilities) && { CapAdd: texts(capabilities, "adds"), CapDrop: texts(capabilities, "drops") }),
    ...(logDriver && { LogConfig: { Type: logDriver, Config: textMap(inputs, "logOpts") ?? {} } }),
    ...given({
      Binds: binds.length > 0 ? binds : undefined,
      ReadonlyRootfs: flag(inputs, "readOnly"),
      Tmpfs: textMap(inputs, "tmpfs"),
      SecurityOpt: inputs["securityOpts"] === undefined ? undefined : texts(inputs, "securityOpts"),
      GroupAdd: inputs["groupAdds"] === undefined ? undefined : texts(inputs, "groupAdds"),
      Privileged: flag(inputs, "privileged"),
      Init: flag(inputs, "init"),
      ShmSize: bytes(number(inputs, "shmSize")),
      NanoCpus: cpus === undefined ? undefined : Math.round(Number(cpus) * 1e9),
      Sysctls: textMap(inputs, "sysctls"),
      PidMode: text(inputs, "pidMode"),
      IpcMode: text(inputs, "ipcMode"),
      Dns: inputs["dns"] === undefined ? undefined : texts(inputs, "dns"),
      PublishAllPorts: flag(inputs, "publishAllPorts"),
      ExtraHosts:
        inputs["hosts"] === undefined
          ? undefined
          : objects(inputs, "hosts").map((one) => `${text(one, "host")}:${text(one, "ip")}`),
      Ulimits:
        inputs["ulimits"] === undefined
          ? undefined
          : objects(inputs, "ulimits").map((one) => ({
              Name: text(one, "name") ?? "",
              Soft: number(one, "soft") ?? 0,
              Hard: number(one, "hard") ?? 0,
            })),
    }),
  };
}

function endpoints(networks: readonly Props[]) {
  return Object.fromEntries(
    networks.map((one) => [
      text(one, "name") ?? "",
      {
        Aliases: texts(one, "aliases"),
        ...(text(one, "ipv4Address") && { IPAMConfig: { IPv4Address: text(one, "ipv4Address") as string } }),
      },
    ]),
  );
}

function portBindings(inputs: Props) {
  const bindings: Record<string, { HostIp: string; HostPort: string }[]> = {};
  for (const port of objects(inputs, "ports")) {
    const key = `${number(port, "internal")}/${text(port, "protocol") ?? "tcp"}`;
    const external = number(port, "external");
    const binding = { HostIp: text(port, "ip") ?? "0.0.0.0", HostPort: external === undefined ? "" : String(external) };
    bindings[key] = [...(bindings[key] ?? []), binding];
  }
  return bindings;
}

function mountOf(mount: Props): MountSettings {
  const { volumeOptions, tmpfsOptions } = mount;
  return {
    Target: text(mount, "target") ?? "",
    Source: text(mount, "source") ?? "",
    Type: (text(mount, "type") ?? "volume") as MountSettings["Type"],
    ReadOnly: flag(mount, "readOnly") ?? false,
    ...(isProps(volumeOptions) && {
      VolumeOptions: {
        NoCopy: flag(volumeOptions, "noCopy") ?? false,
        Labels: labels(volumeOptions),
        DriverConfig: {
          Name: text(volumeOptions, "driverName") ?? "",
          Options: textMap(volumeOptions, "driverOptions") ?? {},
        },
      },
    }),
    ...(isProps(tmpfsOptions) && {
      TmpfsOptions: { SizeBytes: number(tmpfsOptions, "sizeBytes") ?? 0, Mode: number(tmpfsOptions, "mode") ?? 0o1777 },
    }),
  };
}

/** `source:path[:ro]`; a volume of another container is none of them. */
function bindOf(volume: Props): string[] {
  const source = text(volume, "volumeName") ?? text(volume, "hostPath");
  const path = text(volume, "containerPath");
  if (path === undefined || source === undefined) return [];
  return [[source, path, ...(flag(volume, "readOnly") ? ["ro"] : [])].join(":")];
}

function healthcheck(inputs: Props): ContainerCreateOptions["Healthcheck"] {
  const check = inputs["healthcheck"];
  if (!isProps(check)) return undefined;
  return given({
    Test: texts(check, "tests"),
    Interval: nanoseconds(text(check, "interval")),
    Timeout: nanoseconds(text(check, "timeout")),
    StartPeriod: nanoseconds(text(check, "startPeriod")),
    Retries: number(check, "retries"),
  });
}
