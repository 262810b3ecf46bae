package engine

import (
	"encoding/json"
	"fmt"
	"time"

	"clearline/lib/call"
	"clearline/lib/flow"
	"clearline/lib/store"
)

// running is a flow as the engine drives it, whatever its kind.
type running interface {
	step(ev flow.Event) (running, []flow.Effect)
	stage() flow.Stage
	ending() string // why it ends or has ended, for the log
	freeze() frozen
}

// screened is an unknown caller's call.
type screened struct {
	flow.Screening
	arrival Arrival
}

func (s screened) step(ev flow.Event) (running, []flow.Effect) {
	next, effects := s.Step(ev)
	return screened{next, s.arrival}, effects
}

func (s screened) stage() flow.Stage { return s.Stage }
func (s screened) ending() string    { return string(s.Cause) }
func (s screened) freeze() frozen    { return frozen{Arrival: &s.arrival, Screening: &s.Screening} }

// record is the call in the history.
func (s screened) record() call.Record {
	return call.Record{
		ID: s.Call, Line: s.arrival.Line, Dialled: s.arrival.Dialled, From: s.arrival.From,
		Arrived: s.arrival.At, Ended: time.Now(),
		Cause: s.Cause, Approved: s.Approved, Recording: s.Recording, Notes: s.Notes,
	}
}

// clearing is a resident's call to a service.
type clearing struct {
	flow.Clearing
	attempt *call.Attempt
}

func (c clearing) step(ev flow.Event) (running, []flow.Effect) {
	next, effects := c.Step(ev)
	return clearing{next, c.attempt}, effects
}

func (c clearing) stage() flow.Stage { return c.Stage }
func (c clearing) ending() string    { return string(c.Outcome) }
func (c clearing) freeze() frozen    { return frozen{Attempt: c.attempt, Clearing: &c.Clearing} }

// frozen is a call under way as the store keeps it: a screening with its arrival, or a
// clearing with its attempt.
type frozen struct {
	Arrival   *Arrival        `json:",omitempty"`
	Screening *flow.Screening `json:",omitempty"`
	Attempt   *call.Attempt   `json:",omitempty"`
	Clearing  *flow.Clearing  `json:",omitempty"`
}

// pending is an effect with its name, so that it can be told apart when it is read.
type pending struct {
	Name   string
	Effect json.RawMessage
}

// freeze makes what the store keeps of a call. The effects stay with the state until the
// next step replaces both: performing one twice does no harm.
func freeze(id call.ID, line call.LineID, state running, effects []flow.Effect) (store.Saved, error) {
	text, err := json.Marshal(state.freeze())
	if err != nil {
		return store.Saved{}, fmt.Errorf("freeze call %s: %w", id, err)
	}
	orders := make([]pending, len(effects))
	for i, e := range effects {
		effect, err := json.Marshal(e)
		if err != nil {
			return store.Saved{}, fmt.Errorf("freeze effects of call %s: %w", id, err)
		}
		orders[i] = pending{name(e), effect}
	}
	named, err := json.Marshal(orders)
	if err != nil {
		return store.Saved{}, fmt.Errorf("freeze effects of call %s: %w", id, err)
	}
	return store.Saved{ID: id, Line: line, State: text, Pending: named}, nil
}

// thaw reads a call back, and what a resident ordered that may not have been written
// down yet: whom to block. Of a call that cannot be read, only the empty state remains.
func thaw(saved store.Saved) (frozen, []flow.BlockCaller, error) {
	var f frozen
	if err := json.Unmarshal(saved.State, &f); err != nil {
		return frozen{}, nil, fmt.Errorf("thaw call %s: %w", saved.ID, err)
	}
	var orders []pending
	if err := json.Unmarshal(saved.Pending, &orders); err != nil {
		return f, nil, fmt.Errorf("thaw effects of call %s: %w", saved.ID, err)
	}
	var blocks []flow.BlockCaller
	for _, o := range orders {
		if o.Name != name(flow.BlockCaller{}) {
			continue
		}
		var block flow.BlockCaller
		if err := json.Unmarshal(o.Effect, &block); err != nil {
			return f, nil, fmt.Errorf("thaw effects of call %s: %w", saved.ID, err)
		}
		blocks = append(blocks, block)
	}
	return f, blocks, nil
}
