import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { assemble } from "../../../collector-config/assemble.ts";
import { type ComponentKind, extra } from "../../../collector-config/component.ts";
import {
  availability,
  canonical,
  collectorVersion,
  missingComponents,
  parseImage,
  spelling,
  versionProblem,
} from "../../../collector-config/versions.ts";
import { config, contrib, jaeger, k8s } from "./images.ts";

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
