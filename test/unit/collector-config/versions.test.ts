import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { assemble } from "../../../collector-config/assemble.ts";
import { type ComponentKind, extra } from "../../../collector-config/component.ts";
import type { CollectorConfig } from "../../../collector-config/types.ts";
import {
  availability,
  canonical,
  collectorVersion,
  components,
  distributions,
  missingComponents,
  parseImage,
  spelling,
  versionProblem,
} from "../../../collector-config/versions.ts";

const contrib = "otel/opentelemetry-collector-contrib:0.159.0";
const k8s = "docker.io/otel/opentelemetry-collector-k8s:0.159.0";
const jaeger = "docker.io/jaegertracing/jaeger:2.13.0";

/** A configuration of these components and nothing else. */
function config(parts: Readonly<Record<string, readonly string[]>>): CollectorConfig {
  const sections = Object.entries(parts).map(([section, ids]) => [
    section,
    Object.fromEntries(ids.map((id) => [id, {}])),
  ]);
  return { receivers: {}, exporters: {}, service: { pipelines: {} }, ...Object.fromEntries(sections) };
}

describe("spelling", () => {
  // Each pair of releases stands on the two sides of a rename.
  test.each([
    ["exporter", "otlp_grpc", "0.143.1", "otlp", "0.144.0"],
    ["exporter", "otlp_http", "0.143.1", "otlphttp", "0.144.0"],
    ["processor", "k8s_attributes", "0.145.0", "k8sattributes", "0.146.0"],
    ["receiver", "file_log", "0.148.0", "filelog", "0.149.0"],
    ["connector", "span_metrics", "0.150.1", "spanmetrics", "0.151.0"],
    ["connector", "service_graph", "0.150.1", "servicegraph", "0.151.0"],
    ["receiver", "kubelet_stats", "0.151.0", "kubeletstats", "0.152.0"],
    ["exporter", "load_balancing", "0.152.1", "loadbalancing", "0.153.0"],
    ["processor", "resource_detection", "0.152.1", "resourcedetection", "0.153.0"],
    ["exporter", "prometheus_remote_write", "0.153.0", "prometheusremotewrite", "0.154.0"],
    ["receiver", "prometheus_remote_write", "0.147.0", "prometheusremotewrite", "0.148.0"],
    ["processor", "queue_batch", "0.161.0", "queuebatch", "0.162.0"],
  ] as const)("%s %s is %3$s until %4$s", (kind, newest, before, old, after) => {
    expect(spelling(before)(kind, newest)).toBe(old);
    expect(spelling(after)(kind, newest)).toBe(newest);
    expect(spelling(before)(kind, old)).toBe(old);
    expect(spelling(after)(kind, old)).toBe(newest);
  });

  test("a kind is not renamed with another: the otlp receiver keeps its name", () => {
    expect(spelling("0.159.0")("receiver", "otlp")).toBe("otlp");
    expect(canonical("receiver", "otlp")).toBe("otlp");
    expect(canonical("exporter", "otlp")).toBe("otlp_grpc");
  });

  test("unknown versions get the newest names, unknown components keep theirs, and inherited properties are no components", () => {
    for (const version of [undefined, "0.999.0", "1.2.0", "latest"]) {
      expect(spelling(version)("exporter", "otlp_grpc")).toBe("otlp_grpc");
    }
    for (const type of ["mine", "constructor", "toString", "__proto__"]) {
      expect(spelling("0.140.0")("exporter", type)).toBe(type);
    }
  });

  test("assemble writes the names of the pinned version", () => {
    const pipelines = [
      {
        signal: "traces" as const,
        name: "",
        receivers: [extra.receiver("otlp", {})],
        processors: [extra.processor("k8s_attributes", {}, "pods")],
        exporters: [extra.exporter("otlp_grpc", {})],
      },
    ];
    expect(assemble({ pipelines, extensions: [] }, spelling("0.140.0")).service.pipelines).toEqual({
      traces: { receivers: ["otlp"], processors: ["k8sattributes/pods"], exporters: ["otlp"] },
    });
  });
});

