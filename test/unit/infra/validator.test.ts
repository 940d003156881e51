import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { CollectorConfig } from "../../../collector-config/types.ts";
import { findValidator, readRefusal, validateForReal, validatorVariable } from "../../../infra/validator.ts";
import { onlyPath } from "./only-path.ts";

const image = "example/opentelemetry-collector-contrib:0.159.0";
const config: CollectorConfig = {
  receivers: { otlp: { protocols: { grpc: { endpoint: "${env:HOST_OF_TEST}:4317" } } } },
  exporters: { "otlp_grpc/jaeger": { endpoint: "jaeger:4317" } },
  service: { pipelines: { traces: { receivers: ["otlp"], exporters: ["otlp_grpc/jaeger"] } } },
};

const folder = onlyPath();

interface Program {
  readonly version?: string;
  readonly components?: readonly string[];
  /** Shell lines for `components` instead of the list. */
  readonly lists?: string;
  /** Shell lines for `validate`. */
  readonly validates?: string;
}

/** A program that answers as the Collector does. */
function program(
  { version = "0.159.0", components = ["otlp", "otlp_grpc"], lists, validates }: Program,
  name = "otelcol-contrib",
) {
  const file = join(folder(), name);
  const list = `buildinfo:\n    version: ${version}\nreceivers:\n${components.map((type) => `    - name: ${type}`).join("\n")}`;
  mkdirSync(join(file, ".."), { recursive: true });
  writeFileSync(
    file,
    `#!/bin/sh\nif [ "$1" = components ]; then\n${lists ?? `/bin/cat <<'END'\n${list}\nEND\necho a warning >&2`}\nelse\n${validates ?? "exit 0"}\nfi\n`,
  );
  chmodSync(file, 0o755);
  return file;
}

describe("finding a Collector of the image's version", () => {
  test("on PATH, with what it was built of", async () => {
    const file = program({});
    expect(await findValidator(image)).toEqual({ command: [file], components: new Set(["otlp", "otlp_grpc"]) });
  });

  test("the one that is named comes before PATH", async () => {
    program({});
    const named = program({}, "elsewhere/mine");
    process.env[validatorVariable] = named;
    expect((await findValidator(image))?.command).toEqual([named]);
  });

  test("one of another version is passed over", async () => {
    program({ version: "0.158.0" });
    expect(await findValidator(image)).toBeUndefined();
    process.env[validatorVariable] = program({ version: "0.160.0" }, "elsewhere/mine");
    expect(await findValidator(image)).toBeUndefined();
  });

  test("the image itself, where Docker has it", async () => {
    program({ lists: "exit 1", validates: "echo ok" }, "docker");
    const found = await findValidator(image);
    expect(found?.command.slice(0, 2)).toEqual(["docker", "run"]);
    expect(found?.command).toContain("--pull=never");
    expect(found?.command.at(-1)).toBe(image);
  });

  test.each([
    ["nothing on PATH", undefined],
    ["a program that fails", { lists: "exit 3" }],
    ["a program that says something else", { lists: "echo 'hello: [world'" }],
    ["a program that says nothing", { lists: ":" }],
    ["a program that does not end", { lists: "exec /bin/sleep 30" }],
  ] as const)("none: %s", async (_name, made) => {
    if (made !== undefined) program(made);
    const begun = performance.now();
    expect(await findValidator(image, 500)).toBeUndefined();
    expect(performance.now() - begun).toBeLessThan(20_000);
  });

  test("none for an image whose tag is no version", async () => {
    program({});
    expect(await findValidator("example/opentelemetry-collector-contrib:latest")).toBeUndefined();
  });
});

describe("asking it", () => {
  const asked = async (made: Program, timeoutMs?: number) => {
    program(made);
    return validateForReal(config, (await findValidator(image))!, timeoutMs);
  };

  test("accepted", async () => {
    expect(await asked({})).toEqual({ kind: "accepted" });
  });

  test("refused, with place and sentence", async () => {
    const said = 'Error: exporters::otlp_grpc/jaeger: requires a non-empty "endpoint"';
    expect(await asked({ validates: `echo '${said}' >&2; exit 1` })).toEqual({
      kind: "refused",
      path: "exporters.otlp_grpc/jaeger",
      message: 'requires a non-empty "endpoint"',
    });
  });

  test("not judged without a component, which it names", async () => {
    const verdict = await asked({ components: ["otlp"], validates: "exit 1" });
    expect(verdict).toEqual({ kind: "not judged", why: expect.stringMatching(/without otlp_grpc$/) });
  });

  test("not judged when it does not end", async () => {
    const begun = performance.now();
    expect((await asked({ validates: "exec /bin/sleep 30" }, 500)).kind).toBe("not judged");
    expect(performance.now() - begun).toBeLessThan(20_000);
  });

  test("variables that only the pod has are set, and the file is gone afterwards", async () => {
    const seen = join(folder(), "seen");
    const verdict = await asked({
      validates: `echo "$HOST_OF_TEST $NODE_NAME $2" > ${seen}; [ -f "\${2#--config=}" ] || exit 1`,
    });
    expect(verdict).toEqual({ kind: "accepted" });
    const [host, node, option = ""] = readFileSync(seen, "utf8").trim().split(" ");
    expect([host, node]).toEqual(["127.0.0.1", "127.0.0.1"]);
    expect(() => readFileSync(option.replace("--config=", ""))).toThrow(/ENOENT/);
  });
});

