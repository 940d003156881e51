// NODE_OPTIONS names this file, so that every Node process of the container runs it before its own code.
// Exporter, endpoint, protocol, sampler, propagators and the list of instrumentations all come from OTEL_* variables.
require("@opentelemetry/auto-instrumentations-node/register");
