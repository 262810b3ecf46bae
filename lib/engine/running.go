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
	legs() []call.LegID
	freeze() frozen
}

// screened is an unknown caller's call.
type screened struct {
	flow.Screening
	arrival Arrival
	decided time.Time // when somebody accepted or refused the caller; zero while nobody has
}

func (s screened) step(ev flow.Event) (running, []flow.Effect) {
	next, effects := s.Step(ev)
	decided := s.decided
	switch {
	case next.Decision.By == "":
		decided = time.Time{}
	case s.Decision.By == "":
		decided = time.Now()
	}
	return screened{next, s.arrival, decided}, effects
}

func (s screened) stage() flow.Stage { return s.Stage }
func (s screened) ending() string    { return string(s.Cause) }
func (s screened) freeze() frozen {
	return frozen{Arrival: &s.arrival, Screening: &s.Screening, Decided: s.decided}
}

// legs are the caller's first, then those of the resident.
func (s screened) legs() []call.LegID {
	var legs []call.LegID
	if !s.CallerGone {
		legs = append(legs, s.Caller)
	}
	if s.Resident != "" {
		legs = append(legs, s.Resident)
	}
	return append(legs, s.Others...)
}

// record is the call in the history.
func (s screened) record() call.Record {
	return call.Record{
		ID: s.Call, Line: s.arrival.Line, Dialled: s.arrival.Dialled, From: s.arrival.From,
		Arrived: s.arrival.At, Ended: time.Now(),
		Cause: s.Cause, Approved: s.Approved, DecidedBy: s.Decision.By, Decided: s.decided, Recording: s.Recording, Said: s.Said, Notes: s.Notes,
		Instead: s.Instead, Message: s.left(),
	}
}

// left says whether the caller has left a message.
func (s screened) left() call.Box {
	if !s.Recording.IsMessage() || s.Taping {
		return call.NoMessage
	}
	return call.NewMessage
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

func (c clearing) stage() flow.Stage  { return c.Stage }
func (c clearing) ending() string     { return string(c.Outcome) }
func (c clearing) legs() []call.LegID { return []call.LegID{c.Dial.Leg} }
func (c clearing) freeze() frozen     { return frozen{Attempt: c.attempt, Clearing: &c.Clearing} }

// form is the version of what freeze makes. A call in another form is not gone on with.
const form = 1

// frozen is a call under way as the store keeps it: a screening with its arrival, a
// clearing with its attempt, or a session.
type frozen struct {
	Form      int
	Arrival   *Arrival        `json:",omitempty"`
	Screening *flow.Screening `json:",omitempty"`
	Decided   time.Time       `json:",omitzero"` // of a screening
	Attempt   *call.Attempt   `json:",omitempty"`
	Clearing  *flow.Clearing  `json:",omitempty"`
	Mailbox   *flow.Mailbox   `json:",omitempty"`
	Handset   *flow.Handset   `json:",omitempty"`
	Studio    *flow.Studio    `json:",omitempty"`
}

// pending is an effect with its name, so that it can be told apart when it is read.
type pending struct {
	Name   string
	Effect json.RawMessage
}

// freeze makes what the store keeps of a call. The effects stay with the state until the
// next step replaces both: performing one twice does no harm.
func freeze(id call.ID, line call.LineID, state running, effects []flow.Effect) (store.Saved, error) {
	whole := state.freeze()
	whole.Form = form
	text, err := json.Marshal(whole)
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

// thawed is a call as it was kept, with what was ordered for it that may not have been
// carried out: whom to block, which telephones to ring, and which bridge to take apart.
type thawed struct {
	frozen
	blocks []flow.BlockCaller
	rings  []flow.RingResident
	aparts []flow.Unbridge
	redone []flow.Effect // of a session
}

// thaw reads a call back. Of one that cannot be read, only the empty state remains.
func thaw(saved store.Saved) (thawed, error) {
	var t thawed
	if err := json.Unmarshal(saved.State, &t.frozen); err != nil {
		return thawed{}, fmt.Errorf("thaw call %s: %w", saved.ID, err)
	}
	var orders []pending
	if err := json.Unmarshal(saved.Pending, &orders); err != nil {
		return t, fmt.Errorf("thaw effects of call %s: %w", saved.ID, err)
	}
	for _, o := range orders {
		var err error
		switch o.Name {
		case name(flow.BlockCaller{}):
			t.blocks, err = add(t.blocks, o.Effect)
		case name(flow.RingResident{}):
			t.rings, err = add(t.rings, o.Effect)
		case name(flow.Unbridge{}):
			t.aparts, err = add(t.aparts, o.Effect)
		default:
			var again flow.Effect
			if again, err = redo(o); again != nil {
				t.redone = append(t.redone, again)
			}
		}
		if err != nil {
			return t, fmt.Errorf("thaw effects of call %s: %w", saved.ID, err)
		}
	}
	return t, nil
}

// add reads one more effect.
func add[E flow.Effect](to []E, text json.RawMessage) ([]E, error) {
	var e E
	if err := json.Unmarshal(text, &e); err != nil {
		return to, err
	}
	return append(to, e), nil
}

// goesOn says whether a call of an earlier run can be gone on with.
func (t thawed) goesOn() bool {
	switch {
	case t.Form != form:
		return false
	case t.Screening != nil && t.Arrival != nil:
		return t.Screening.Stage != flow.Beginning && t.Screening.Stage != flow.Over
	case t.Clearing != nil && t.Attempt != nil:
		return t.Clearing.Stage != flow.Beginning && t.Clearing.Stage != flow.Over
	case t.Mailbox != nil:
		return t.Mailbox.Stage != flow.Beginning && t.Mailbox.Stage != flow.Over
	case t.Handset != nil:
		return t.Handset.Stage != flow.Beginning && t.Handset.Stage != flow.Over
	case t.Studio != nil:
		return t.Studio.Stage != flow.Beginning && t.Studio.Stage != flow.Over
	}
	return false
}

func (t thawed) running() running {
	switch {
	case t.Clearing != nil:
		return clearing{*t.Clearing, t.Attempt}
	case t.Mailbox != nil:
		return listening{*t.Mailbox}
	case t.Handset != nil:
		return coded{*t.Handset}
	case t.Studio != nil:
		return speaking{*t.Studio}
	}
	return screened{*t.Screening, *t.Arrival, t.Decided}
}
