import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { additionProblems, withAdditions } from "../../../collector-config/additions.ts";
import type { CollectorConfig } from "../../../collector-config/types.ts";

const ours: CollectorConfig = {
  extensions: { health_check: { endpoint: "a:1" } },
  receivers: { otlp: { protocols: { grpc: { endpoint: "a:4317" } } } },
  processors: { memory_limiter: { check_interval: "1s" }, tail_sampling: { decision_wait: "10s" } },
  exporters: { "otlp_grpc/jaeger": { endpoint: "jaeger:4317", tls: { insecure: true } } },
  service: {
    extensions: ["health_check"],
    pipelines: {
      traces: {
        receivers: ["otlp"],
        processors: ["memory_limiter", "tail_sampling"],
        exporters: ["otlp_grpc/jaeger"],
      },
    },
  },
};

test("nothing added changes nothing", () => {
  expect(withAdditions(ours, {})).toEqual(ours);
});

test("a known component gets the given keys and keeps its others, however deep", () => {
  const { exporters } = withAdditions(ours, {
    exporters: { "otlp_grpc/jaeger": { tls: { ca_file: "/ca" }, timeout: "9s" } },
  });
  expect(exporters["otlp_grpc/jaeger"]).toEqual({
    endpoint: "jaeger:4317",
    tls: { insecure: true, ca_file: "/ca" },
    timeout: "9s",
  });
});

test("an added processor stands before sampling, an added exporter beside ours, an added extension is enabled", () => {
  const merged = withAdditions(ours, {
    extensions: { pprof: {} },
    processors: { "attributes/team": { actions: [] } },
    exporters: { "otlp_http/vendor": { endpoint: "https://vendor" } },
    pipelines: { traces: { processors: ["attributes/team"], exporters: ["otlp_http/vendor", "otlp_grpc/jaeger"] } },
  });
  expect(merged.service.extensions).toEqual(["health_check", "pprof"]);
  expect(merged.service.pipelines["traces"]).toEqual({
    receivers: ["otlp"],
    processors: ["memory_limiter", "attributes/team", "tail_sampling"],
    exporters: ["otlp_grpc/jaeger", "otlp_http/vendor"],
  });
});

test("a pipeline of its own is added as it is", () => {
  const metrics = { receivers: ["otlp"], processors: ["memory_limiter"], exporters: ["debug"] };
  const merged = withAdditions(ours, { exporters: { debug: null }, pipelines: { "metrics/own": metrics } });
  expect(merged.service.pipelines["metrics/own"]).toEqual(metrics);
  expect(merged.exporters["debug"]).toEqual({});
});

const id = fc.constantFrom("attributes/a", "filter/b", "transform/c");
const additions = fc.uniqueArray(id).chain((ids) =>
  fc.record({
    processors: fc.constant(Object.fromEntries(ids.map((name) => [name, { x: name }]))),
    pipelines: fc.constant({ traces: { processors: ids } }),
  }),
);

describe("by name and never by position", () => {
  test("adding twice is adding once", () => {
    fc.assert(
      fc.property(additions, (added) => {
        const once = withAdditions(ours, added);
        expect(withAdditions(once, added)).toEqual(once);
      }),
    );
  });

  test("nothing of ours is lost or moved", () => {
    fc.assert(
      fc.property(additions, (added) => {
        const after = withAdditions(ours, added).service.pipelines["traces"]?.processors ?? [];
        expect(after.filter((name) => !Object.hasOwn(added.processors, name))).toEqual([
          "memory_limiter",
          "tail_sampling",
        ]);
        expect(after[0]).toBe("memory_limiter");
        expect(after.at(-1)).toBe("tail_sampling");
      }),
    );
  });

  test("any JSON object is either merged or told what is wrong with it", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (added) => {
        if (additionProblems(added).length === 0) withAdditions(ours, added);
      }),
    );
  });
});

test.each([
  [{ procesors: {} }, "procesors is not one of receivers, processors, exporters, connectors, extensions, pipelines"],
  [{ exporters: [] }, "exporters is a list; allowed: an object of exporters by id"],
  [{ exporters: { debug: "yes" } }, "exporters.debug is a string; allowed: an object"],
  [{ pipelines: { traces: null } }, "pipelines.traces is null; allowed: an object of receivers, processors, exporters"],
  [
    { pipelines: { traces: 5 } },
    "pipelines.traces is a number; allowed: an object of receivers, processors, exporters",
  ],
  [{ pipelines: { spans: {} } }, "pipelines.spans is not traces, metrics or logs, with /name or without"],
  [
    { pipelines: { traces: { exporter: [] } } },
    "pipelines.traces.exporter is not one of receivers, processors, exporters",
  ],
  [{ pipelines: { traces: { exporters: "debug" } } }, "pipelines.traces.exporters is a string; allowed: a list of ids"],
])("%j is refused", (added, problem) => {
  expect(additionProblems(added)).toEqual([problem]);
});
