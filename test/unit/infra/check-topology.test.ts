import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { UserError } from "../../../common/errors.ts";
import { checkTopology } from "../../../infra/check-topology.ts";
import { parseSettings } from "../../../infra/settings/settings.ts";
import { planTopology } from "../../../infra/topology.ts";
import { onlyPath } from "./only-path.ts";

const folder = onlyPath();

/** Puts a Collector on PATH that has these components and refuses, in the given words, configurations in which a text stands. */
function collector(components: string, refusal: string, text = ""): void {
  const file = join(folder(), "otelcol-contrib");
  const list = `buildinfo: {version: 0.159.0}\nreceivers: [${components}]`;
  writeFileSync(
    file,
    `#!/bin/sh\n[ "$1" = components ] && { echo '${list}'; exit 0; }\n/bin/grep -q -e '${text}' "\${2#--config=}" || exit 0\necho 'Error: ${refusal}' >&2\nexit 1\n`,
  );
  chmodSync(file, 0o755);
}

const all = "otlp memory_limiter k8s_attributes otlp_grpc otlp_http zipkin health_check"
  .split(" ")
  .map((name) => `{name: ${name}}`)
  .join(", ");

async function problemsOf(gatewayExtra?: object): Promise<readonly string[]> {
  const settings = parseSettings(gatewayExtra ? { gatewayExtra: JSON.stringify(gatewayExtra) } : {});
  const error: unknown = await checkTopology(settings, planTopology(settings)).catch((caught) => caught);
  return error instanceof UserError ? error.problems : [String(error)];
}

const vendor = {
  exporters: { "otlp_http/vendor": { endpoint: "https://vendor.example.com", endpoind: "a" } },
  pipelines: { traces: { exporters: ["otlp_http/vendor"] } },
};

describe("what the real Collector says", () => {
  test("names the setting that brought the component", async () => {
    collector(all, "exporters::otlp_http/vendor: no such thing as endpoind", "endpoind");
    expect(await problemsOf(vendor)).toContain(
      "throughline:gatewayExtra is refused by the Collector: exporters.otlp_http/vendor no such thing as endpoind. Write: pulumi config rm throughline:gatewayExtra",
    );
  });

  test("names the additions where it tells no place", async () => {
    collector(all, "no such scheme", "endpoind");
    expect(await problemsOf(vendor)).toContain(
      "throughline:gatewayExtra is refused by the Collector: no such scheme. Write: pulumi config rm throughline:gatewayExtra",
    );
  });

  test("comes after our own rules, which say the same better", async () => {
    collector(all, "exporters::otlp_grpc/jaeger: wrong");
    const problems = await problemsOf({ exporters: { "otlp_grpc/jaeger": { sending_queue: { queue_size: 0 } } } });
    expect(problems.join("\n")).toMatch(/queue_size is 0/);
    expect(problems.join("\n")).not.toMatch(/refused by the Collector/);
  });

  test("names each part that is refused", async () => {
    collector(all, "wrong");
    expect(await problemsOf(vendor)).toEqual([
      expect.stringMatching(/^the configuration of agent is refused/),
      expect.stringMatching(/^throughline:gatewayExtra is refused/),
    ]);
  });

  test("is noted where it could not be asked", async () => {
    collector("{name: otlp}", "never asked");
    const settings = parseSettings({});
    const notes = await checkTopology(settings, planTopology(settings));
    expect(notes).toHaveLength(2);
    for (const note of notes) expect(note).toMatch(/was not judged: .* without .*otlp_http/);
  });
});

test.each([
  ["of the own metrics", { zipkin: { endpoint: "[${env:POD_IP}]:8888" } }],
  ["of the health check", { "otlp/two": { protocols: { grpc: { endpoint: "[${env:POD_IP}]:13133" } } } }],
])("an added receiver on the port %s is the additions' fault", async (_name, receivers) => {
  const problems = await problemsOf({ receivers, pipelines: { traces: { receivers: Object.keys(receivers) } } });
  expect(problems).toEqual([expect.stringMatching(/^throughline:gatewayExtra: .*\[ports\]\. Write: /)]);
});
