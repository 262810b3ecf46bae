package main

import (
	"log/slog"

	"clearline/lib/app"
	"clearline/lib/config"
)

// newDaemon makes what run starts.
func newDaemon(cfg *config.Config, log *slog.Logger) (daemon, error) {
	a, err := app.New(cfg, log)
	if err != nil {
		return nil, err
	}
	return a, nil
}
