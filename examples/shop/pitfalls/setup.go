package main

import (
	"context"
	"net/url"
	"os"

	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
)

func propagatorWrong(ctx context.Context) (string, error) {
	// Go's own default passes nothing on and takes nothing over, whatever OTEL_PROPAGATORS says.
	return between(ctx, provider(ctx, "edge"), provider(ctx, "orders"), get)
}

func propagatorRight(ctx context.Context) (string, error) {
	// service calls otel.SetTextMapPropagator.
	return between(ctx, service(ctx, "edge"), service(ctx, "orders"), get)
}

func httpsWrong(ctx context.Context) (string, error) {
	// A host and a port alone mean https, and the Collector speaks plain HTTP there.
	return sendOne(ctx, otlptracehttp.WithEndpoint(collector()))
}

func httpsRight(ctx context.Context) (string, error) {
	// Better still: no option at all, and OTEL_EXPORTER_OTLP_ENDPOINT, whose http:// says it.
	return sendOne(ctx, otlptracehttp.WithEndpoint(collector()), otlptracehttp.WithInsecure())
}

// collector is the address as a program that names it in code has it: host and port, and no variable that could know better.
func collector() string {
	endpoint, err := url.Parse(os.Getenv("OTEL_EXPORTER_OTLP_ENDPOINT"))
	if err != nil {
		panic(err)
	}
	_ = os.Unsetenv("OTEL_EXPORTER_OTLP_ENDPOINT")
	return endpoint.Host
}

func sendOne(ctx context.Context, options ...otlptracehttp.Option) (string, error) {
	exporter, err := otlptracehttp.New(ctx, options...)
	if err != nil {
		return "", err
	}
	_, span := providerOf(ctx, "shop", exporter).Tracer("pitfalls").Start(ctx, "GET /cart")
	span.End()
	return "200 OK", nil
}
