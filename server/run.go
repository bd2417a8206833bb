package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// drain is how long requests that run may take to end when the server stops.
const drain = 10 * time.Second

type stoppingKey struct{}

// stopping is a context that ends when the server is told to stop.
func stopping(ctx context.Context) context.Context {
	if s, ok := ctx.Value(stoppingKey{}).(context.Context); ok {
		return s
	}
	return context.Background()
}

// Run serves h on the address listen until ctx ends; ready is told the address once it takes connections (a port 0 is
// chosen by the system). Then it takes no more, ends the streams, lets the requests that run end for up to 10 seconds,
// and returns nil.
func Run(ctx context.Context, listen string, h http.Handler, ready func(addr net.Addr)) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", listen)
	if err != nil {
		return fmt.Errorf("the address %s cannot be listened on: %w", listen, err)
	}
	stop, stopNow := context.WithCancel(context.Background())
	defer stopNow()
	srv := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(slog.Default().Handler(), slog.LevelDebug),
		BaseContext: func(net.Listener) context.Context {
			return context.WithValue(context.Background(), stoppingKey{}, stop)
		},
	}
	ended := make(chan error, 1)
	go func() { ended <- srv.Serve(listener) }()
	ready(listener.Addr())
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	stopNow()
	draining, cancel := context.WithTimeout(context.Background(), drain)
	defer cancel()
	if err := srv.Shutdown(draining); errors.Is(err, context.DeadlineExceeded) {
		return srv.Close()
	} else if err != nil {
		return err
	}
	return nil
}
