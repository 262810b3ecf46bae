package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"clearline/lib/config"
)

// drainTime bounds how long calls in progress are waited for.
const drainTime = 30 * time.Second

type runCmd struct{ configFlag }

func (runCmd) Help() string { return runHelp }

// daemon is what run starts and stops.
type daemon interface {
	// Start begins to screen calls and returns, or says why it cannot.
	Start(ctx context.Context) error
	// Stop takes no new calls and returns when those in progress are over, or ctx is.
	Stop(ctx context.Context) error
}

// Run screens calls until a signal comes.
func (c runCmd) Run(o *output) error {
	cfg, err := c.load(o.err)
	if err != nil {
		return err
	}
	d, err := newDaemon(cfg, logger(cfg.Log, o.err))
	if err != nil {
		return err
	}
	stopped := make(chan os.Signal, 2)
	signal.Notify(stopped, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(stopped)
	return serve(d, stopped)
}

// serve starts d and stops it at the first signal; a second one ends the wait for
// calls in progress.
func serve(d daemon, signals <-chan os.Signal) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if err := d.Start(ctx); err != nil {
		return fmt.Errorf("start: %w", err)
	}
	<-signals
	drain, over := context.WithTimeout(context.Background(), drainTime)
	defer over()
	go func() {
		select {
		case <-signals:
			over()
		case <-drain.Done():
		}
	}()
	if err := d.Stop(drain); err != nil {
		return fmt.Errorf("stop: %w", err)
	}
	return nil
}

// logger writes the log the way the configuration asks for.
func logger(l config.Log, w io.Writer) *slog.Logger {
	options := &slog.HandlerOptions{Level: l.Level}
	if l.Format == "json" {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}
