// Command frontend answers GET / with a quote that it fetches from the quotes service.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	if err := run(); err != nil {
		slog.Error("frontend ends", "error", err)
		os.Exit(1)
	}
}

func run() (err error) {
	ctx, release := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer release()

	stopTracing, err := startTracing(ctx)
	if err != nil {
		return fmt.Errorf("tracing: %w", err)
	}
	// The context of the signal is over by then, so the last spans get a deadline of their own.
	defer func() {
		flush, done := context.WithTimeout(context.Background(), 5*time.Second)
		defer done()
		err = errors.Join(err, stopTracing(flush))
	}()

	server := &http.Server{
		Addr:              setting("LISTEN", ":8080"),
		Handler:           traced(routes(setting("QUOTES_URL", "http://quotes:8080/"), tracedClient())),
		ReadHeaderTimeout: 5 * time.Second,
		// Requests that still run when the signal comes may end, so their context is not that of the signal.
		BaseContext: func(net.Listener) context.Context { return context.Background() },
	}
	failed := make(chan error, 1)
	go func() { failed <- server.ListenAndServe() }()
	slog.Info("frontend listens", "address", server.Addr)
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	drain, done := context.WithTimeout(context.Background(), 10*time.Second)
	defer done()
	return server.Shutdown(drain)
}

func routes(quotesURL string, client *http.Client) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /", func(w http.ResponseWriter, r *http.Request) {
		quote, err := fetchQuote(r.Context(), client, quotesURL)
		w.Header().Set("Content-Type", "application/json")
		if err != nil {
			slog.WarnContext(r.Context(), "no quote", "error", err)
			w.WriteHeader(http.StatusBadGateway)
			_ = json.NewEncoder(w).Encode(map[string]string{"error": err.Error()})
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"service": "frontend", "quote": quote})
	})
	return mux
}

// fetchQuote hands the incoming request's context on: that is what joins the two services' spans.
func fetchQuote(ctx context.Context, client *http.Client, url string) (json.RawMessage, error) {
	ctx, done := context.WithTimeout(ctx, 5*time.Second)
	defer done()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answered %s", url, response.Status)
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	if err != nil {
		return nil, err
	}
	if !json.Valid(body) {
		return nil, fmt.Errorf("%s did not answer with JSON", url)
	}
	return body, nil
}

func setting(name, fallback string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return fallback
}
