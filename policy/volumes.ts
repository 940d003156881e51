import { fields } from "../common/objects.ts";
import { collectorPods } from "./configurations.ts";
import { at, find } from "./objects.ts";
import { list, podsOf } from "./pods.ts";
import { keepsOnDisk, scalersOf } from "./rollout.ts";
import type { Finding, Rule } from "./types.ts";

const claimRetention: Rule = {
  name: "claim-retention-explicit",
  description: "A StatefulSet of Collectors or Jaeger says that its volumes stay when it is deleted or scaled down.",
  why: "On the volumes is what was acknowledged and not sent yet, or all traces.",
  source: "https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#persistentvolumeclaim-retention",
  severity: "warning",
  example: {
    wrong: "persistentVolumeClaimRetentionPolicy: {whenDeleted: Delete, whenScaled: Delete}",
    right: "persistentVolumeClaimRetentionPolicy: {whenDeleted: Retain, whenScaled: Retain}",
  },
  check: (manifests) =>
    [...collectorPods(manifests).keys()]
      .filter(({ owner }) => owner.kind === "StatefulSet" && list(at(owner, "spec", "volumeClaimTemplates")).length > 0)
      .flatMap(({ owner }) =>
        ["whenDeleted", "whenScaled"].flatMap((when) => {
          const path = `spec.persistentVolumeClaimRetentionPolicy.${when}`;
          const value = at(owner, "spec", "persistentVolumeClaimRetentionPolicy", when);
          if (value === "Retain") return [];
          return [{ object: owner, path, message: `is ${value ?? "not set"}`, fix: `${when}: Retain` }];
        }),
      ),
};

const oneWriter: Rule = {
  name: "one-writer-per-volume",
  description: "A volume that one node can write to has one pod, and the old pod goes before the new one comes.",
  why: "The second pod waits for the volume for ever, or two of them write to one file.",
  source: "https://kubernetes.io/docs/concepts/storage/persistent-volumes/#access-modes",
  severity: "error",
  example: {
    wrong: "kind: Deployment\nspec: {strategy: {type: RollingUpdate}} # with a claim ReadWriteOnce",
    right: "kind: Deployment\nspec: {strategy: {type: Recreate}}",
  },
  check: (manifests) => {
    const uses = podsOf(manifests).flatMap((pod) =>
      list(pod.spec["volumes"]).flatMap((volume) => {
        const name = at(volume, "persistentVolumeClaim", "claimName");
        const claim = name === undefined ? undefined : find(manifests, "PersistentVolumeClaim", pod.namespace, name);
        const modes = at(claim, "spec", "accessModes");
        const single = Array.isArray(modes) && modes.every((mode) => /^ReadWriteOnce(Pod)?$/.test(String(mode)));
        const configs = (collectorPods(manifests).get(pod) ?? []).map(({ config }) => config);
        return name !== undefined && (single || keepsOnDisk(pod, configs)) ? [{ pod, name: String(name) }] : [];
      }),
    );
    const shared = Map.groupBy(uses, ({ pod, name }) => `${pod.namespace}/${name}`);
    return uses.flatMap(({ pod, name }): Finding[] => {
      const { owner } = pod;
      const finding = (path: string, message: string, fix: string) => [{ object: owner, path, message, fix }];
      const replicas = at(owner, "spec", "replicas");
      const fix = "a StatefulSet with volumeClaimTemplates";
      if (typeof replicas === "number" && replicas > 1) {
        return finding("spec.replicas", `is ${replicas}, and all of them have the volume of claim ${name}`, fix);
      }
      if (scalersOf(owner, manifests).length > 0) {
        return finding("volumes", `have claim ${name}, which several pods of an autoscaler would share`, fix);
      }
      const first = shared.get(`${pod.namespace}/${name}`)?.[0]?.pod.owner;
      if (first && first !== owner) {
        return finding(
          "volumes",
          `have claim ${name}, which ${first.kind} ${first.metadata.name} has too`,
          "a claim of its own",
        );
      }
      return owner.kind === "Deployment" && at(owner, "spec", "strategy", "type") !== "Recreate"
        ? finding(
            "spec.strategy",
            `starts the new pod beside the old one, which has claim ${name}`,
            "strategy: {type: Recreate}",
          )
        : [];
    });
  },
};

const startupProbe: Rule = {
  name: "startup-probe-for-storage",
  description: "A program that opens a queue or database on a volume has a startup probe.",
  why: "A large file is read through first, and a liveness probe ends the program before it is done, again and again.",
  source: "https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/",
  severity: "warning",
  example: {
    wrong: "livenessProbe: {httpGet: {path: /, port: 13133}} # with file_storage",
    right:
      "livenessProbe: {httpGet: {path: /, port: 13133}}\nstartupProbe: {httpGet: {path: /, port: 13133}, failureThreshold: 60}",
  },
  check: (manifests) =>
    [...collectorPods(manifests)].flatMap(([pod, configurations]) => {
      const claims = list(at(pod.owner, "spec", "volumeClaimTemplates"));
      const lasting = claims.length > 0 || list(pod.spec["volumes"]).some((volume) => volume["persistentVolumeClaim"]);
      if (!lasting) return [];
      const containers = new Set(configurations.flatMap(({ container }) => (container ? [container] : [])));
      return [...containers]
        .filter(({ livenessProbe, startupProbe }) => livenessProbe !== undefined && startupProbe === undefined)
        .filter(({ livenessProbe }) => Number(fields(livenessProbe)["initialDelaySeconds"] ?? 0) < 30)
        .map(({ name }) => ({
          object: pod.owner,
          path: "startupProbe",
          message: `of container ${name} is not set, and it opens storage on a volume`,
          fix: "startupProbe: the liveness probe with periodSeconds: 1, failureThreshold: 60",
        }));
    }),
};

/** Rules for volumes that outlast their pods. */
export const volumeRules: readonly Rule[] = [claimRetention, oneWriter, startupProbe];
