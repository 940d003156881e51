// Command orders takes an order (POST /orders), has it priced, and tells shipping by Kafka and mailer by RabbitMQ.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/twmb/franz-go/pkg/kgo"
	"go.opentelemetry.io/contrib/instrumentation/github.com/labstack/echo/otelecho"
	"go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"throughline.example/shop/pricing/pricingpb"
	"throughline.example/shop/serve"
)

// How long a broker or a connection to it may take.
const brokerTimeout = 5 * time.Second

type order struct {
	ID       string `json:"id"`
	Item     string `json:"item"`
	Customer string `json:"customer"`
	Cents    int64  `json:"cents"`
}

type shop struct {
	pricing  pricingpb.PricingClient
	kafka    *kgo.Client // nil: nothing is shipped
	mails    *mails
	client   *http.Client
	auditURL string
	// Notes that are still on their way while the answers are out.
	notes sync.WaitGroup
}

func main() { serve.Main(run) }

func run(ctx context.Context) error {
	connection, err := grpc.NewClient(serve.Setting("PRICING", "pricing:8080"),
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithStatsHandler(otelgrpc.NewClientHandler()))
	if err != nil {
		return err
	}
	defer connection.Close()
	mails, err := newMails(serve.Setting("RABBITMQ", "amqp://guest:guest@rabbitmq:5672/"))
	if err != nil {
		return err
	}
	defer mails.Close()
	shop := &shop{
		pricing:  pricingpb.NewPricingClient(connection),
		mails:    mails,
		client:   &http.Client{Transport: otelhttp.NewTransport(http.DefaultTransport), Timeout: 5 * time.Second},
		auditURL: serve.Setting("AUDIT_URL", "http://audit:8080"),
	}
	if brokers := serve.Setting("KAFKA", ""); brokers != "" {
		if shop.kafka, err = newKafka(brokers); err != nil {
			return err
		}
		defer shop.kafka.Close()
	}
	// Before the brokers are let go and the last spans are sent: the work that outlives its request.
	defer shop.notes.Wait()
	return serve.HTTP(ctx, shop.routes())
}

func (s *shop) routes() http.Handler {
	router := echo.New()
	router.Use(otelecho.Middleware("orders", otelecho.WithSkipper(func(c echo.Context) bool { return !serve.Traced(c.Request()) })))
	router.GET(serve.HealthPath, echo.WrapHandler(http.HandlerFunc(serve.Healthy)))
	router.POST("/orders", s.take)
	return router
}

func (s *shop) take(c echo.Context) error {
	ctx := c.Request().Context()
	var taken order
	if err := c.Bind(&taken); err != nil {
		return err
	}
	if err := s.price(ctx, &taken); err != nil {
		if status.Code(err) == codes.NotFound {
			return echo.NewHTTPError(http.StatusNotFound, status.Convert(err).Message())
		}
		return echo.NewHTTPError(http.StatusServiceUnavailable, "no price: "+err.Error()).SetInternal(err)
	}
	if err := s.tell(ctx, taken); err != nil {
		return echo.NewHTTPError(http.StatusServiceUnavailable, "the order was not passed on: "+err.Error()).SetInternal(err)
	}
	// The request's context is over once it is answered. Without its end, but with its span and baggage:
	s.notes.Go(func() { s.note(context.WithoutCancel(ctx), taken) })
	return c.JSON(http.StatusCreated, taken)
}

// price asks pricing twice: for one answer, and for a stream of them.
func (s *shop) price(ctx context.Context, order *order) error {
	ctx, done := context.WithTimeout(ctx, brokerTimeout)
	defer done()
	item := &pricingpb.Item{Name: order.Item}
	price, err := s.pricing.Quote(ctx, item, grpc.WaitForReady(true))
	if err != nil {
		return err
	}
	order.Cents = price.GetCents()
	discounts, err := s.pricing.Discounts(ctx, item, grpc.WaitForReady(true))
	if err != nil {
		return err
	}
	// To its end: the span of a stream that is left half read does not end before its context does.
	for {
		discount, err := discounts.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		order.Cents -= discount.GetCents()
	}
}

// tell passes the order on to both brokers, each of which has it for certain when this returns without an error.
func (s *shop) tell(ctx context.Context, order order) error {
	ctx, done := context.WithTimeout(ctx, brokerTimeout)
	defer done()
	body, err := json.Marshal(order)
	if err != nil {
		return err
	}
	if s.kafka != nil {
		if err := publish(ctx, s.kafka, order.ID, body); err != nil {
			return err
		}
	}
	return s.mails.publish(ctx, order.ID, body)
}

// note tells audit. The customer has the answer by now, so a failure is seen in the trace and the log only.
func (s *shop) note(ctx context.Context, order order) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.auditURL+"/notes", strings.NewReader(order.ID))
	if err != nil {
		slog.ErrorContext(ctx, "no note", "order", order.ID, "error", err)
		return
	}
	request.Header.Set("Idempotency-Key", order.ID)
	response, err := s.client.Do(request)
	if err != nil {
		slog.ErrorContext(ctx, "no note", "order", order.ID, "error", err)
		return
	}
	_ = response.Body.Close()
}
