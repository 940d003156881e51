package main

import (
	"context"
	"net/http"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/trace"
)

func requestWrong(ctx context.Context) (string, error) {
	return throughEdge(ctx, func(_ context.Context, client *http.Client, url string) (string, error) {
		// http.Get, Client.Get and http.NewRequest know no context.
		response, err := client.Get(url)
		if err != nil {
			return "", err
		}
		return response.Status, response.Body.Close()
	})
}

func requestRight(ctx context.Context) (string, error) {
	// get makes its request with http.NewRequestWithContext.
	return throughEdge(ctx, get)
}

func openBodyWrong(ctx context.Context) (string, error) {
	return throughEdge(ctx, func(ctx context.Context, client *http.Client, url string) (string, error) {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return "", err
		}
		response, err := client.Do(request)
		if err != nil {
			return "", err
		}
		// Only the status is of interest. The client span ends with the body, and so never does.
		return response.Status, nil
	})
}

func openBodyRight(ctx context.Context) (string, error) {
	// get closes the body.
	return throughEdge(ctx, get)
}

// throughEdge calls edge, which calls orders as it is told.
func throughEdge(ctx context.Context, call func(context.Context, *http.Client, string) (string, error)) (string, error) {
	return between(ctx, service(ctx, "edge"), service(ctx, "orders"), call)
}

func between(
	ctx context.Context, edge, orders trace.TracerProvider,
	call func(context.Context, *http.Client, string) (string, error),
) (string, error) {
	behind := serve(orders, ok)
	// Not Close, which would wait for a body that is never read.
	defer behind.CloseClientConnections()
	front := serve(edge, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		status, err := call(r.Context(), client(edge), behind.URL)
		if err != nil || status != "200 OK" {
			w.WriteHeader(http.StatusBadGateway)
		}
	}))
	defer front.Close()
	return get(ctx, http.DefaultClient, front.URL)
}

func spanNamesWrong(ctx context.Context) (string, error) {
	byPath := otelhttp.WithSpanNameFormatter(func(_ string, r *http.Request) string {
		// One name for each order there ever was.
		return r.Method + " " + r.URL.Path
	})
	return askThrice(ctx, byPath)
}

func spanNamesRight(ctx context.Context) (string, error) {
	// Its own names are the method and the route: GET /orders/{id}. The id is in the attribute url.path.
	return askThrice(ctx)
}

// askThrice asks for three orders.
func askThrice(ctx context.Context, options ...otelhttp.Option) (status string, err error) {
	routes := http.NewServeMux()
	routes.Handle("GET /orders/{id}", ok)
	orders := serve(service(ctx, "orders"), routes, options...)
	defer orders.Close()
	for _, path := range []string{"/orders/17", "/orders/18", "/orders/19"} {
		if status, err = get(ctx, http.DefaultClient, orders.URL+path); err != nil {
			return "", err
		}
	}
	return status, nil
}
