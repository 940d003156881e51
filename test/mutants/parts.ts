import { absent, append, both, type Damage, define, present, put, type Tree } from "./damage.ts";

// Places in our configurations.
export const jaeger = "exporters.otlp_http/jaeger";
export const queue = `${jaeger}.sending_queue`;
export const first = "service.pipelines.traces";
export const otlp = "receivers.otlp.protocols";
export const limiter = "processors.memory_limiter";
/** Another address of the receiver. */
export const grpcAt = (endpoint: unknown) => put(`${otlp}.grpc.endpoint`, endpoint);
export const isDuration = (value: unknown) => typeof value === "string" && /^\d+(ms|s|m|h)$/.test(value);
export const isNumber = (value: unknown) => typeof value === "number";
/** A new exporter that the first pipeline uses. */
export const exporter = (id: string, settings: unknown, pipeline = first) =>
  both(define("exporters", id, settings), append(`${pipeline}.exporters`, id));
/** A new processor at the end of the first pipeline. */
export const processor = (id: string, settings: unknown) =>
  both(define("processors", id, settings), append(`${first}.processors`, id));
/** A new connector of the first pipeline's spans, with a pipeline that receives from it. Not behind a sampler, which alone is refused. */
export const connector = (id: string, settings: unknown, signal: string) =>
  both(
    absent("processors.tail_sampling"),
    define("connectors", id, settings),
    append(`${first}.exporters`, id),
    put(`service.pipelines.${signal}`, { receivers: [id], exporters: [jaeger.slice("exporters.".length)] }),
  );
/** Only where the queue is on disk. */
export const onDisk = (damage: Damage): Damage => both(present(`${queue}.storage`), damage);
/** Only where nothing counts spans, so that it is the sampler itself which is refused. */
export const sampler = (change: Tree = {}) =>
  both(
    absent("connectors"),
    processor("tail_sampling", {
      decision_wait: "10s",
      num_traces: 1_000_000,
      policies: [{ name: "all", type: "always_sample" }],
      ...change,
    }),
  );
/** A new transform processor with one OTTL statement. */
export const tracesStatement = (statement: string) =>
  processor("transform/mutant", { error_mode: "ignore", trace_statements: [statement] });
