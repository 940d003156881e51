import { fields } from "../../common/objects.ts";
import { removed } from "../versions/table.ts";
import { missing } from "../versions.ts";
import type { ReadComponent } from "./reading.ts";
import type { Rule } from "./rule.ts";

const changelog = "https://github.com/open-telemetry/opentelemetry-collector/blob/main/CHANGELOG.md";

const removedThings: Rule = {
  id: "removed",
  title: "Nothing is used that current Collectors no longer have.",
  why: "The Collector refuses to start, or takes no notice of the setting.",
  source: changelog,
  severity: "error",
  fix: "what took its place",
  example: {
    wrong: { yaml: "exporters: {logging: {}}\nservice: {pipelines: {traces: {exporters: [otlp_grpc, logging]}}}" },
    right: { yaml: "exporters: {debug: {}}\nservice: {pipelines: {traces: {exporters: [otlp_grpc, debug]}}}" },
  },
  check: ({ receivers, processors, exporters, extensions, telemetry }) => {
    const found = [...receivers, ...processors, ...exporters, ...extensions].flatMap(
      ({ kind, type, path }: ReadComponent) => {
        const entry = Object.hasOwn(removed[kind], type) ? removed[kind][type] : undefined;
        if (entry === undefined) return [];
        const fix = entry.instead.replace(/^Write: /, "").replace(/\.$/, "");
        return [{ path, message: `is the ${kind} ${type}, which left every distribution with 0.${entry.gone}`, fix }];
      },
    );
    const address = fields(telemetry["metrics"])["address"];
    const [, host = "", port = "8888"] = /^(.*):(\d+)$/.exec(String(address)) ?? [];
    return address === undefined
      ? found
      : [
          ...found,
          {
            path: "service.telemetry.metrics.address",
            message: `is ${JSON.stringify(address)}, a setting that was removed`,
            fix: `readers: [{pull: {exporter: {prometheus: {host: ${JSON.stringify(host)}, port: ${port}}}}}]`,
          },
        ];
  },
};

const components: Rule = {
  id: "components",
  title: "The image has every component of the configuration, under that name.",
  why: "The Collector refuses to start.",
  source: "https://opentelemetry.io/docs/collector/distributions/",
  severity: "error",
  fix: "image: that of a distribution that has the component",
  example: {
    wrong: {
      yaml: "exporters: {elasticsearch: {endpoint: http://elasticsearch:9200}}\nservice: {pipelines: {traces: {exporters: [elasticsearch, otlp_grpc]}}}",
      context: { image: "otel/opentelemetry-collector:0.159.0" },
    },
    right: {
      yaml: "exporters: {elasticsearch: {endpoint: http://elasticsearch:9200}}\nservice: {pipelines: {traces: {exporters: [elasticsearch, otlp_grpc]}}}",
      context: { image: "otel/opentelemetry-collector-contrib:0.159.0" },
    },
  },
  check: ({ written }, { image }) => {
    if (image === undefined) return [];
    return (
      missing(written, image, (other) => `image: ${other}`)
        // Those that left every distribution are the rule `removed`'s.
        .filter(({ gone }) => gone === undefined)
        .map(({ path, message, advice }) => ({ path, message, fix: advice.replace(/^Write: /, "") }))
    );
  },
};

const debugDetail: Rule = {
  id: "debug-detail",
  title: "The debug exporter prints no details beside an exporter that is meant to last.",
  why: "Each span becomes many lines of log: most of the CPU, and all attributes in the log.",
  source: "https://github.com/open-telemetry/opentelemetry-collector/blob/main/exporter/debugexporter/README.md",
  severity: "warning",
  fix: "verbosity: basic",
  example: {
    wrong: {
      yaml: "exporters: {debug: {verbosity: detailed}}\nservice: {pipelines: {traces: {exporters: [otlp_grpc, debug]}}}",
    },
    right: {
      yaml: "exporters: {debug: {verbosity: basic}}\nservice: {pipelines: {traces: {exporters: [otlp_grpc, debug]}}}",
    },
  },
  check: ({ exporters, pipelines }) =>
    exporters
      .filter(({ type, config }) => type === "debug" && config["verbosity"] === "detailed")
      .filter(({ id }) =>
        pipelines.some((pipeline) => pipeline.exporters.includes(id) && pipeline.exporters.length > 1),
      )
      .map(({ path }) => ({ path: `${path}.verbosity`, message: "is detailed beside other exporters" })),
};

export const removedRules: readonly Rule[] = [removedThings, components, debugDetail];
