package main

import (
	"context"
	"errors"
	"net/http"

	"go.opentelemetry.io/contrib/exporters/autoexport"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/contrib/propagators/autoprop"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/sdk/resource"
	"go.opentelemetry.io/otel/sdk/trace"
)

// startTracing sets up tracing from the standard OTEL_* environment variables alone: exporter, endpoint, protocol, sampler,
// propagators, service name and resource attributes. With OTEL_TRACES_EXPORTER=none nothing is sent.
// The function it returns sends what is still waiting; call it before the program ends, with a deadline.
func startTracing(ctx context.Context) (stop func(context.Context) error, err error) {
	// Go's own default is to pass no context on at all.
	otel.SetTextMapPropagator(autoprop.NewTextMapPropagator())

	exporter, err := autoexport.NewSpanExporter(ctx)
	if err != nil {
		return nil, err
	}
	// WithFromEnv comes last: OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES win.
	attributes, err := resource.New(ctx, resource.WithTelemetrySDK(), resource.WithProcessRuntimeName(), resource.WithFromEnv())
	if err != nil && !errors.Is(err, resource.ErrPartialResource) {
		return nil, errors.Join(err, exporter.Shutdown(ctx))
	}
	// The sampler and the batch settings are read from the environment by the SDK itself.
	provider := trace.NewTracerProvider(trace.WithBatcher(exporter), trace.WithResource(attributes))
	otel.SetTracerProvider(provider)
	return provider.Shutdown, nil
}

// traced makes a server span of every request but the health checks, which would drown the rest.
func traced(handler http.Handler) http.Handler {
	return otelhttp.NewHandler(handler, "server",
		otelhttp.WithFilter(func(request *http.Request) bool { return request.URL.Path != "/healthz" }))
}

// tracedClient makes a client span of every call whose request carries the context of the incoming one.
func tracedClient() *http.Client {
	return &http.Client{Transport: otelhttp.NewTransport(http.DefaultTransport)}
}
