package main

import (
	"context"
	"fmt"
	"time"

	"go.opentelemetry.io/otel/trace"
)

func goroutineWrong(ctx context.Context) (string, error) {
	tracer := service(ctx, "shop").Tracer("pitfalls")
	_, request := tracer.Start(ctx, "GET /cart")
	defer request.End()
	prices := make(chan int)
	// A new context knows nothing of the request.
	go func() { prices <- price(context.Background(), tracer) }()
	return fmt.Sprint(<-prices), nil
}

func goroutineRight(ctx context.Context) (string, error) {
	tracer := service(ctx, "shop").Tracer("pitfalls")
	ctx, request := tracer.Start(ctx, "GET /cart")
	defer request.End()
	prices := make(chan int)
	// The context that Start returned goes along.
	go func() { prices <- price(ctx, tracer) }()
	return fmt.Sprint(<-prices), nil
}

func price(ctx context.Context, tracer trace.Tracer) int {
	_, span := tracer.Start(ctx, "price")
	defer span.End()
	time.Sleep(5 * time.Millisecond)
	return 42
}