describe("parseImage", () => {
  test.each([
    ["otel/opentelemetry-collector:0.159.0", { distribution: "core", version: "0.159.0" }],
    [contrib, { distribution: "contrib", version: "0.159.0" }],
    [k8s, { distribution: "k8s", version: "0.159.0" }],
    ["mirror:5000/a/b/opentelemetry-collector-otlp:v0.150.1", { distribution: "otlp", version: "0.150.1" }],
    [`${contrib}-amd64@sha256:${"0".repeat(64)}`, { distribution: "contrib", version: "0.159.0" }],
    [jaeger, { distribution: "jaeger", version: "2.13.0" }],
    ["mirror:5000/otel/opentelemetry-collector-contrib", { distribution: "contrib" }],
    ["otel/opentelemetry-collector-contrib:latest", { distribution: "contrib" }],
    ["corp/jaeger:2.13.0", { version: "2.13.0" }],
    ["corp/collector:0.150.0", { version: "0.150.0" }],
    ["corp/constructor:0.150.0", { version: "0.150.0" }],
    ["corp/collector:20260101", {}],
    ["", {}],
  ])("%s", (image, expected) => {
    expect(parseImage(image)).toEqual(expected);
  });

  test("the Collector inside Jaeger is found by Jaeger's version, and that of a private image by its tag", () => {
    expect(collectorVersion(jaeger)).toBe("0.140.0");
    expect(collectorVersion("jaegertracing/jaeger:2.20.0")).toBe("0.155.0");
    expect(collectorVersion("jaegertracing/jaeger:2.30.0")).toBe("0.155.0");
    expect(collectorVersion("jaegertracing/jaeger:2.1.0")).toBe("0.140.0");
    expect(collectorVersion("corp/collector:0.150.0")).toBe("0.150.0");
    expect(collectorVersion("corp/collector:main")).toBeUndefined();
  });

  test("any text is read without an error", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        parseImage(text);
        collectorVersion(text);
        versionProblem(text);
        expect(missingComponents(config({ exporters: ["otlp"] }), text)).toEqual([]);
      }),
    );
  });
});

describe("versionProblem", () => {
  test.each([
    ["otel/opentelemetry-collector-contrib:0.139.0", "0.140 to 0.165"],
    ["jaegertracing/jaeger:2.12.0", "2.13 to 2.20"],
  ])("%s is older than the table", (image, range) => {
    expect(versionProblem(image)).toContain(range);
    expect(missingComponents(config({ exporters: ["logging"] }), image)).toEqual([]);
  });

  test.each([
    contrib,
    jaeger,
    "otel/opentelemetry-collector:0.140.0",
    "otel/opentelemetry-collector:0.170.0",
    "a/b:0.1.0",
  ])("%s is fine", (image) => {
    expect(versionProblem(image)).toBeUndefined();
  });
});

describe("availability", () => {
  test("tells the distributions that have a component", () => {
    expect(availability({ image: k8s, kind: "exporter", type: "kafka" })).toEqual({
      available: false,
      in: ["core", "contrib", "jaeger"],
    });
    expect(availability({ image: k8s, kind: "connector", type: "span_metrics" })).toEqual({
      available: true,
      in: ["contrib", "k8s", "jaeger"],
    });
    expect(availability({ image: jaeger, kind: "extension", type: "jaeger_storage" })).toEqual({
      available: true,
      in: ["jaeger"],
    });
  });

  test("knows when a component came and went", () => {
    const has = (version: string, kind: ComponentKind, type: string) =>
      availability({ distribution: "contrib", version, kind, type }).available;
    expect([has("0.151.0", "processor", "drain"), has("0.152.0", "processor", "drain")]).toEqual([false, true]);
    expect([has("0.153.0", "receiver", "jmx"), has("0.154.0", "receiver", "jmx")]).toEqual([true, false]);
    const mcp = (version: string) =>
      availability({ distribution: "jaeger", version, kind: "extension", type: "jaeger_mcp" }).available;
    expect(["2.14.0", "2.15.0", "2.19.0", "2.20.0"].map(mcp)).toEqual([false, true, true, false]);
  });

  test("an old name is the same component, and what the table can't tell is taken to be there", () => {
    expect(availability({ image: contrib, kind: "receiver", type: "filelog" }).available).toBe(true);
    for (const image of [
      "corp/collector:0.159.0",
      "otel/opentelemetry-collector:latest",
      "otel/opentelemetry-collector:0.170.0",
    ]) {
      expect(availability({ image, kind: "exporter", type: "nosuch" })).toMatchObject({ available: true, in: [] });
    }
    expect(availability({ image: contrib, kind: "exporter", type: "nosuch" }).available).toBe(false);
    // Components may have been added in the releases whose lists are not whole.
    expect(
      availability({ distribution: "contrib", version: "0.165.0", kind: "exporter", type: "nosuch" }).available,
    ).toBe(true);
  });
});

