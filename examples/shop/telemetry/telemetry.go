// Package telemetry sets up tracing from the standard OTEL_* environment variables alone. Made to be copied.
package telemetry

import (
	"context"
	"errors"
	"time"

	"go.opentelemetry.io/contrib/exporters/autoexport"
	"go.opentelemetry.io/contrib/propagators/autoprop"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/sdk/resource"
	"go.opentelemetry.io/otel/sdk/trace"
)

// How long the last spans may take on their way when the program ends.
const flushTime = 5 * time.Second

// Start sets up the global tracer provider and propagator: exporter, endpoint, protocol, sampler, batches, propagators, service name
// and resource attributes all come from the environment. OTEL_TRACES_EXPORTER=console prints spans to standard output, none drops them.
//
// The function it returns sends what is still waiting. Call it last of all, once no work runs any more that makes spans: on SIGTERM
// after the server was shut down.
func Start(ctx context.Context) (stop func() error, err error) {
	// Go's own default is to pass no context on at all: every service would begin a trace of its own.
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
	// Sampler and batch settings are read from the environment by the SDK itself.
	provider := trace.NewTracerProvider(trace.WithBatcher(exporter), trace.WithResource(attributes))
	otel.SetTracerProvider(provider)
	return func() error {
		// The context of the signal is over by now, so the last spans get a deadline of their own.
		ctx, done := context.WithTimeout(context.Background(), flushTime)
		defer done()
		return provider.Shutdown(ctx)
	}, nil
}
