package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

var errDeclined = errors.New("card declined")

func endedEarlyWrong(ctx context.Context) (string, error) {
	tracer := service(ctx, "shop").Tracer("pitfalls")
	ctx, span := tracer.Start(ctx, "charge")
	span.End()
	err := askBank(ctx, tracer)
	// Too late: a span that has ended takes nothing more, and says nothing of it.
	span.SetStatus(codes.Error, err.Error())
	return err.Error(), nil
}

func endedEarlyRight(ctx context.Context) (string, error) {
	tracer := service(ctx, "shop").Tracer("pitfalls")
	ctx, span := tracer.Start(ctx, "charge")
	// It runs when the function returns, after everything below.
	defer span.End()
	err := askBank(ctx, tracer)
	span.SetStatus(codes.Error, err.Error())
	return err.Error(), nil
}

func askBank(ctx context.Context, tracer trace.Tracer) error {
	_, span := tracer.Start(ctx, "ask bank", trace.WithSpanKind(trace.SpanKindClient))
	defer span.End()
	time.Sleep(20 * time.Millisecond)
	return errDeclined
}

func neverEndedWrong(ctx context.Context) (string, error) {
	tracer := service(ctx, "shop").Tracer("pitfalls")
	ctx, request := tracer.Start(ctx, "POST /orders")
	defer request.End()
	return func() string {
		ctx, span := tracer.Start(ctx, "reserve")
		if askBank(ctx, tracer) != nil {
			// The way out that nobody thought of.
			return "not reserved"
		}
		span.End()
		return "reserved"
	}(), nil
}

func neverEndedRight(ctx context.Context) (string, error) {
	tracer := service(ctx, "shop").Tracer("pitfalls")
	ctx, request := tracer.Start(ctx, "POST /orders")
	defer request.End()
	return func() string {
		ctx, span := tracer.Start(ctx, "reserve")
		// On every way out, of a panic too.
		defer span.End()
		if askBank(ctx, tracer) != nil {
			return "not reserved"
		}
		return "reserved"
	}(), nil
}

func statusWrong(ctx context.Context) (string, error) {
	_, span := service(ctx, "shop").Tracer("pitfalls").Start(ctx, "charge")
	defer span.End()
	// An event, no more: the span stays as good as any other.
	span.RecordError(errDeclined)
	return errDeclined.Error(), nil
}

func statusRight(ctx context.Context) (string, error) {
	_, span := service(ctx, "shop").Tracer("pitfalls").Start(ctx, "charge")
	defer span.End()
	span.RecordError(errDeclined)
	// This is what marks the span, and what searches and error rates go by.
	span.SetStatus(codes.Error, errDeclined.Error())
	return errDeclined.Error(), nil
}

func notFlushedWrong(ctx context.Context) (string, error) {
	_, span := service(ctx, "shop").Tracer("pitfalls").Start(ctx, "nightly report")
	span.End()
	fmt.Println("report written")
	// As log.Fatal does: the last five seconds of spans still wait in memory.
	os.Exit(0)
	return "", nil
}

func notFlushedRight(ctx context.Context) (string, error) {
	_, span := service(ctx, "shop").Tracer("pitfalls").Start(ctx, "nightly report")
	span.End()
	// main shuts the providers down before it ends.
	return "report written", nil
}