describe("missingComponents", () => {
  test.each([
    [
      k8s,
      { exporters: ["elasticsearch"] },
      `exporters.elasticsearch is not in the image ${k8s}; the distribution contrib has it. Write: pulumi config set throughline:collectorImage docker.io/otel/opentelemetry-collector-contrib:0.159.0`,
    ],
    [
      "otel/opentelemetry-collector-contrib:0.143.0",
      { exporters: ["otlp_grpc/jaeger"] },
      "exporters.otlp_grpc/jaeger is called otlp in the image otel/opentelemetry-collector-contrib:0.143.0; otlp_grpc is its name since 0.144. Write: exporters.otlp/jaeger",
    ],
    [
      "otel/opentelemetry-collector-contrib:0.150.0",
      { receivers: ["windowseventlog"] },
      "receivers.windowseventlog is called windows_event_log in the image otel/opentelemetry-collector-contrib:0.150.0; it was renamed with 0.150. Write: receivers.windows_event_log",
    ],
    [
      "otel/opentelemetry-collector-k8s:0.148.0",
      { processors: ["drain"] },
      "processors.drain is not in the image otel/opentelemetry-collector-k8s:0.148.0; the distribution k8s has it since 0.152. Write: pulumi config set throughline:collectorImage otel/opentelemetry-collector-k8s:0.152.0",
    ],
    [
      "otel/opentelemetry-collector:0.148.0",
      { processors: ["drain"] },
      "processors.drain is not in the image otel/opentelemetry-collector:0.148.0; the distribution contrib has it since 0.152. Write: pulumi config set throughline:collectorImage otel/opentelemetry-collector-contrib:0.152.0",
    ],
    [
      contrib,
      { receivers: ["jmx"] },
      `receivers.jmx is not in the image ${contrib}; it left the distribution contrib with 0.154. Remove it.`,
    ],
    [
      contrib,
      { exporters: ["logging"] },
      `exporters.logging is not in the image ${contrib}; it left every distribution with 0.111. Write: exporters.debug in its place.`,
    ],
    [
      contrib,
      { processors: ["queue_batch"] },
      `processors.queue_batch is not in the image ${contrib}, nor in any other distribution. Remove it, or build an image that has it.`,
    ],
    [
      contrib,
      { exporters: ["elasticsaerch"] },
      `exporters.elasticsaerch is not in the image ${contrib}, nor in any other distribution of that version. Remove it, or correct its name.`,
    ],
    [
      contrib,
      { exporters: ["constructor"] },
      `exporters.constructor is not in the image ${contrib}, nor in any other distribution of that version. Remove it, or correct its name.`,
    ],
    [
      contrib,
      { extensions: ["healthcheckv2"] },
      `extensions.healthcheckv2 is not in the image ${contrib}; only Jaeger's own image has it. Remove it.`,
    ],
    [
      jaeger,
      { extensions: ["file_storage"] },
      `extensions.file_storage is not in the image ${jaeger}. Remove it there, and put it in a Collector before Jaeger.`,
    ],
    [
      jaeger,
      { extensions: ["jaeger_mcp"] },
      `extensions.jaeger_mcp is not in the image ${jaeger}; the distribution jaeger has it since 2.15. Use the image docker.io/jaegertracing/jaeger:2.15.0`,
    ],
  ])("%s: %j", (image, parts, sentence) => {
    expect(missingComponents(config(parts), image)).toEqual([sentence]);
  });

  test("tells all at once, the missing component and its older name too, with the caller's own line", () => {
    const image = "otel/opentelemetry-collector-k8s:0.150.0@sha256:0";
    const parts = {
      exporters: ["otlp_grpc", "prometheus_remote_write/a"],
      processors: ["batch"],
      extensions: ["mine"],
    };
    expect(missingComponents(config(parts), image, (other) => `image: ${other}`)).toEqual([
      `exporters.prometheus_remote_write/a is not in the image ${image}; the distribution contrib has it. Write: image: otel/opentelemetry-collector-contrib:0.150.0`,
      `exporters.prometheus_remote_write/a is called prometheusremotewrite in the image ${image}; prometheus_remote_write is its name since 0.154. Write: exporters.prometheusremotewrite/a`,
      `extensions.mine is not in the image ${image}, nor in any other distribution of that version. Remove it, or correct its name.`,
    ]);
  });

  test("aliases pass, private images and newer releases are not judged", () => {
    const old = config({ exporters: ["otlp", "loadbalancing"], processors: ["k8sattributes"] });
    expect(missingComponents(old, contrib)).toEqual([]);
    const odd = config({ exporters: ["nosuch"], extensions: ["healthcheckv2"] });
    expect(missingComponents(odd, "corp/collector:0.159.0")).toEqual([]);
    expect(missingComponents(odd, "otel/opentelemetry-collector:0.170.0")).toEqual([]);
  });

  test("a configuration with sections of any shape is read without an error", () => {
    fc.assert(
      fc.property(fc.anything(), (section) => {
        missingComponents({ ...config({}), exporters: section } as CollectorConfig, contrib);
      }),
    );
  });
});

