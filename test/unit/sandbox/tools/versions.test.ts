import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { agentImages, images } from "../../../../infra/versions.ts";
import { checkoutRoot } from "../../../../sandbox/paths.ts";
import { families } from "../../../../sandbox/tools/families.ts";

/** The version of a module in a family's go.mod, e.g. "v1.36.3". */
function pinned({ directory }: { directory: string }, module: string): string {
  const found = readFileSync(join(directory, "go.mod"), "utf8")
    .split("\n")
    .map((line) =>
      line
        .replace(/^require /, "")
        .trim()
        .split(" "),
    )
    .find(([name]) => name === module)?.[1];
  if (!found) throw new Error(`${directory}/go.mod does not name ${module}`);
  return found;
}

const tag = (image: string) => image.replace(/@.*$/, "").split(":").at(-1)!;
const { kubernetes, coredns, pulumi, jaeger, collector } = families;

it("stamps Kubernetes with its module's version", () => {
  const [version, major, minor] = Object.values(kubernetes.stamps);
  expect(version).toBe(pinned(kubernetes, "k8s.io/kubernetes"));
  expect(version).toMatch(new RegExp(`^v${major}\\.${minor}\\.`));
});

it("names the CoreDNS image by its module's version", () =>
  expect(tag(images.coredns)).toBe(pinned(coredns, "github.com/coredns/coredns")));

it("stamps Pulumi with its modules' version", () => {
  const stamp = Object.values(pulumi.stamps)[0];
  expect(stamp).toBe(pinned(pulumi, "github.com/pulumi/pulumi/pkg/v3"));
  expect(stamp).toBe(pinned(pulumi, "github.com/pulumi/pulumi/sdk/v3"));
});

it("stamps Jaeger and names its image by its module's version", () => {
  // Its module still counts as version 1, whose minor number is ahead by 63: v1.76.0 is v2.13.0.
  const [, minor, patch] = pinned(jaeger, "github.com/jaegertracing/jaeger").split(".");
  const version = `2.${Number(minor) - 63}.${patch}`;
  expect(Object.values(jaeger.stamps)).toEqual([`v${version}`]);
  expect(tag(images.jaeger)).toBe(version);
});

it("stamps the Collector and names its image by its modules' version", () => {
  const version = Object.values(collector.stamps)[0];
  expect(`v${version}`).toBe(pinned(collector, "go.opentelemetry.io/collector/otelcol"));
  expect(tag(images.collector)).toBe(version);
});

it("names the Node.js agent's image by the package it holds", () => {
  const text = readFileSync(join(checkoutRoot, "sandbox/images/nodejs-agent/package.json"), "utf8");
  const { version, dependencies } = JSON.parse(text) as { version: string; dependencies: Record<string, string> };
  expect(version).toBe(tag(agentImages.nodejs));
  expect(dependencies["@opentelemetry/auto-instrumentations-node"]).toBe(version);
});
