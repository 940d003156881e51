// Command edge is the shop's front door: GET /buy?item=lamp&customer=ada checks the stock and places an order.
package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/gin-gonic/gin"
	"go.opentelemetry.io/contrib/instrumentation/github.com/gin-gonic/gin/otelgin"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/baggage"
	"throughline.example/shop/serve"
)

// Customer is the baggage that every later hop can read.
const customerMember = "shop.customer"

var errNotFound = errors.New("no such item")

type shop struct {
	client              *http.Client
	stockURL, ordersURL string
}

func main() {
	serve.Main(func(ctx context.Context) error {
		return serve.HTTP(ctx, routes(shop{
			// A client span for each call whose request carries the context of the incoming one.
			client:    &http.Client{Transport: otelhttp.NewTransport(http.DefaultTransport), Timeout: 10 * time.Second},
			stockURL:  serve.Setting("STOCK_URL", "http://stock:8080"),
			ordersURL: serve.Setting("ORDERS_URL", "http://orders:8080"),
		}))
	})
}

func routes(shop shop) http.Handler {
	gin.SetMode(gin.ReleaseMode)
	router := gin.New()
	// Tracing goes first, so that a panic which Recovery turns into a 500 is seen as one.
	router.Use(otelgin.Middleware("edge", otelgin.WithFilter(serve.Traced)), gin.Recovery())
	router.GET(serve.HealthPath, gin.WrapF(serve.Healthy))
	router.GET("/buy", shop.buy)
	return router
}

func (s shop) buy(c *gin.Context) {
	item, customer := c.DefaultQuery("item", "lamp"), c.DefaultQuery("customer", "ada")
	// The request's context, not gin's own: only that one carries the span.
	ctx, err := withCustomer(c.Request.Context(), customer)
	if err != nil {
		c.JSON(http.StatusBadRequest, gin.H{"error": err.Error()})
		return
	}
	order, err := s.order(ctx, item, customer)
	switch {
	case errors.Is(err, errNotFound):
		c.JSON(http.StatusNotFound, gin.H{"error": err.Error()})
	case err != nil:
		_ = c.Error(err)
		c.JSON(http.StatusBadGateway, gin.H{"error": err.Error()})
	default:
		c.Data(http.StatusOK, gin.MIMEJSON, order)
	}
}

// withCustomer puts the customer into the baggage, which travels on with the trace context over HTTP, gRPC and both brokers.
func withCustomer(ctx context.Context, customer string) (context.Context, error) {
	member, err := baggage.NewMemberRaw(customerMember, customer)
	if err != nil {
		return nil, err
	}
	bag, err := baggage.FromContext(ctx).SetMember(member)
	if err != nil {
		return nil, err
	}
	return baggage.ContextWithBaggage(ctx, bag), nil
}

func (s shop) order(ctx context.Context, item, customer string) ([]byte, error) {
	if _, err := s.call(ctx, http.MethodGet, s.stockURL+"/stock/"+url.PathEscape(item), "", nil); err != nil {
		return nil, err
	}
	id := rand.Text()
	body, err := json.Marshal(map[string]string{"id": id, "item": item, "customer": customer})
	if err != nil {
		return nil, err
	}
	return s.call(ctx, http.MethodPost, s.ordersURL+"/orders", id, body)
}

func (s shop) call(ctx context.Context, method, target, key string, body []byte) ([]byte, error) {
	// With the context: http.NewRequest would begin another trace.
	request, err := http.NewRequestWithContext(ctx, method, target, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if key != "" {
		request.Header.Set("Content-Type", "application/json")
		// Lets the client send a POST again when a server that ends has closed the connection.
		request.Header.Set("Idempotency-Key", key)
	}
	response, err := s.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	switch {
	case err != nil:
		return nil, err
	case response.StatusCode == http.StatusNotFound:
		return nil, errNotFound
	case response.StatusCode >= 300:
		return nil, fmt.Errorf("%s answered %s: %s", target, response.Status, answer)
	}
	return answer, nil
}
