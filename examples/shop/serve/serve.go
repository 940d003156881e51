// Package serve runs a service until SIGTERM and ends it in the order that loses no span: no new work, then what runs comes to its
// end, then the last spans are sent.
package serve

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"throughline.example/shop/telemetry"
)

// HealthPath is answered without a span: probes would drown everything else.
const HealthPath = "/healthz"

const drainTime = 10 * time.Second

// Main runs body with a context that is over on SIGTERM, and sends the last spans after it has returned.
func Main(body func(ctx context.Context) error) {
	ctx, release := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer release()
	stop, err := telemetry.Start(ctx)
	if err == nil {
		err = errors.Join(body(ctx), stop())
	}
	if err != nil {
		slog.Error("the service ends", "error", err)
		os.Exit(1)
	}
}

// HTTP serves at LISTEN (default ":8080") until ctx is over; requests that still run then may end.
func HTTP(ctx context.Context, handler http.Handler) error {
	server := &http.Server{Addr: Setting("LISTEN", ":8080"), Handler: handler, ReadHeaderTimeout: 5 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- server.ListenAndServe() }()
	slog.Info("listening", "address", server.Addr)
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	drain, done := context.WithTimeout(context.Background(), drainTime)
	defer done()
	return server.Shutdown(drain)
}

// Healthy answers probes.
func Healthy(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") }

// Traced says whether a request gets a span; the filter of every HTTP instrumentation here.
func Traced(request *http.Request) bool { return request.URL.Path != HealthPath }

// Setting is the value of an environment variable, or fallback where it is empty.
func Setting(name, fallback string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return fallback
}
