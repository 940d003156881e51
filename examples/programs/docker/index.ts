// Two containers beside this project's stack (throughline up --target docker), each instrumented by one label.
// The two images are made in this project (examples/frontend, examples/quotes) and are in no registry: put your own in their place, and its port.
// Run: pulumi stack init dev && pulumi config set dockerHost unix:///var/run/docker.sock && pulumi up
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { instrument } from "../../../instrumentation/docker.ts";

const provider = new docker.Provider("engine", { host: new pulumi.Config().require("dockerHost") });
const opts = { provider };

/** Asks for traces, as the annotation does in a cluster. */
const inject = (language: string) => [{ label: `instrumentation.opentelemetry.io/inject-${language}`, value: "true" }];
const usual = {
  restart: "unless-stopped",
  readOnly: true,
  capabilities: { drops: ["ALL"] },
  securityOpts: ["no-new-privileges"],
};

// It knows nothing of tracing: the agent is loaded into it from a volume.
new docker.Container(
  "quotes",
  instrument(
    { name: "quotes", image: "docker.io/throughline/example-quotes:0.1.0", labels: inject("nodejs"), ...usual },
    {},
    opts,
  ),
  opts,
);

// It has an OpenTelemetry SDK of its own: it only needs to be told where and how to send.
new docker.Container(
  "frontend",
  instrument(
    {
      name: "frontend",
      image: "docker.io/throughline/example-frontend:0.1.0",
      labels: inject("sdk"),
      ports: [{ internal: 8080, external: 8080, ip: "127.0.0.1" }],
      ...usual,
    },
    {},
    opts,
  ),
  opts,
);
