package main

import (
	"context"
	"fmt"
	"net/http"

	amqp "github.com/rabbitmq/amqp091-go"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// tableCarrier lets a propagator read and write the headers of an AMQP message.
type tableCarrier amqp.Table

func (c tableCarrier) Get(key string) string {
	value, _ := c[key].(string)
	return value
}

func (c tableCarrier) Set(key, value string) { c[key] = value }

func (c tableCarrier) Keys() []string {
	keys := make([]string, 0, len(c))
	for key := range c {
		keys = append(keys, key)
	}
	return keys
}

func carrierWrong(ctx context.Context) (string, error) {
	return overQueue(ctx, func(context.Context) amqp.Table {
		// No library does it by itself: a message without headers carries no context.
		return amqp.Table{}
	})
}

func carrierCaseWrong(ctx context.Context) (string, error) {
	return overQueue(ctx, func(ctx context.Context) amqp.Table {
		// HeaderCarrier is for net/http: it writes Traceparent. Brokers keep the case, and consumers look for traceparent.
		headers := http.Header{}
		otel.GetTextMapPropagator().Inject(ctx, propagation.HeaderCarrier(headers))
		table := amqp.Table{}
		for key := range headers {
			table[key] = headers.Get(key)
		}
		return table
	})
}

func carrierRight(ctx context.Context) (string, error) { return overQueue(ctx, carried) }

func carried(ctx context.Context) amqp.Table {
	table := amqp.Table{}
	otel.GetTextMapPropagator().Inject(ctx, tableCarrier(table))
	return table
}

// overQueue sends a message with the headers made for it, and has it processed.
func overQueue(ctx context.Context, headers func(context.Context) amqp.Table) (string, error) {
	shop, mailer := service(ctx, "shop").Tracer("pitfalls"), service(ctx, "mailer").Tracer("pitfalls")
	message, err := publish(ctx, shop, headers)
	if err != nil {
		return "", err
	}
	ctx = otel.GetTextMapPropagator().Extract(ctx, tableCarrier(message.Headers))
	_, span := mailer.Start(ctx, "process mails", trace.WithSpanKind(trace.SpanKindConsumer), messaging("process"))
	defer span.End()
	return string(message.Body) + " sent", nil
}

func batchWrong(ctx context.Context) (string, error) {
	return inBatch(ctx, func(mailer trace.Tracer, causes []context.Context) trace.Span {
		// The batch hangs in the first message's trace; the others end nowhere.
		_, span := mailer.Start(causes[0], "process mails", trace.WithSpanKind(trace.SpanKindConsumer), messaging("process"))
		return span
	})
}

func batchRight(ctx context.Context) (string, error) {
	return inBatch(ctx, func(mailer trace.Tracer, causes []context.Context) trace.Span {
		links := make([]trace.Link, 0, len(causes))
		for _, cause := range causes {
			links = append(links, trace.LinkFromContext(cause))
		}
		// A trace of its own, linked to each message's: a span has one parent, and as many links as it needs.
		_, span := mailer.Start(ctx, "process mails", trace.WithSpanKind(trace.SpanKindConsumer), messaging("process"), trace.WithLinks(links...))
		return span
	})
}

// inBatch sends three messages, each in a trace of its own, and has them processed at once in the span that `start` makes.
func inBatch(ctx context.Context, start func(trace.Tracer, []context.Context) trace.Span) (string, error) {
	shop, mailer := service(ctx, "shop").Tracer("pitfalls"), service(ctx, "mailer").Tracer("pitfalls")
	var causes []context.Context
	for range 3 {
		message, err := publish(ctx, shop, carried)
		if err != nil {
			return "", err
		}
		causes = append(causes, otel.GetTextMapPropagator().Extract(ctx, tableCarrier(message.Headers)))
	}
	span := start(mailer, causes)
	defer span.End()
	return fmt.Sprint(len(causes), " mails sent"), nil
}

// publish makes the message that a broker would hand on; the chain beside this folder has real brokers.
func publish(ctx context.Context, shop trace.Tracer, headers func(context.Context) amqp.Table) (amqp.Publishing, error) {
	ctx, span := shop.Start(ctx, "send mails", trace.WithSpanKind(trace.SpanKindProducer), messaging("send"))
	defer span.End()
	message := amqp.Publishing{Headers: headers(ctx), ContentType: "text/plain", Body: []byte("mail")}
	return message, message.Headers.Validate()
}

// messaging are the attributes that the semantic conventions want of every messaging span.
func messaging(operation string) trace.SpanStartEventOption {
	return trace.WithAttributes(
		attribute.String("messaging.system", "rabbitmq"),
		attribute.String("messaging.operation.type", operation),
		attribute.String("messaging.operation.name", operation),
		attribute.String("messaging.destination.name", "mails"),
	)
}
