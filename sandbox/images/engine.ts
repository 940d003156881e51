import { images } from "../../infra/versions.ts";
import type { ImageSpec } from "./catalog.ts";

/** Images that only the target docker needs, beside the catalog's. */
export const engineImages = {
  busybox: {
    reference: images.busybox,
    entrypoint: [],
    cmd: ["sh"],
    user: "",
    parts: [
      { kind: "linked", source: "busybox", path: "/bin/busybox" },
      { kind: "symlink", target: "busybox", path: "/bin/chown" },
      { kind: "symlink", target: "busybox", path: "/bin/sh" },
      { kind: "symlink", target: "busybox", path: "/bin/wget" },
    ],
  },
} as const satisfies Record<string, ImageSpec>;

export type EngineImage = keyof typeof engineImages;
