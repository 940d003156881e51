// Your own app beside this project's stack (throughline up --target docker): its image is built from app/, its container instrumented by one
// label. A change in app/ makes a new image and a new container, and nothing else.
// Run: pulumi stack init dev && pulumi config set dockerHost unix:///var/run/docker.sock && pulumi up
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { instrument } from "../../../instrumentation/docker.ts";

const provider = new docker.Provider("engine", { host: new pulumi.Config().require("dockerHost") });
const opts = { provider };

const image = new docker.Image(
  "greeter",
  {
    imageName: "greeter:dev",
    build: { context: "app", dockerfile: "app/Dockerfile", platform: "linux/amd64" },
    // It stays in the engine that built it.
    skipPush: true,
  },
  opts,
);

new docker.Container(
  "greeter",
  instrument(
    {
      name: "greeter",
      // The name stays when the content changes; this does not.
      image: image.repoDigest,
      labels: [{ label: "instrumentation.opentelemetry.io/inject-nodejs", value: "true" }],
      ports: [{ internal: 8080, external: 8081, ip: "127.0.0.1" }],
      restart: "unless-stopped",
      readOnly: true,
      capabilities: { drops: ["ALL"] },
      securityOpts: ["no-new-privileges"],
    },
    {},
    opts,
  ),
  opts,
);
