import { beforeAll, expect, test } from "vitest";
import { silentProgress } from "../../common/progress.ts";
import type { Manifest } from "../../policy/types.ts";
import { buildTools } from "../../sandbox/tools/build.ts";
import { accepted } from "../judges/accepted.ts";
import { type Finding, verdict } from "../judges/finding.ts";
import { askKubeScore } from "../judges/kube-score.ts";
import { askMonokle } from "../judges/monokle.ts";
import { judgedStacks } from "../judges/stacks.ts";

let kubeScore: string;
let found: Finding[];

beforeAll(async () => {
  kubeScore = await buildTools(["kube-score"], silentProgress)["kube-score"];
  const asked = (await judgedStacks()).map(async ({ manifests }) => [
    ...(await askMonokle(manifests)),
    ...(await askKubeScore(kubeScore, manifests)),
  ]);
  found = (await Promise.all(asked)).flat();
}, 600_000);

test("monokle and kube-score find nothing in any stack that was not looked at and accepted", () => {
  expect(verdict(["monokle", "kube-score"], found, accepted)).toEqual([]);
});

test("an entry that is found no more is told, and so is a finding that has no entry", () => {
  const gone = found.filter(({ rule, object }) => rule !== "KBP003" || object !== "DaemonSet otel-agent");
  expect(verdict(["monokle", "kube-score"], gone, accepted)).toEqual([
    "monokle KBP003: DaemonSet otel-agent is accepted, but found no more",
  ]);
  const other: Finding = { judge: "monokle", rule: "KBP003", object: "Deployment other", message: "said so" };
  expect(verdict(["monokle", "kube-score"], [...found, other], accepted)).toEqual([
    "monokle KBP003: Deployment other: said so",
  ]);
});

test("both see what is wrong with a careless workload", async () => {
  const labels = { app: "web" };
  const container = { name: "web", image: "web:latest", ports: [{ hostPort: 80, containerPort: 80 }] };
  const careless: Manifest = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", namespace: "shop" },
    spec: {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { hostNetwork: true, containers: [container] } },
    },
  };
  const rules = async (asked: Promise<Finding[]>) => new Set((await asked).map(({ rule }) => rule));
  const [monokle, score] = [await rules(askMonokle([careless])), await rules(askKubeScore(kubeScore, [careless]))];
  expect([...monokle]).toEqual(expect.arrayContaining(["KBP001", "KBP102", "PSS102", "PSS106", "PSS202", "PSS206"]));
  expect([...score]).toEqual(
    expect.arrayContaining(["container-image-tag", "container-resources", "pod-networkpolicy"]),
  );
});
