import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ComponentKind } from "../../../collector-config/component.ts";
import type { CollectorConfig } from "../../../collector-config/types.ts";
import {
  availability,
  canonical,
  collectorVersion,
  components,
  distributions,
  missingComponents,
  spelling,
} from "../../../collector-config/versions.ts";
import { config, contrib, jaeger, k8s } from "./images.ts";

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
