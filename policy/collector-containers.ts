import { fields, textual } from "../common/objects.ts";
import { collectorPods } from "./configurations.ts";
import { heardIn } from "./edges.ts";
import { filesIn, official } from "./files.ts";
import { at } from "./objects.ts";
import { containersOf, list } from "./pods.ts";
import type { Finding, Rule } from "./types.ts";

const containerPortListens: Rule = {
  name: "container-port-listens",
  description: "A port that a Collector's container declares is one that its configuration listens on.",
  why: "Services, probes and policies that name the port lead to nothing.",
  source: "https://opentelemetry.io/docs/collector/configuration/#receivers",
  severity: "error",
  example: {
    wrong: "ports: [{name: otlp-http, containerPort: 4381}]",
    right: "ports: [{name: otlp-http, containerPort: 4318}]",
  },
  check: (manifests) =>
    [...collectorPods(manifests)].flatMap(([pod, configurations]) => {
      const [container, ...others] = list(pod.spec["containers"]);
      const heard = heardIn(pod, manifests);
      const known = configurations.every(({ config }) =>
        Object.keys(fields(at(config, "receivers"))).every((id) => /^(otlp|zipkin|kafka|nop)(\/|$)/.test(id)),
      );
      // Where metrics are told by no reader, they are on a port of the Collector's own.
      const deaf = (port: unknown) =>
        typeof port === "number" && port !== 8888 && !heard.some((one) => one.port === port);
      if (container === undefined || others.length > 0 || !known || heard.length === 0) return [];
      return list(container["ports"])
        .filter(({ containerPort, protocol = "TCP" }) => protocol === "TCP" && deaf(containerPort))
        .map(({ containerPort }) => ({
          object: pod.owner,
          message: `container ${container["name"]} declares port ${containerPort}, on which its configuration does not listen`,
          fix: `containerPort: one of ${heard.map(({ port }) => port).join(", ")}`,
        }));
    }),
};

const configRead: Rule = {
  name: "config-file-mounted",
  description: "A Collector reads the configuration that is mounted for it, and it is there.",
  why: "It ends at once, or runs with the example configuration of its image.",
  source: "https://opentelemetry.io/docs/collector/configuration/#location",
  severity: "error",
  example: {
    wrong: "args: [--config=/etc/otel/config.yml]\nvolumeMounts: [{name: config, mountPath: /etc/otel}] # config.yaml",
    right: "args: [--config=/etc/otel/config.yaml]\nvolumeMounts: [{name: config, mountPath: /etc/otel}]",
  },
  check: (manifests) =>
    containersOf(manifests).flatMap(({ pod, name, spec }): Finding[] => {
      if (!official.test(textual(spec["image"]))) return [];
      const finding = (message: string, fix: string) => [
        { object: pod.owner, message: `container ${name} ${message}`, fix },
      ];
      const mounts = list(spec["volumeMounts"]);
      const words = [spec["command"], spec["args"]].flatMap((part) => (Array.isArray(part) ? part.map(String) : []));
      const given = words.flatMap((word, index) => {
        const [, path] = /^--config[= ](.+)$/.exec(word) ?? [];
        return path ?? (word === "--config" ? (words[index + 1] ?? []) : []);
      });
      const read = (collectorPods(manifests).get(pod) ?? []).filter(({ container }) => container === spec);
      if (given.length === 0) {
        // Without an argument each image reads a file of its own, which a mount may cover.
        const own = mounts.some(({ mountPath }) =>
          /^\/(etc\/(otelcol|jaeger)|conf$|cmd\/jaeger)/.test(textual(mountPath)),
        );
        return read.length === 0 || own
          ? []
          : finding("reads no configuration, though one is mounted", "args: [--config=...]");
      }
      return given.flatMap((argument) => {
        const path = argument.replace(/^file:/, "");
        if (!path.startsWith("/") || /^\/(etc\/(otelcol|jaeger)|cmd\/jaeger)/.test(path)) return [];
        const mount = mounts.find(
          ({ mountPath, subPath }) =>
            path === mountPath ||
            (subPath === undefined && path.startsWith(`${textual(mountPath).replace(/\/$/, "")}/`)),
        );
        if (mount === undefined)
          return finding(`reads ${path}, where nothing is mounted`, "volumeMounts: the folder of the file");
        const files = filesIn(pod, mount["name"], manifests);
        const file =
          mount["mountPath"] === path
            ? textual(mount["subPath"] ?? "")
            : path.slice(textual(mount["mountPath"]).replace(/\/$/, "").length + 1);
        return files === undefined || files.includes(file)
          ? []
          : finding(
              `reads ${path}, and the volume has ${files.join(", ") || "nothing"}`,
              `--config=${mount["mountPath"]}/${files[0] ?? ""}`,
            );
      });
    }),
};

/** Rules for what stands in a Collector's container beside its configuration. */
export const collectorContainerRules: readonly Rule[] = [containerPortListens, configRead];
