import type { V1PersistentVolumeClaim } from "@kubernetes/client-node";
import { describe, expect, it } from "vitest";
import { restartDelay } from "../../../../sandbox/node/supervisor.ts";
import { volumeFor, wantsVolume } from "../../../../sandbox/node/volumes.ts";

const claim: V1PersistentVolumeClaim = {
  metadata: {
    name: "queue",
    namespace: "observability",
    uid: "u-1",
    annotations: {
      "volume.kubernetes.io/storage-provisioner": "throughline.dev/local",
      "volume.kubernetes.io/selected-node": "tl-000001",
    },
  },
  spec: {
    storageClassName: "throughline-local",
    accessModes: ["ReadWriteOnce"],
    resources: { requests: { storage: "2Gi" } },
  },
  status: { phase: "Pending" },
};

describe("wantsVolume", () => {
  it("takes a claim that a pod uses", () => expect(wantsVolume(claim)).toBe(true));

  it.each<[string, V1PersistentVolumeClaim]>([
    ["of another class", { ...claim, spec: { ...claim.spec, storageClassName: "other" } }],
    ["that has a volume", { ...claim, spec: { ...claim.spec, volumeName: "pvc-u-1" } }],
    ["that is bound", { ...claim, status: { phase: "Bound" } }],
    ["that no pod uses yet", { ...claim, metadata: { ...claim.metadata, annotations: {} } }],
    ["that is being deleted", { ...claim, metadata: { ...claim.metadata, deletionTimestamp: new Date(0) } }],
  ])("leaves one %s", (_, other) => expect(wantsVolume(other)).toBe(false));
});

describe("volumeFor", () => {
  it("makes a local volume for this claim on this node", () => {
    const { metadata, spec } = volumeFor(claim, "/state/volumes/pvc-u-1", "tl-000001");
    expect(metadata?.name).toBe("pvc-u-1");
    expect(spec).toMatchObject({
      capacity: { storage: "2Gi" },
      accessModes: ["ReadWriteOnce"],
      persistentVolumeReclaimPolicy: "Delete",
      storageClassName: "throughline-local",
      claimRef: { namespace: "observability", name: "queue", uid: "u-1" },
      local: { path: "/state/volumes/pvc-u-1" },
    });
    expect(spec?.nodeAffinity?.required?.nodeSelectorTerms[0]?.matchExpressions?.[0]?.values).toEqual(["tl-000001"]);
  });
});

describe("restartDelay", () => {
  const now = 1_000_000;
  it("doubles with each death and gives up at the fourth within a minute", () => {
    expect([1, 2, 3, 4].map((count) => restartDelay(Array(count).fill(now - 1000), now))).toEqual([
      250,
      500,
      1000,
      undefined,
    ]);
  });
  it("forgets deaths of more than a minute ago", () => {
    expect(restartDelay([1, 2, 3, now], now)).toBe(250);
  });
});
