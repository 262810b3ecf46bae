package redisserver

import (
	"context"
	"testing"
)

// For runs a server for a test and closes it at the end. Under -short it skips the
// test; a missing redis-server fails it.
func For(t testing.TB, opt Options) *Server {
	t.Helper()
	return serve(t, func(ctx context.Context) (*Server, error) { return Start(ctx, opt) })
}

// ClusterFor runs a cluster for a test, as For runs a server.
func ClusterFor(t testing.TB, opt Options) *Cluster {
	t.Helper()
	return serve(t, func(ctx context.Context) (*Cluster, error) { return StartCluster(ctx, opt) })
}

// SentinelFor runs a Sentinel for a test, as For runs a server.
func SentinelFor(t testing.TB, watched *Server) *Server {
	t.Helper()
	return serve(t, func(ctx context.Context) (*Server, error) { return StartSentinel(ctx, watched) })
}

// WatchedFor runs a master, its replica and three Sentinels for a test, as For runs a
// server.
func WatchedFor(t testing.TB, opt Options) *Watched {
	t.Helper()
	return serve(t, func(ctx context.Context) (*Watched, error) { return StartWatched(ctx, opt) })
}

func serve[S interface{ Close() error }](t testing.TB, start func(context.Context) (S, error)) S {
	t.Helper()
	if testing.Short() {
		t.Skip("needs a real Redis")
	}
	s, err := start(context.WithoutCancel(t.Context())) // clean-up may still need it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}
