package app

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"clearline/lib/config"
	"clearline/lib/prompt"
	"clearline/lib/telemetry"
)

// The parts Clearline needs, named as their sections of the configuration.
const (
	partARI        = "ari"
	partStore      = "store"
	partAGI        = "agi"
	partPrompts    = "prompts"
	partRecordings = "recordings"
	partSnapshots  = "snapshots" // of a store in a file
	partCalls      = "calls"     // new ones are taken
)

var (
	errStopping = errors.New("being stopped, new ones are delivered UNSCREENED")
	errAway     = errors.New("the dialplan's questions are not answered")
)

const (
	recordingRoom = 64 << 20         // bytes: some hundred recordings
	recordingWary = 10 * time.Minute // the folder is believed again so long after a recording failed
)

// parts find out how the parts are.
type parts struct {
	health *telemetry.Health

	mu       sync.Mutex
	unstored error     // why the last write to the store failed
	unkept   error     // why the last recording is not on the disk
	unkeptAt time.Time // when that was
}

// add makes the parts known.
func (p *parts) add(a *App, cfg *config.Config) {
	p.health.Add(partARI, true, nil)
	p.health.Add(partStore, true, func(ctx context.Context) error {
		if err := p.storing(); err != nil {
			return err
		}
		_, err := a.store.Windows(ctx, time.Now())
		return err
	})
	p.health.Add(partAGI, true, func(context.Context) error {
		if !a.agi.Serving() {
			return errAway
		}
		return nil
	})
	p.health.Add(partPrompts, true, func(context.Context) error { return prompted(a.folder, cfg.Language) })
	p.health.Add(partRecordings, false, func(context.Context) error {
		if err := p.keeping(time.Now()); err != nil {
			return err
		}
		return telemetry.Room(cfg.Recordings.Dir, recordingRoom)
	})
	if a.snapshots.store != nil {
		p.health.Add(partSnapshots, false, func(context.Context) error { return a.snapshots.well(time.Now()) })
	}
	if len(cfg.Notify) > 0 {
		p.health.Add(partNotify, false, func(context.Context) error { return a.people.Well() })
	}
	if cfg.MQTT.URL != "" {
		p.health.Add(partMQTT, false, nil)
	}
	p.health.Add(partCalls, true, nil)
}

// prompted says whether every prompt has a sound file.
func prompted(folder *prompt.Folder, language string) error {
	absent := folder.Missing(language)
	if len(absent) == 0 {
		return nil
	}
	return fmt.Errorf("%s has no sound file for %s and %d more prompts", folder.Dir, absent[0].Name, len(absent)-1)
}

// stored is told of each write to the store.
func (p *parts) stored(err error) {
	p.mu.Lock()
	p.unstored = err
	p.mu.Unlock()
	p.health.Report(partStore, err)
}

// storing is why the last write to the store failed.
func (p *parts) storing() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.unstored
}

// recorded is told of each recording. Once one is kept again, the folder says how it is.
func (p *parts) recorded(err error) {
	p.mu.Lock()
	p.unkept, p.unkeptAt = err, time.Now()
	p.mu.Unlock()
	if err != nil {
		p.health.Report(partRecordings, err)
	}
}

// keeping is why the last recording was not kept, unless that was long ago: somebody may
// have made room since.
func (p *parts) keeping(now time.Time) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if now.Sub(p.unkeptAt) > recordingWary {
		return nil
	}
	return p.unkept
}
