package main

import (
	"maps"
	"slices"

	amqp "github.com/rabbitmq/amqp091-go"
)

// tableCarrier lets a propagator write to and read from the headers of a message. The carriers of the SDK are for HTTP headers and
// plain maps; propagation.HeaderCarrier would also change the case of the keys, which the other side then does not find.
type tableCarrier amqp.Table

// Get returns a header's text; "" where there is none, or one of another type.
func (c tableCarrier) Get(key string) string {
	switch value := c[key].(type) {
	case string:
		return value
	case []byte:
		return string(value)
	default:
		return ""
	}
}

// Set puts a header in.
func (c tableCarrier) Set(key, value string) { c[key] = value }

// Keys lists the headers.
func (c tableCarrier) Keys() []string { return slices.Sorted(maps.Keys(c)) }
