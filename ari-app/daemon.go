package main

import (
	"errors"
	"log/slog"

	"clearline/lib/config"
)

// newDaemon makes what run starts.
func newDaemon(*config.Config, *slog.Logger) (daemon, error) {
	return nil, errors.New("run: this build has no daemon")
}
