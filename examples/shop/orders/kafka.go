package main

import (
	"context"
	"strings"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/plugin/kotel"
)

// The topic that shipping reads.
const orderTopic = "orders"

// newKafka makes a client whose records carry the trace context: kotel makes a producer span of each and puts it into its headers.
func newKafka(brokers string) (*kgo.Client, error) {
	traced := kotel.NewKotel(kotel.WithTracer(kotel.NewTracer()))
	return kgo.NewClient(
		kgo.SeedBrokers(strings.Split(brokers, ",")...),
		kgo.WithHooks(traced.Hooks()...),
		kgo.AllowAutoTopicCreation(),
		kgo.DialTimeout(brokerTimeout),
		kgo.ProduceRequestTimeout(brokerTimeout),
		kgo.RequestTimeoutOverhead(brokerTimeout),
		// A customer does not wait for a broker that does not answer; the same order may be there twice then.
		kgo.AllowIdempotentProduceCancellation(),
	)
}

// publish returns when the broker has the order.
func publish(ctx context.Context, client *kgo.Client, id string, body []byte) error {
	record := &kgo.Record{Topic: orderTopic, Key: []byte(id), Value: body}
	return client.ProduceSync(ctx, record).FirstErr()
}
