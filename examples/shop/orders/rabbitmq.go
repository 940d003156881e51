package main

import (
	"context"
	"errors"
	"net"
	"net/url"
	"sync"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/codes"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
)

// The queue that mailer reads. Either side makes it, so that it does not matter which one comes first.
const mailQueue = "mails"

// mails publishes to RabbitMQ and connects again by itself.
type mails struct {
	url, host string

	mutex      sync.Mutex
	connection *amqp.Connection
	channel    *amqp.Channel
}

func newMails(address string) (*mails, error) {
	parsed, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	return &mails{url: address, host: parsed.Hostname()}, nil
}

// publish returns when the broker has confirmed the message. The library makes no spans, so the producer span is made by hand.
func (m *mails) publish(ctx context.Context, id string, body []byte) (err error) {
	ctx, span := otel.Tracer("throughline.example/shop/orders").Start(ctx, "publish "+mailQueue,
		trace.WithSpanKind(trace.SpanKindProducer),
		trace.WithAttributes(
			semconv.MessagingSystemRabbitMQ,
			semconv.MessagingOperationName("publish"),
			semconv.MessagingOperationTypeSend,
			semconv.MessagingDestinationName(mailQueue),
			semconv.MessagingRabbitMQDestinationRoutingKey(mailQueue),
			semconv.MessagingMessageID(id),
			semconv.ServerAddress(m.host),
		))
	defer func() {
		if err != nil {
			span.RecordError(err)
			span.SetStatus(codes.Error, err.Error())
		}
		span.End()
	}()

	channel, err := m.open(ctx)
	if err != nil {
		return err
	}
	headers := amqp.Table{}
	// The context with the producer span: the consumer becomes its child.
	otel.GetTextMapPropagator().Inject(ctx, tableCarrier(headers))
	message := amqp.Publishing{
		ContentType:  "application/json",
		DeliveryMode: amqp.Persistent,
		MessageId:    id,
		Headers:      headers,
		Body:         body,
	}
	confirmation, err := channel.PublishWithDeferredConfirmWithContext(ctx, "", mailQueue, false, false, message)
	if err != nil {
		return err
	}
	// One that comes too late is no reason to give the channel up, on which others wait: heartbeats find out whether it is dead.
	taken, err := confirmation.WaitContext(ctx)
	if err == nil && !taken {
		err = errors.New("the broker did not take the message, or the connection was lost")
	}
	return err
}

// open returns the channel, made anew where there is none that works.
func (m *mails) open(ctx context.Context) (*amqp.Channel, error) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	// Who has waited behind others that could not connect does not try for as long again.
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if m.channel != nil && !m.channel.IsClosed() {
		return m.channel, nil
	}
	m.closeConnection()
	// The dialer's time holds for the whole handshake too.
	dial := func(network, address string) (net.Conn, error) {
		return amqp.DefaultDial(brokerTimeout)(network, address)
	}
	connection, err := amqp.DialConfig(m.url, amqp.Config{Dial: dial, Heartbeat: 5 * time.Second})
	if err != nil {
		return nil, err
	}
	m.connection = connection
	channel, err := connection.Channel()
	if err != nil {
		return nil, err
	}
	if err := channel.Confirm(false); err != nil {
		return nil, err
	}
	if _, err := channel.QueueDeclare(mailQueue, true, false, false, false, nil); err != nil {
		return nil, err
	}
	m.channel = channel
	return channel, nil
}

// Close ends the connection.
func (m *mails) Close() {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	m.closeConnection()
}

func (m *mails) closeConnection() {
	if m.connection != nil {
		// A broker that does not answer may not hold this up.
		_ = m.connection.CloseDeadline(time.Now().Add(time.Second))
	}
	m.connection, m.channel = nil, nil
}
