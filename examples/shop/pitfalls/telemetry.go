package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"go.opentelemetry.io/contrib/exporters/autoexport"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/contrib/propagators/autoprop"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// providers are those of all services of this process, to be flushed at its end.
var providers []*sdk.TracerProvider

// service sets tracing up as every program should: spans go where OTEL_* says, and context is passed on to others.
// One process plays several services here, so their names come from the code; a real one is named by OTEL_SERVICE_NAME.
func service(ctx context.Context, name string) trace.TracerProvider {
	otel.SetTextMapPropagator(autoprop.NewTextMapPropagator())
	return provider(ctx, name)
}

// provider sends spans where OTEL_* says.
func provider(ctx context.Context, name string) trace.TracerProvider {
	exporter, err := autoexport.NewSpanExporter(ctx)
	if err != nil {
		panic(err)
	}
	return providerOf(ctx, name, exporter)
}

func providerOf(ctx context.Context, name string, exporter sdk.SpanExporter) trace.TracerProvider {
	attributes, err := resource.New(ctx, resource.WithFromEnv(), resource.WithAttributes(attribute.String("service.name", name)))
	if err != nil {
		panic(err)
	}
	made := sdk.NewTracerProvider(sdk.WithBatcher(exporter), sdk.WithResource(attributes))
	providers = append(providers, made)
	return made
}

// serve answers on a free port of this machine, with a server span for each request.
func serve(provider trace.TracerProvider, handler http.Handler, options ...otelhttp.Option) *httptest.Server {
	options = append(options, otelhttp.WithTracerProvider(provider))
	return httptest.NewServer(otelhttp.NewHandler(handler, "server", options...))
}

// client makes a client span of each call.
func client(provider trace.TracerProvider) *http.Client {
	return &http.Client{Transport: otelhttp.NewTransport(http.DefaultTransport, otelhttp.WithTracerProvider(provider))}
}

// get calls url in the context it is given, and returns the status it was answered with.
func get(ctx context.Context, client *http.Client, url string) (string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return "", err
	}
	response, err := client.Do(request)
	if err != nil {
		return "", err
	}
	return response.Status, response.Body.Close()
}

// ok answers every request.
var ok = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
