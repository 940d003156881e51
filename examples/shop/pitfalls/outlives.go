package main

import (
	"context"
	"net/http"
	"sync"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/trace"
)

func outlivesWrong(ctx context.Context) (string, error) {
	return order(ctx, func(request context.Context) context.Context {
		// It is cancelled once the request is answered, and the call with it.
		return request
	})
}

func outlivesRight(ctx context.Context) (string, error) {
	return order(ctx, func(request context.Context) context.Context {
		// The span and the baggage stay; only the cancellation does not come along.
		return context.WithoutCancel(request)
	})
}

func baggageWrong(ctx context.Context) (string, error) {
	return order(ctx, func(request context.Context) context.Context {
		// The span alone: baggage and all other values are left behind.
		return trace.ContextWithSpan(context.Background(), trace.SpanFromContext(request))
	})
}

func baggageRight(ctx context.Context) (string, error) { return outlivesRight(ctx) }

// order takes an order: it answers at once, and has a mail sent afterwards, in the context that `later` makes of the request's.
func order(ctx context.Context, later func(context.Context) context.Context) (string, error) {
	shop, mail := service(ctx, "shop"), service(ctx, "mail")
	mailer := serve(mail, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		customer := baggage.FromContext(r.Context()).Member("customer").Value()
		trace.SpanFromContext(r.Context()).SetAttributes(attribute.String("customer", customer))
		ok(w, r)
	}))
	defer mailer.Close()

	var background sync.WaitGroup
	shopfront := serve(shop, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		background.Go(func() {
			// The answer is out.
			<-r.Context().Done()
			_, _ = get(later(r.Context()), client(shop), mailer.URL)
		})
		w.WriteHeader(http.StatusAccepted)
	}))
	defer shopfront.Close()

	member, err := baggage.NewMember("customer", "ada")
	if err != nil {
		return "", err
	}
	bag, err := baggage.New(member)
	if err != nil {
		return "", err
	}
	status, err := get(baggage.ContextWithBaggage(ctx, bag), client(service(ctx, "browser")), shopfront.URL)
	background.Wait()
	return status, err
}
