import { join } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { afterAll, beforeAll } from "vitest";
import { stateDir } from "../../sandbox/paths.ts";
import { makeProject, type Project } from "../engine/project.ts";
import { kubectl } from "./kubectl.ts";

// The stand-in provider against the suite's API server: each test applies a program of its own into one namespace per file.
export const namespace = `provider-trial-${process.pid}`;
export const kubeconfig = join(stateDir(), "kubeconfig");
const config = new KubeConfig();
config.loadFromFile(kubeconfig);
export const context = config.getCurrentContext();

/** The project of the file that runs; made by useTrial. */
export let project: Project;

export const header = (args = JSON.stringify({ kubeconfig, context })) => `
  import * as pulumi from "@pulumi/pulumi";
  import * as k8s from "@pulumi/kubernetes";
  const provider = new k8s.Provider("cluster", ${args});
  const options = { provider };
  const namespace = ${JSON.stringify(namespace)};
`;
export const configMap = (data: string, metadata = "") => `
  const map = new k8s.core.v1.ConfigMap("map", { metadata: { name: "map", namespace, ${metadata} }, data: ${data} }, options);
`;
export const deployment = (spec: string, annotations = "{}", more = "") => `
  const labels = { app: "web" };
  new k8s.apps.v1.Deployment("web", {
    metadata: { name: "web", namespace, annotations: ${annotations} },
    spec: { replicas: 1, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { ${spec} } }, ${more} },
    // The annotation is meant for the waits until it is ready.
  }, { ...options, customTimeouts: { delete: "5m" } });
`;
export const unschedulable = `nodeSelector: { nowhere: "yes" }, containers: [{ name: "c", image: "registry.k8s.io/pause:3.10" }]`;

export const up = async (program: string, settings?: string) => {
  project.write(header(settings) + program);
  return project.pulumi(["up", "--yes", "--skip-preview"]);
};
export const preview = async (program: string, settings?: string) => {
  project.write(header(settings) + program);
  return project.pulumi(["preview", "--diff"]);
};
export const get = async (...args: string[]) =>
  JSON.parse(await kubectl("-n", namespace, "get", ...args, "-o", "json"));

/** What a run gave, and how many milliseconds it took. */
export const timed = async <T>(run: Promise<T>): Promise<[T, number]> => {
  const begun = Date.now();
  return [await run, Date.now() - begun];
};

/** Makes the namespace and the project before the file's tests, and removes both after them. */
export function useTrial(): void {
  beforeAll(async () => {
    await kubectl("create", "namespace", namespace);
    project = await makeProject("");
  });
  afterAll(async () => {
    await project.pulumi(["destroy", "--yes", "--skip-preview"]);
    project.remove();
    // To its end: the file that runs next may take stock of the cluster.
    await kubectl("delete", "namespace", namespace);
  });
}
