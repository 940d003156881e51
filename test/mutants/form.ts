import { absent, append, asTree, both, type Damage, define, list, put, somewhere, take, without } from "./damage.ts";
import { connector, exporter, first, isDuration, isNumber, jaeger, queue } from "./parts.ts";

/** Damage to what every Collector reads: sections, references, pipelines, the types of values. */
export const formDamage: Readonly<Record<string, Damage>> = {
  "a section that does not exist": put("exporter", { debug: {} }),
  "a section without content": put("receivers", null),
  "a section without content where none was": both(absent("connectors"), put("connectors", null)),
  "a section that is a list": put("exporters", ["debug"]),
  "a component that is a number": put(jaeger, 5),
  "no service": take("service"),
  "a key that the service does not know": put("service.pipeline", {}),
  "pipelines without content": put("service.pipelines", null),
  "a reference to nothing": append(`${first}.exporters`, "otlp_grpc/nowhere"),
  "a component taken out but still named": take(jaeger),
  "a misspelt reference": list(`${first}.processors`, (ids) =>
    ids.map((id) => (id === "memory_limiter" ? "memory_limitter" : id)),
  ),
  "an unknown type of component": exporter("otlp_grcp/mutant", { endpoint: "backend:4317" }),
  "a component that left every distribution": exporter("logging", {}),
  "a component without use": put("exporters.debug/mutant", {}),
  "an extension that is not started": without("service.extensions", "file_storage"),
  "an extension that is not defined": append("service.extensions", "pprof"),
  "storage that is not defined": put(`${queue}.storage`, "file_storage/nowhere"),
  "an authenticator that is not defined": put(`${jaeger}.auth`, { authenticator: "oidc" }),
  "a connector that nobody receives from": both(
    define("connectors", "forward/mutant", {}),
    append(`${first}.exporters`, "forward/mutant"),
  ),
  "a connector that nobody sends to": both(
    define("connectors", "forward/mutant", {}),
    append(`${first}.receivers`, "forward/mutant"),
  ),
  "a connector with the id of an exporter": define("connectors", "otlp_http/jaeger", {}),
  "a connector between signals that it does not join": connector("forward/mutant", {}, "metrics/mutant"),
  "a connector of metrics into traces": connector(
    "span_metrics/mutant",
    { aggregation_cardinality_limit: 9 },
    "traces/mutant",
  ),
  "pipelines in a ring": both(
    define("connectors", "forward/a", {}),
    define("connectors", "forward/b", {}),
    append(`${first}.exporters`, "forward/a"),
    put("service.pipelines.traces/a", { receivers: ["forward/a", "forward/b"], exporters: ["forward/b"] }),
  ),
  "a pipeline without receivers": put(`${first}.receivers`, []),
  "a pipeline without exporters": put(`${first}.exporters`, []),
  "a pipeline of an unknown signal": put("service.pipelines.spans", {
    receivers: ["otlp"],
    processors: ["memory_limiter"],
    exporters: ["otlp_http/jaeger"],
  }),
  "a metrics exporter in a pipeline of traces": exporter("prometheus/mutant", { endpoint: "[${env:POD_IP}]:9999" }),
  "a traces processor in a pipeline of metrics": both(
    put("processors.tail_sampling", {
      decision_wait: "1s",
      num_traces: 100_000,
      policies: [{ name: "all", type: "always_sample" }],
    }),
    put("service.pipelines.metrics/mutant", {
      receivers: ["otlp"],
      processors: ["memory_limiter", "tail_sampling"],
      exporters: ["otlp_http/jaeger"],
    }),
  ),
  "a processor twice": list(`${first}.processors`, (ids) => [...ids, ids[0]]),
  "an exporter twice": list(`${first}.exporters`, (ids) => [...ids, ids[0]]),
  "a misspelt key": somewhere(
    (_value, path) => !/\.headers\.|\.external_labels\.|\.protocols\.\w+$/.test(path),
    ({ around, key }) => {
      around[`${key}x`] = around[key];
      delete around[key];
    },
  ),
  "text for an object": somewhere(
    (value) => Object.keys(asTree(value)).length > 0,
    ({ around, key }) => {
      around[key] = "on";
    },
  ),
  "an object for a value": somewhere(
    (value) => isNumber(value) || isDuration(value) || typeof value === "boolean",
    ({ around, key }) => {
      around[key] = { value: 1 };
    },
  ),
  "a number as text": somewhere(isNumber, ({ around, key }) => {
    around[key] = `${around[key]} items`;
  }),
  "a number in quotes": somewhere(isNumber, ({ around, key }) => {
    around[key] = `${around[key]}`;
  }),
  "a negative number": somewhere(isNumber, ({ around, key }) => {
    around[key] = -1;
  }),
  "a number with a fraction": somewhere(
    (value, path) => isNumber(value) && /size|limit|num_traces|port/.test(path),
    ({ around, key }) => {
      around[key] = 0.5;
    },
  ),
  "a flag as text": somewhere(
    (value) => typeof value === "boolean",
    ({ around, key }) => {
      around[key] = "sometimes";
    },
  ),
  "a duration without unit": somewhere(isDuration, ({ around, key }) => {
    around[key] = "5";
  }),
  "a duration as a number": somewhere(isDuration, ({ around, key }) => {
    around[key] = 5;
  }),
  "a duration that is none": somewhere(isDuration, ({ around, key }) => {
    around[key] = "soon";
  }),
  "a negative duration": somewhere(isDuration, ({ around, key }) => {
    around[key] = "-1s";
  }),
};
