import { join } from "node:path";
import { agentImages } from "../../infra/versions.ts";
import { checkoutRoot } from "../paths.ts";
import { java, jre } from "./backends.ts";
import type { ImagePart, ImageSpec } from "./catalog.ts";

const inCheckout = (path: string) => join(checkoutRoot, path);

/** The program that an agent's init container runs, from one that has no shell of its own to offer. */
const copier: readonly ImagePart[] = [
  { kind: "linked", source: "busybox", path: "/bin/busybox" },
  { kind: "symlink", target: "busybox", path: "/bin/cp" },
  { kind: "symlink", target: "busybox", path: "/bin/sh" },
];

/** Debian 12's Python, with what its standard library needs for HTTP and TLS. */
export const python: ImagePart = {
  kind: "debian",
  packages: [
    ...["python3.11-minimal", "libpython3.11-minimal", "libpython3.11-stdlib"],
    ...["libc6", "libexpat1", "zlib1g", "libssl3", "libffi8", "libbz2-1.0", "liblzma5", "libuuid1", "libsqlite3-0"],
  ],
  path: "/",
};

/**
 * The agents of Java and Python, and the example services in these languages: made on demand only, for no one who starts needs them.
 * The agents stand under their upstream names and, like upstream's images, name no user: the pod has to.
 * The Python agent's compiled parts fit CPython 3.11 with glibc; there is no copy for musl in it.
 */
export const languages = {
  javaAgent: {
    reference: agentImages.java,
    entrypoint: ["/bin/sh"],
    user: "",
    parts: [...copier, { kind: "maven", source: inCheckout("sandbox/images/java-agent"), path: "/" }],
  },
  pythonAgent: {
    reference: agentImages.python,
    entrypoint: ["/bin/sh"],
    user: "",
    parts: [
      ...copier,
      { kind: "pip", source: inCheckout("sandbox/images/python-agent"), path: "/autoinstrumentation" },
    ],
  },
  ratings: {
    reference: "docker.io/throughline/example-ratings:0.1.0",
    entrypoint: [java, "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "/app/Ratings.java"],
    user: "10001:10001",
    parts: [
      jre,
      { kind: "file", source: inCheckout("examples/languages/ratings/Ratings.java"), path: "/app/Ratings.java" },
    ],
  },
  words: {
    reference: "docker.io/throughline/example-words:0.1.0",
    entrypoint: ["/usr/bin/python3.11", "/app/words.py"],
    user: "10001:10001",
    parts: [
      python,
      // Not beside the program: the agent looks for what it knows before Python puts the program's own folder on its path.
      { kind: "pip", source: inCheckout("examples/languages/words"), path: "/usr/local/lib/python3.11/dist-packages" },
      { kind: "file", source: inCheckout("examples/languages/words/words.py"), path: "/app/words.py" },
      { kind: "file", source: inCheckout("examples/languages/words/report.py"), path: "/app/report.py" },
    ],
  },
} as const satisfies Record<string, ImageSpec>;

export type LanguageImage = keyof typeof languages;
