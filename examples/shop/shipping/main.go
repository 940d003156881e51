// Command shipping reads orders from Kafka and has each booked by ledger.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/plugin/kotel"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/codes"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"throughline.example/shop/serve"
)

const (
	topic = "orders"
	group = "shipping"
	// Between two attempts at one order.
	pause = time.Second
)

type shipping struct {
	kafka     *kgo.Client
	tracer    *kotel.Tracer
	client    *http.Client
	ledgerURL string
}

func main() { serve.Main(run) }

func run(ctx context.Context) error {
	tracer := kotel.NewTracer(kotel.ConsumerGroup(group))
	kafka, err := kgo.NewClient(
		kgo.SeedBrokers(strings.Split(serve.Setting("KAFKA", "kafka:9092"), ",")...),
		kgo.WithHooks(kotel.NewKotel(kotel.WithTracer(tracer)).Hooks()...),
		kgo.ConsumerGroup(group),
		kgo.ConsumeTopics(topic),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.AllowAutoTopicCreation(),
		kgo.MetadataMinAge(time.Second),
		// An order counts as read when it was booked, and stays with this process until then.
		kgo.DisableAutoCommit(),
		kgo.BlockRebalanceOnPoll(),
	)
	if err != nil {
		return err
	}
	// Leaves the group, so that another process takes over at once.
	defer kafka.Close()
	s := shipping{
		kafka:     kafka,
		tracer:    tracer,
		client:    &http.Client{Transport: otelhttp.NewTransport(http.DefaultTransport), Timeout: 5 * time.Second},
		ledgerURL: serve.Setting("LEDGER_URL", "http://ledger:8080"),
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+serve.HealthPath, serve.Healthy)
	served := make(chan error, 1)
	go func() { served <- serve.HTTP(ctx, mux) }()
	s.consume(ctx)
	return <-served
}

// consume ships order after order until ctx is over. One that has begun comes to its end.
func (s shipping) consume(ctx context.Context) {
	for ctx.Err() == nil {
		fetches := s.kafka.PollRecords(ctx, 10)
		fetches.EachError(func(_ string, _ int32, err error) {
			if !errors.Is(err, context.Canceled) {
				slog.Warn("no orders", "error", err)
			}
		})
		for _, record := range fetches.Records() {
			if !s.shipped(ctx, record) {
				break
			}
			if err := s.kafka.CommitRecords(context.WithoutCancel(ctx), record); err != nil {
				slog.Warn("the order may be shipped again", "error", err)
			}
		}
		s.kafka.AllowRebalance()
	}
}

// shipped tries until the order is booked; false when ctx is over before that.
func (s shipping) shipped(ctx context.Context, record *kgo.Record) bool {
	for {
		err := s.ship(record)
		if err == nil {
			return true
		}
		slog.Warn("not shipped", "order", string(record.Key), "error", err)
		select {
		case <-ctx.Done():
			return false
		case <-time.After(pause):
		}
	}
}

// ship is one attempt. The library has made a span of the record's arrival; that of its processing is made here.
func (s shipping) ship(record *kgo.Record) (err error) {
	ctx, span := s.tracer.WithProcessSpan(record)
	// Names of today's conventions beside the older ones that kotel writes.
	span.SetAttributes(semconv.MessagingDestinationName(record.Topic), semconv.MessagingOperationName("process"),
		semconv.MessagingOperationTypeProcess, semconv.MessagingConsumerGroupName(group),
		attribute.String("shop.customer", baggage.FromContext(ctx).Member("shop.customer").Value()))
	defer func() {
		if err != nil {
			span.RecordError(err)
			span.SetStatus(codes.Error, err.Error())
		}
		span.End()
	}()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.ledgerURL+"/bookings", bytes.NewReader(record.Value))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := s.client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusCreated {
		return fmt.Errorf("%s answered %s", s.ledgerURL, response.Status)
	}
	return nil
}