// What the Collector 0.159.0 prints, before the same again as a line of its log.
const decoding =
  "failed to get config: cannot unmarshal the configuration: decoding failed due to the following error(s):\n\n";
const refusals: [string, string, string, string][] = [
  [
    "a setting that is required",
    'exporters::otlp_grpc/jaeger: requires a non-empty "endpoint"',
    "exporters.otlp_grpc/jaeger",
    'requires a non-empty "endpoint"',
  ],
  [
    "a setting deep inside a component",
    "exporters::otlp_grpc/jaeger::sending_queue: `queue_size` must be positive",
    "exporters.otlp_grpc/jaeger.sending_queue",
    "`queue_size` must be positive",
  ],
  [
    "a structure of Go without key",
    "exporters::otlp_grpc/jaeger::clientconfig::tls::config: invalid TLS min_version",
    "exporters.otlp_grpc/jaeger.tls",
    "invalid TLS min_version",
  ],
  [
    "a sentence with colons",
    "processors::filter/a: condition has invalid syntax: 1:13: unexpected token",
    "processors.filter/a",
    "condition has invalid syntax: 1:13: unexpected token",
  ],
  [
    "a pipeline",
    'service::pipelines::traces/kept: references exporter "nowhere" which is not configured',
    "service.pipelines.traces/kept",
    'references exporter "nowhere" which is not configured',
  ],
  [
    "no pipeline",
    "service::pipelines: service must have at least one pipeline",
    "service.pipelines",
    "service must have at least one pipeline",
  ],
  [
    "an unknown key",
    `${decoding}'exporters' error reading configuration for "zipkin": decoding failed due to the following error(s):\n\n'retry_on_failure' decoding failed due to the following error(s):\n\n'' has invalid keys: enabledx`,
    "exporters.zipkin.retry_on_failure",
    "has invalid keys: enabledx",
  ],
  [
    "an unknown key in a type of Go",
    `${decoding}'exporters' error reading configuration for "zipkin": decoding failed due to the following error(s):\n\n'sending_queue' decoding failed due to the following error(s):\n\n'' decoding failed due to the following error(s):\n\n'batch' decoding failed due to the following error(s):\n\n'queuebatch.BatchConfig' has invalid keys: flushx`,
    "exporters.zipkin.sending_queue.batch",
    "has invalid keys: flushx",
  ],
  [
    "several at once: the first",
    `${decoding}'exporters' error reading configuration for "a": decoding failed due to the following error(s):\n\n'sending_queue' decoding failed due to the following error(s):\n\n'' has invalid keys: sizex\n'otlpexporter.Config' has invalid keys: endpoind`,
    "exporters.a.sending_queue",
    "has invalid keys: sizex",
  ],
  [
    "two components at once: the first",
    'exporters::otlp_grpc: requires a non-empty "endpoint"\nexporters::otlp_http: at least one endpoint must be specified',
    "exporters.otlp_grpc",
    'requires a non-empty "endpoint"',
  ],
  [
    "a wrong type",
    `${decoding}'processors' error reading configuration for "tail_sampling": decoding failed due to the following error(s):\n\n'num_traces' expected type 'uint64', got unconvertible type 'string'`,
    "processors.tail_sampling.num_traces",
    "expected type 'uint64', got unconvertible type 'string'",
  ],
  [
    "an unknown section",
    `${decoding}'otelcol.configSettings' has invalid keys: exporter`,
    "",
    "has invalid keys: exporter",
  ],
  [
    "an unknown type",
    `${decoding}'exporters' unknown type: "otlp_grcp" for id: "otlp_grcp/a" (valid values: [debug otlp])`,
    "exporters.otlp_grcp/a",
    'unknown type: "otlp_grcp" for id: "otlp_grcp/a" (valid values: [debug otlp])',
  ],
  [
    "a processor that can't be made",
    'failed to build pipelines: failed to create "redaction/a" processor, in pipeline "traces": error parsing regexp',
    "processors.redaction/a",
    "error parsing regexp",
  ],
  [
    "an exporter of another signal",
    'failed to build pipelines: failed to create "prometheus/a" exporter for data type "traces": telemetry type is not supported',
    "exporters.prometheus/a",
    "telemetry type is not supported",
  ],
  [
    "a connector with one end",
    'failed to build pipelines: connector "forward/a" used as exporter in [traces] pipeline but not used in any supported receiver pipeline',
    "connectors.forward/a",
    'connector "forward/a" used as exporter in [traces] pipeline but not used in any supported receiver pipeline',
  ],
  [
    "an unknown provider",
    'failed to get config: cannot resolve the configuration: scheme "vault" is not supported for uri "vault:a"',
    "",
    'failed to get config: cannot resolve the configuration: scheme "vault" is not supported for uri "vault:a"',
  ],
];

test.each(refusals)("where a refusal points to: %s", (_name, said, path, message) => {
  expect(readRefusal(`Error: ${said}\n2026/11/24 00:01:02 ${said}\n`)).toEqual({ path, message });
});

test("an empty answer points nowhere", () => {
  expect(readRefusal("")).toEqual({ path: "", message: "" });
});
