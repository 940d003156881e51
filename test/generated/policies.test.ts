import { expect, test } from "vitest";
import { silentProgress } from "../../common/progress.ts";
import type { Manifest } from "../../policy/types.ts";
import { buildTools } from "../../sandbox/tools/build.ts";
import { accepted } from "../judges/accepted.ts";
import { unaccepted } from "../judges/finding.ts";
import { askKubeScore } from "../judges/kube-score.ts";
import { askMonokle } from "../judges/monokle.ts";
import { brokenBy } from "../policy/settings.ts";

/** Some of the settings ask for a single pod of a role. */
const asked = /^kube-score deployment-replicas: Deployment jaeger-(collector|ingester|query): /;

// It needs no cluster, only time: rendering takes half a second each.
test("three hundred settings that users may write keep every rule, and outside judges find nothing new in their manifests", async () => {
  const kubeScore = await buildTools(["kube-score"], silentProgress)["kube-score"];
  const judges = async (manifests: readonly Manifest[]) => {
    const [monokle, score] = await Promise.all([askMonokle(manifests), askKubeScore(kubeScore, manifests)]);
    return unaccepted([...monokle, ...score], accepted).filter((finding) => !asked.test(finding));
  };
  expect(await brokenBy(300, 7, judges)).toEqual([]);
});
