import { leaves } from "../collector-config/rules/reading.ts";
import { fields, textual } from "../common/objects.ts";
import { collectorPods } from "./configurations.ts";
import { find } from "./objects.ts";
import { list, type Pod } from "./pods.ts";
import { keysOf } from "./references.ts";
import type { Finding, Manifest, Rule } from "./types.ts";

/** Names of the files of a volume, where all that it is made of is among the manifests or written out. */
export function filesIn(pod: Pod, name: unknown, manifests: readonly Manifest[]): string[] | undefined {
  const volume = list(pod.spec["volumes"]).find((one) => one["name"] === name);
  if (volume === undefined) return undefined;
  const { configMap, secret, projected } = volume;
  if (configMap) return filesOf("ConfigMap", fields(configMap)["name"], configMap, pod, manifests);
  if (secret) return filesOf("Secret", fields(secret)["secretName"], secret, pod, manifests);
  if (!projected) return undefined;
  const parts = list(fields(projected)["sources"]).map((source): string[] | undefined => {
    const { configMap: map, secret: key, serviceAccountToken, downwardAPI, clusterTrustBundle } = source;
    if (map) return filesOf("ConfigMap", fields(map)["name"], map, pod, manifests);
    if (key) return filesOf("Secret", fields(key)["name"], key, pod, manifests);
    if (downwardAPI) return list(fields(downwardAPI)["items"]).map(({ path }) => textual(path));
    const single = fields(serviceAccountToken ?? clusterTrustBundle)["path"];
    return typeof single === "string" ? [single] : undefined;
  });
  return parts.some((part) => part === undefined) ? undefined : parts.flatMap((part) => part ?? []);
}

function filesOf(
  kind: string,
  name: unknown,
  source: unknown,
  pod: Pod,
  manifests: readonly Manifest[],
): string[] | undefined {
  const { items, optional } = fields(source);
  if (Array.isArray(items)) return list(items).map(({ path }) => textual(path));
  const object = optional === true ? undefined : find(manifests, kind, pod.namespace, name);
  return object && keysOf(object);
}

/** The images that hold no files of the user's. */
export const official =
  /(^|\/)(otel\/opentelemetry-collector[\w-]*|opentelemetry-collector-releases\/[\w-]+|jaegertracing\/jaeger)[:@]/;

/** Folders that images and Kubernetes fill by themselves. */
const given = /^\/(etc\/(ssl|pki|ca-certificates|otelcol|jaeger)|usr|var\/run\/secrets|run|proc|sys|dev|cmd)\//;

const fileMounted: Rule = {
  name: "collector-file-mounted",
  description:
    "Each file that a Collector's configuration names, such as a certificate, is in the volume mounted there.",
  why: "The Collector ends at its start, and what it should take or send is lost.",
  source: "https://opentelemetry.io/docs/collector/configuration/#setting-up-certificates",
  severity: "error",
  example: {
    wrong:
      "tls: {cert_file: /tls/tls.crt}\nvolumes: [{name: tls, secret: {secretName: tls, items: [{key: tls.crt, path: cert}]}}]",
    right:
      "tls: {cert_file: /tls/tls.crt}\nvolumes: [{name: tls, secret: {secretName: tls, items: [{key: tls.crt, path: tls.crt}]}}]",
  },
  check: (manifests) =>
    [...collectorPods(manifests)].flatMap(([pod, read]) =>
      read.flatMap(({ config, container }) => {
        if (container === undefined) return [];
        const named = leaves(config, "").filter(
          ({ key, value }) => key.endsWith("_file") && typeof value === "string" && value.startsWith("/"),
        );
        return [...new Set(named.map(({ value }) => String(value)))].flatMap((file): Finding[] => {
          const finding = (message: string, fix: string) => [
            { object: pod.owner, message: `container ${container["name"]} reads ${file}, ${message}`, fix },
          ];
          const mount = list(container["volumeMounts"])
            .filter(({ mountPath }) => file === mountPath || file.startsWith(`${folder(mountPath)}/`))
            .sort((a, b) => textual(b["mountPath"]).length - textual(a["mountPath"]).length)[0];
          if (mount === undefined)
            return official.test(textual(container["image"])) && !given.test(file)
              ? finding("where nothing is mounted", "volumeMounts: the folder of the file")
              : [];
          if (mount["subPath"] !== undefined || mount["subPathExpr"] !== undefined) return [];
          const files = filesIn(pod, mount["name"], manifests);
          const inside = file.slice(folder(mount["mountPath"]).length + 1);
          return files === undefined || files.includes(inside)
            ? []
            : finding(
                `and the volume there has ${files.join(", ") || "nothing"}`,
                `items: [{key: ..., path: ${inside}}]`,
              );
        });
      }),
    ),
};

function folder(mountPath: unknown): string {
  return textual(mountPath).replace(/\/$/, "");
}

/** Rules for the files that configurations name. */
export const fileRules: readonly Rule[] = [fileMounted];
