import { join } from "node:path";
import { checkoutRoot } from "../paths.ts";

/** One Go module of ours that pins a program, and how to build it. */
export interface Family {
  /** Folder with go.mod, go.sum and our main, if any. */
  readonly directory: string;
  /** Package to build: "." for a main of ours, "./..." for all of them, else a command that go.mod names as a tool. */
  readonly package: string;
  /** File name of the program in the cache; with several programs that of the folder that holds them, each named by its own. */
  readonly program: string;
  /** Version stamps (`-X` of the Go linker) that the upstream release sets too. */
  readonly stamps?: Readonly<Record<string, string>>;
}

const tool = (name: string) => join(checkoutRoot, "sandbox/tools", name);
const kubernetesVersion = "k8s.io/component-base/version";

/** The programs of the embedded cluster, of the examples and of tests, the longest build that others wait for first. */
export const families = {
  kubernetes: {
    directory: tool("kubernetes"),
    package: ".",
    program: "kubernetes",
    stamps: {
      [`${kubernetesVersion}.gitVersion`]: "v1.36.3",
      [`${kubernetesVersion}.gitMajor`]: "1",
      [`${kubernetesVersion}.gitMinor`]: "36",
    },
  },
  pause: { directory: tool("pause"), package: ".", program: "pause" },
  coredns: { directory: tool("coredns"), package: ".", program: "coredns" },
  pulumi: {
    directory: tool("pulumi"),
    package: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
    program: "pulumi",
    stamps: { "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": "v3.259.0" },
  },
  jaeger: {
    directory: tool("jaeger"),
    package: "github.com/jaegertracing/jaeger/cmd/jaeger",
    program: "jaeger",
    stamps: { "github.com/jaegertracing/jaeger/internal/version.latestVersion": "v2.13.0" },
  },
  collector: {
    directory: tool("collector"),
    package: ".",
    program: "otelcol-contrib",
    stamps: { "main.version": "0.159.0" },
  },
  frontend: { directory: join(checkoutRoot, "examples/frontend"), package: ".", program: "frontend" },
  shop: { directory: join(checkoutRoot, "examples/shop"), package: "./...", program: "shop" },
  "kube-score": {
    directory: tool("kube-score"),
    package: "github.com/zegl/kube-score/cmd/kube-score",
    program: "kube-score",
  },
} as const satisfies Record<string, Family>;

export type FamilyName = keyof typeof families;
/** Built for those who deploy the shop, and for tests. */
const onDemand: readonly FamilyName[] = ["shop", "kube-score"];
/** What a start needs. */
export const familyNames = (Object.keys(families) as FamilyName[]).filter((name) => !onDemand.includes(name));
