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

/** Keys of the objects in them that are understood, by where they are. */
export const nestedOptions: Readonly<Record<string, readonly string[]>> = {
  labels: ["label", "value"],
  capabilities: ["adds", "drops"],
  healthcheck: ["tests", "interval", "timeout", "startPeriod", "retries"],
  ulimits: ["name", "soft", "hard"],
  hosts: ["host", "ip"],
  networksAdvanced: ["name", "aliases", "ipv4Address", "ipv6Address"],
  ports: ["internal", "external", "ip", "protocol"],
  mounts: ["target", "source", "type", "readOnly", "volumeOptions", "tmpfsOptions"],
  "mounts.volumeOptions": ["noCopy", "labels", "driverName", "driverOptions"],
  "mounts.tmpfsOptions": ["sizeBytes", "mode"],
  volumes: ["volumeName", "hostPath", "containerPath", "readOnly", "fromContainer"],
};

/** What the engine is asked to make, in the first of the networks. @param extraLabels Labels beside the inputs' own. */
export function createOptions(inputs: Props, extraLabels: Readonly<Record<string, string>>): ContainerCreateOptions {
  const [first] = objects(inputs, "networksAdvanced");
  const ports = objects(inputs, "ports").map(
    (port) => `${number(port, "internal")}/${text(port, "protocol") ?? "tcp"}`,
  );
  return {
    Image: text(inputs, "image") ?? "",
    Env: texts(inputs, "envs"),
    Labels: { ...labels(inputs), ...extraLabels },
    HostConfig: hostConfig(inputs, first),
    ExposedPorts: Object.fromEntries(ports.map((port) => [port, {}])),
    Volumes: Object.fromEntries(objects(inputs, "volumes").flatMap(unnamedVolume)),
    ...(first && { NetworkingConfig: { EndpointsConfig: { [text(first, "name") ?? ""]: endpointOf(first) } } }),
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

function hostConfig(inputs: Props, network: Props | undefined): HostConfig {
  const capabilities = inputs["capabilities"];
  const volumes = objects(inputs, "volumes");
  const [binds, others] = [volumes.flatMap(bindOf), volumes.flatMap((one) => text(one, "fromContainer") ?? [])];
  const cpus = text(inputs, "cpus");
  const logDriver = text(inputs, "logDriver");
  return {
    ...resources(inputs),
    NetworkMode: text(inputs, "networkMode") ?? text(network ?? {}, "name") ?? "default",
    PortBindings: portBindings(inputs),
    Mounts: objects(inputs, "mounts").map(mountOf),
    ...(isProps(capabilities) && { CapAdd: texts(capabilities, "adds"), CapDrop: texts(capabilities, "drops") }),
    ...(logDriver && { LogConfig: { Type: logDriver, Config: textMap(inputs, "logOpts") ?? {} } }),
    ...given({
      Binds: binds.length > 0 ? binds : undefined,
      VolumesFrom: others.length > 0 ? others : undefined,
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

/** What a container is in one of its networks. */
export function endpointOf(network: Props) {
  const own = given({ IPv4Address: text(network, "ipv4Address"), IPv6Address: text(network, "ipv6Address") });
  return { Aliases: texts(network, "aliases"), ...(Object.keys(own).length > 0 && { IPAMConfig: own }) };
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

/** A path alone: the engine makes a volume without a name for it. */
function unnamedVolume(volume: Props): [string, object][] {
  const path = text(volume, "containerPath");
  const named = text(volume, "volumeName") ?? text(volume, "hostPath") ?? text(volume, "fromContainer");
  return path === undefined || named !== undefined ? [] : [[path, {}]];
}

/** `source:path[:ro]` where there is a source. */
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
