import { type Fields, fields } from "../common/objects.ts";
import { list, type Pod } from "./pods.ts";
import type { Finding, Manifest } from "./types.ts";

/** Volumes without a source, and sources that do not say of what. */
export function sourceless({ owner, spec }: Pod): Finding[] {
  return list(spec["volumes"]).flatMap((volume) => {
    const path = `volume ${volume["name"]}`;
    const { configMap, secret, persistentVolumeClaim, projected } = volume;
    const sources = list(fields(projected)["sources"]);
    const wrong: [boolean, string][] = [
      [Object.keys(volume).length < 2, "has no source"],
      [configMap !== undefined && fields(configMap)["name"] === undefined, "names no ConfigMap"],
      [secret !== undefined && fields(secret)["secretName"] === undefined, "names no Secret"],
      [
        persistentVolumeClaim !== undefined && fields(persistentVolumeClaim)["claimName"] === undefined,
        "names no claim",
      ],
      [projected !== undefined && sources.length === 0, "has no sources"],
      [sources.some((source) => Object.keys(source).length === 0), "has a source of nothing"],
      [
        sources.some(({ configMap: map, secret: key }) =>
          [map, key].some((one) => one !== undefined && fields(one)["name"] === undefined),
        ),
        "has a source without name",
      ],
    ];
    return wrong
      .filter(([bad]) => bad)
      .map(([, message]) => ({
        object: owner,
        path,
        message,
        fix: "configMap: {name: ...}, secret: {secretName: ...} or another source",
      }));
  });
}

/** Variables without value, and probes without a handler. */
export function hollow(owner: Manifest, name: string, spec: Fields): Finding[] {
  const probes = ["startupProbe", "readinessProbe", "livenessProbe"].flatMap((probe) => {
    const written = spec[probe];
    if (written === undefined) return [];
    const handlers = ["httpGet", "tcpSocket", "exec", "grpc"].filter((key) => fields(written)[key] !== undefined);
    const port = fields(fields(written)["httpGet"] ?? fields(written)["tcpSocket"])["port"];
    const ported = handlers.some((key) => key === "exec" || key === "grpc") || port !== undefined;
    return handlers.length === 1 && ported
      ? []
      : [
          {
            object: owner,
            path: probe,
            message: `of container ${name} asks nothing`,
            fix: `${probe}: {httpGet: {path: /, port: http}}`,
          },
        ];
  });
  const sources = ["fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef"];
  const variables = list(spec["env"])
    .filter(({ valueFrom }) => valueFrom !== undefined)
    .filter(({ valueFrom, value }) => {
      const from = fields(valueFrom);
      const one = sources.filter((key) => from[key] !== undefined);
      const inner = fields(from[one[0] ?? ""]);
      const whole = inner["fieldPath"] ?? inner["resource"] ?? inner["path"] ?? (inner["name"] && inner["key"]);
      return one.length !== 1 || value !== undefined || whole === undefined;
    })
    .map((variable) => ({
      object: owner,
      path: `env ${variable["name"]}`,
      message: `of container ${name} takes its value from nowhere`,
      fix: "valueFrom: {secretKeyRef: {name: ..., key: ...}}",
    }));
  const empty = list(spec["env"])
    .filter((variable) => variable["value"] === undefined && variable["valueFrom"] === undefined)
    .map((variable) => ({
      object: owner,
      path: `env ${variable["name"]}`,
      message: `of container ${name} has neither value nor valueFrom`,
      fix: "value: ...",
    }));
  return [...probes, ...variables, ...empty];
}

/** Things of one list with one name. */
export function twice(object: Manifest, path: string, all: readonly Fields[]): Finding[] {
  const names = all.map(({ name }) => name).filter((name) => name !== undefined);
  return names
    .filter((name, index) => names.indexOf(name) !== index)
    .map((name) => ({ object, path, message: `has ${name} twice`, fix: "a name for each" }));
}
