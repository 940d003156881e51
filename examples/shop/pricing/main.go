// Command pricing tells over gRPC what an item costs (Quote) and, as a stream, what is taken off (Discounts).
package main

import (
	"context"
	"log/slog"
	"net"

	"go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc"
	"go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc/filters"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"
	"throughline.example/shop/pricing/pricingpb"
	"throughline.example/shop/serve"
)

var cents = map[string]int64{"lamp": 4900, "chair": 8900, "table": 19900}

type pricing struct {
	pricingpb.UnimplementedPricingServer
}

func (pricing) Quote(_ context.Context, item *pricingpb.Item) (*pricingpb.Price, error) {
	price, known := cents[item.GetName()]
	if !known {
		return nil, status.Errorf(codes.NotFound, "%q is not for sale", item.GetName())
	}
	return &pricingpb.Price{Cents: price}, nil
}

func (pricing) Discounts(item *pricingpb.Item, stream grpc.ServerStreamingServer[pricingpb.Discount]) error {
	price := cents[item.GetName()]
	for _, discount := range []*pricingpb.Discount{{Reason: "autumn", Cents: price / 10}, {Reason: "loyalty", Cents: price / 20}} {
		if err := stream.Send(discount); err != nil {
			return err
		}
	}
	return nil
}

func main() { serve.Main(run) }

func run(ctx context.Context) error {
	listener, err := net.Listen("tcp", serve.Setting("LISTEN", ":8080"))
	if err != nil {
		return err
	}
	// A stats handler, which sees unary calls and streams alike; the interceptors of earlier years are gone.
	traced := otelgrpc.NewServerHandler(otelgrpc.WithFilter(filters.Not(filters.HealthCheck())))
	server := grpc.NewServer(grpc.StatsHandler(traced))
	pricingpb.RegisterPricingServer(server, pricing{})
	healthpb.RegisterHealthServer(server, health.NewServer())
	// Tells clients to go elsewhere, and returns when the last call has ended.
	stopped := context.AfterFunc(ctx, server.GracefulStop)
	defer stopped()
	slog.Info("listening", "address", listener.Addr().String())
	return server.Serve(listener)
}