describe("the table", () => {
  const rows = Object.entries(components).flatMap(([kind, table]) =>
    Object.entries(table).map(([type, row]) => ({ kind: kind as ComponentKind, type, row })),
  );
  const anyRow = fc.constantFrom(...rows);
  const anyRelease = fc.integer({ min: 140, max: 165 });

  test("no name means two components, and no old name is a newest one", () => {
    for (const kind of Object.keys(components) as ComponentKind[]) {
      const old = Object.values(components[kind]).flatMap(({ was }) => (was ? [was[0]] : []));
      expect(new Set(old).size).toBe(old.length);
      expect(old.filter((name) => Object.hasOwn(components[kind], name))).toEqual([]);
    }
  });

  test("contrib has whatever core, k8s and otlp have", () => {
    fc.assert(
      fc.property(anyRow, anyRelease, ({ kind, type }, release) => {
        const { in: having } = availability({ distribution: "core", version: `0.${release}.0`, kind, type });
        if (having.some((name) => name === "core" || name === "k8s" || name === "otlp")) {
          expect(having).toContain("contrib");
        }
      }),
    );
  });

  test("what is spelt for a version, and is in its image, is never called missing there", () => {
    fc.assert(
      fc.property(anyRow, anyRelease, fc.constantFrom(...distributions), ({ kind, type }, release, distribution) => {
        const image =
          distribution === "jaeger"
            ? `jaegertracing/jaeger:2.${13 + (release % 8)}.0`
            : `otel/opentelemetry-collector${distribution === "core" ? "" : `-${distribution}`}:0.${release}.0`;
        const spelt = spelling(collectorVersion(image))(kind, type);
        expect(canonical(kind, spelt)).toBe(type);
        const told = missingComponents(config({ [`${kind}s`]: [spelt] }), image);
        expect(told).toHaveLength(availability({ image, kind, type }).available ? 0 : 1);
      }),
      { numRuns: 1000 },
    );
  });
});
