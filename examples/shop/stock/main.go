// Command stock answers GET /stock/{item} with how many of it there are.
package main

import (
	"context"
	"encoding/json"
	"net/http"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"throughline.example/shop/serve"
)

var stock = map[string]int{"lamp": 7, "chair": 4, "table": 2}

func main() {
	serve.Main(func(ctx context.Context) error { return serve.HTTP(ctx, routes()) })
}

func routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+serve.HealthPath, serve.Healthy)
	mux.HandleFunc("GET /stock/{item}", func(w http.ResponseWriter, r *http.Request) {
		count, known := stock[r.PathValue("item")]
		if !known {
			http.Error(w, "no such item", http.StatusNotFound)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]int{"count": count})
	})
	// Around the mux as a whole; spans are named by the route's pattern all the same.
	return otelhttp.NewHandler(mux, "stock", otelhttp.WithFilter(serve.Traced))
}
