package app

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"clearline/lib/api"
	"clearline/lib/asterisk"
	"clearline/lib/call"
	"clearline/lib/config"
	"clearline/lib/console"
	"clearline/lib/engine"
	"clearline/lib/fastagi"
	"clearline/lib/flow"
	"clearline/lib/notify"
	"clearline/lib/telemetry"
)

const (
	checkEvery = 5 * time.Second  // the parts are asked how they are
	readyAfter = 10 * time.Second // systemd waits no longer for the exchange: calls reach the residents without it
	stuckAfter = 5 * time.Second  // an event of the exchange is taken in microseconds
	closeMax   = time.Second      // for answers under way at the end
)

// watch is how Clearline is, for those who ask: over HTTP, and systemd.
type watch struct {
	log     *slog.Logger
	metrics *telemetry.Metrics
	health  *telemetry.Health
	heart   *telemetry.Heart
	systemd *telemetry.Systemd
	server  *telemetry.Server
	console *console.Console
	api     *api.API
	parts   *parts
	people  *notify.Notifier // nil before there is one

	patience time.Duration // with an exchange that is not reached at the start

	cancel context.CancelFunc
	work   sync.WaitGroup
}

func newWatch(log *slog.Logger) *watch {
	w := &watch{
		log: log, metrics: telemetry.NewMetrics(), heart: telemetry.NewHeart(), systemd: telemetry.NewSystemd(log),
		patience: readyAfter,
	}
	w.health = telemetry.NewHealth(w.alarm)
	w.parts = &parts{health: w.health}
	return w
}

// alarm is told once each time a part fails, and when it is well again, and tells people.
func (w *watch) alarm(p telemetry.Part) {
	switch {
	case p.Name == partCalls: // on the way out
	case p.State == telemetry.Failed:
		w.log.Error("a part has failed", "part", p.Name, "needed", p.Needed, "err", p.LastError)
	default:
		w.log.Info("a part is well again", "part", p.Name)
	}
	if w.people != nil && p.Name != partCalls {
		alarmed(w.people, p)
	}
}

// calls is what the engine tells.
func (w *watch) calls() engine.Observer {
	m := w.metrics
	return engine.Observer{
		Entered:   func(kind engine.Kind, stage flow.Stage) { m.Entered(string(kind), stage) },
		Left:      func(kind engine.Kind, stage flow.Stage) { m.Left(string(kind), stage) },
		Ended:     m.Ended,
		Attempted: func(a call.Attempt) { m.Attempted(a) },
		Limited:   func(limit engine.Limit) { m.Limited(string(limit)) },
		Recorded: func(err error) {
			m.Recorded(err)
			w.parts.recorded(err)
		},
		Waited:  m.Waited,
		Renewed: m.Renewed,
		Stored: func(took time.Duration, err error) {
			m.Stored(took, err)
			w.parts.stored(err)
		},
		Queued:    m.Queued,
		Outwaited: m.Outwaited,
	}
}

// exchange is what the exchange's client tells.
func (w *watch) exchange() asterisk.Observer {
	return asterisk.Observer{
		Asked: func(order asterisk.Order, outcome asterisk.Outcome, took time.Duration) {
			w.metrics.Asked(string(order), string(outcome), took)
		},
		Heard:     func(frame asterisk.Frame) { w.metrics.Heard(string(frame)) },
		Unreached: func(err error) { w.health.Report(partARI, err) },
	}
}

// verdict is what the verdict server tells.
func (w *watch) verdict(v fastagi.Verdict, took time.Duration) { w.metrics.Verdict(string(v), took) }

// connected is told each time the exchange has been reached.
func (w *watch) connected(first bool) {
	w.health.Report(partARI, nil)
	if !first {
		w.metrics.Reconnected()
	}
}

// pages is everything served on console.listen.
func (w *watch) pages() http.Handler {
	mux := http.NewServeMux()
	telemetry.Mount(mux, w.heart, w.health, w.metrics, w.log)
	w.api.Mount(mux)
	w.console.Mount(mux)
	return mux
}

