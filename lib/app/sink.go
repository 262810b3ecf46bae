package app

import (
	"context"
	"errors"
	"sync"

	"clearline/lib/asterisk"
	"clearline/lib/call"
	"clearline/lib/engine"
	"clearline/lib/flow"
	"clearline/lib/number"
)

// sink carries what the exchange tells to the engine.
type sink struct {
	app   *App
	first sync.Once
}

var _ asterisk.Sink = (*sink)(nil)

// Arrived implements asterisk.Sink.
func (s *sink) Arrived(a asterisk.Arrival) {
	s.app.engine.Arrived(engine.Arrival{Leg: a.Leg, Line: a.Line, Dialled: a.Dialled, From: s.app.normal(a.From), At: a.At})
}

// normal makes a caller's number E.164 where it can be read, so that one number has one
// form in every list, and the category one that is known.
func (a *App) normal(from call.Caller) call.Caller {
	if n, err := number.Parse(from.Number, a.region); err == nil {
		from.Number = n.String()
	}
	from.Category = string(number.ParseCategory(from.Category))
	return from
}

// Dialled implements asterisk.Sink.
func (s *sink) Dialled(d asterisk.Dialled) {
	s.app.engine.Dialled(engine.Dialled{Leg: d.Leg, Line: d.Line, Dialled: d.Dialled, Code: d.Code, Prompt: d.Prompt, At: d.At})
}

func (s *sink) Happened(ev flow.Event) { s.app.engine.Happened(ev) }

// Connected implements asterisk.Sink.
func (s *sink) Connected(h asterisk.Holdings) {
	s.app.log.Info("connected to the exchange", "legs", len(h.Legs), "bridges", len(h.Bridges))
	s.app.engine.Connected(h.Legs, h.Bridges)
	first := false
	s.first.Do(func() { first = true })
	s.app.watch.connected(first)
	if first {
		close(s.app.ready)
	}
}

// Disconnected implements asterisk.Sink.
func (s *sink) Disconnected(err error) {
	if errors.Is(err, context.Canceled) {
		return // Clearline itself stops
	}
	s.app.log.Warn("connection to the exchange lost, connecting again", "err", err)
	s.app.watch.health.Report(partARI, err)
}
