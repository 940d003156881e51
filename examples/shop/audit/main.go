// Command audit takes notes: POST /notes with any text. Orders tells it of each order after the customer has the answer.
package main

import (
	"context"
	"io"
	"log/slog"
	"net/http"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/trace"
	"throughline.example/shop/serve"
)

func main() {
	serve.Main(func(ctx context.Context) error { return serve.HTTP(ctx, routes()) })
}

func routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+serve.HealthPath, serve.Healthy)
	mux.HandleFunc("POST /notes", func(w http.ResponseWriter, r *http.Request) {
		note, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<16))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		// Baggage does not become an attribute by itself: whoever wants it on a span puts it there.
		customer := baggage.FromContext(r.Context()).Member("shop.customer").Value()
		trace.SpanFromContext(r.Context()).SetAttributes(attribute.String("shop.customer", customer))
		slog.InfoContext(r.Context(), "noted", "note", string(note), "customer", customer)
		w.WriteHeader(http.StatusNoContent)
	})
	return otelhttp.NewHandler(mux, "audit", otelhttp.WithFilter(serve.Traced))
}