// open takes the address that pages are served on, and learns whom to ask.
func (w *watch) open(a *App, cfg *config.Config) (err error) {
	w.heart.Add("engine", func() error {
		a.engine.Live() // takes the lock that every call needs
		return nil
	})
	w.heart.Add("events", func() error { return told(a.client.Telling()) })
	w.parts.add(a, cfg)
	w.api = a.newAPI()
	if w.console, err = a.newConsole(cfg); err != nil {
		return err
	}
	w.server, err = telemetry.Listen(telemetry.Place{
		Key: "console.listen", Address: cfg.Console.Listen, Secure: secure(cfg.Console), Proxies: cfg.Console.BehindProxy,
	}, w.pages(), w.log)
	if err != nil {
		w.console.Close()
	}
	return err
}

// told says whether the exchange's events are taken.
func told(telling time.Duration) error {
	if telling < stuckAfter {
		return nil
	}
	return fmt.Errorf("an event of Asterisk's has not been taken for %v", telling.Round(time.Second/10))
}

// start begins to watch until stop. reached is closed when the exchange has been.
func (w *watch) start(ctx context.Context, reached <-chan struct{}) {
	ctx, w.cancel = context.WithCancel(ctx)
	w.health.Report(partCalls, nil)
	w.work.Go(func() {
		if err := w.server.Serve(); err != nil {
			w.log.Error("pages no longer served", "err", err)
		}
	})
	w.work.Go(func() { w.systemd.Watch(ctx, w.heart.Beat) })
	w.work.Go(func() { w.follow(ctx, reached) })
}

// follow asks the parts how they are, again and again, and tells systemd. The service has
// started when the exchange is reached, or cannot be.
func (w *watch) follow(ctx context.Context, reached <-chan struct{}) {
	w.tell()
	patience := time.NewTimer(w.patience)
	defer patience.Stop()
	select {
	case <-reached:
	case <-patience.C:
	case <-ctx.Done():
		return
	}
	w.tell()
	w.systemd.Ready()
	ticker := time.NewTicker(checkEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			w.tell()
		}
	}
}

// tell asks the parts how they are and tells systemd and the metrics.
func (w *watch) tell() {
	parts := w.health.Check()
	for _, p := range parts {
		w.metrics.Part(p.Name, p.State == telemetry.Well)
	}
	w.systemd.Status(status(parts, w.metrics.UnderWay()))
}

// status is how Clearline is, in a line.
func status(parts []telemetry.Part, calls telemetry.Calls) string {
	var trouble []string
	for _, p := range parts {
		switch p.State {
		case telemetry.Failed:
			trouble = append(trouble, p.Name+": "+p.LastError)
		case telemetry.Starting:
			trouble = append(trouble, p.Name+" not reached yet")
		}
	}
	state := "Ready"
	switch {
	case len(telemetry.Unready(parts)) > 0:
		state = "NOT READY"
	case len(trouble) > 0:
		state = "Ready, but not well"
	}
	line := fmt.Sprintf("%s; callers screened %d, guarded calls %d, lines being cleared %d",
		state, calls.Screening, calls.Guarded, calls.Clearing)
	if len(trouble) > 0 {
		line += "; " + strings.Join(trouble, "; ")
	}
	return line
}

// drain says that Clearline is on its way out.
func (w *watch) drain() {
	w.health.Report(partCalls, errStopping)
	w.systemd.Stopping()
	w.systemd.Status(status(w.health.Parts(), w.metrics.UnderWay()))
}

// stop ends everything, and asks no part any more.
func (w *watch) stop() {
	if w.cancel != nil {
		w.cancel()
	}
	w.console.Close()
	ctx, cancel := context.WithTimeout(context.Background(), closeMax)
	defer cancel()
	w.server.Close(ctx)
	w.work.Wait()
}
