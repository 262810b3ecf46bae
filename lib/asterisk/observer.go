package asterisk

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"clearline/lib/flow"
)

// Observer is told how Asterisk is reached and how it answers, so that it can be
// measured. Its functions are called from many goroutines; each returns at once. One that
// is nil is not called.
type Observer struct {
	// Asked says that a request was answered, or given up, and how long that took.
	Asked func(Order, Outcome, time.Duration)
	// Heard says that an event was read from Asterisk.
	Heard func(Frame)
	// Unreached says why there is no connection: an attempt has failed, or it was lost.
	Unreached func(error)
}

// complete puts functions that do nothing in the place of those that are nil.
func (o Observer) complete() Observer {
	if o.Asked == nil {
		o.Asked = func(Order, Outcome, time.Duration) {}
	}
	if o.Heard == nil {
		o.Heard = func(Frame) {}
	}
	if o.Unreached == nil {
		o.Unreached = func(error) {}
	}
	return o
}

// Order says what a request asks for.
type Order string

// The orders.
const (
	OrderAnswer    Order = "answer"
	OrderBridge    Order = "bridge" // made, or taken apart
	OrderContinue  Order = "continue"
	OrderHangUp    Order = "hang-up"
	OrderJoin      Order = "join" // a leg to a bridge
	OrderList      Order = "list" // all legs or bridges
	OrderLookUp    Order = "look-up"
	OrderOriginate Order = "originate"
	OrderPlay      Order = "play"
	OrderRecord    Order = "record"
	OrderRing      Order = "ring"
	OrderVariable  Order = "variable" // also the dead-man's time
	OrderWatch     Order = "watch"    // for the events of a leg
	OrderOther     Order = "other"
)

// Outcome says what became of a request.
type Outcome string

// The outcomes.
const (
	OutcomeDone        Outcome = "done"
	OutcomeMissing     Outcome = "missing" // what it was about does not exist
	OutcomeRefused     Outcome = "refused"
	OutcomeLate        Outcome = "late"        // no answer in time
	OutcomeUnreachable Outcome = "unreachable" // no connection, or it broke
	OutcomeGivenUp     Outcome = "given-up"    // nobody wanted the answer any more
)

// Frame says what could be made of an event.
type Frame string

// The frames.
const (
	FrameRead       Frame = "read"
	FrameUnknown    Frame = "unknown"    // of a type or shape that Clearline does not know
	FrameUnreadable Frame = "unreadable" // no event at all
)

// legOrders are what is asked for below a leg, by the name of the resource.
var legOrders = map[string]Order{
	"answer": OrderAnswer, "continue": OrderContinue, "play": OrderPlay, "record": OrderRecord,
	"ring": OrderRing, "variable": OrderVariable,
}

// orderOf reads from a request what it asks for. path is below the base.
func orderOf(method, path string) Order {
	resource, below, one := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	switch resource {
	case "channels":
		return orderOnLeg(method, below, one)
	case "bridges":
		switch {
		case !one:
			return OrderList
		case method == http.MethodGet:
			return OrderLookUp
		case strings.HasSuffix(below, "/addChannel"):
			return OrderJoin
		}
		return OrderBridge
	case "playbacks", "recordings", "endpoints":
		switch {
		case method == http.MethodGet:
			return OrderLookUp
		case resource == "playbacks":
			return OrderPlay
		}
		return OrderRecord
	case "applications":
		if strings.HasSuffix(below, "/subscription") {
			return OrderWatch
		}
	}
	return OrderOther
}

func orderOnLeg(method, below string, one bool) Order {
	_, what, more := strings.Cut(below, "/")
	switch {
	case !one && method == http.MethodGet:
		return OrderList
	case !one:
		return OrderOriginate
	case more:
		what, _, _ = strings.Cut(what, "/")
		if order, known := legOrders[what]; known {
			return order
		}
		return OrderOther
	case method == http.MethodDelete:
		return OrderHangUp
	case method == http.MethodPost:
		return OrderOriginate
	}
	return OrderLookUp
}

// outcomeOf says what the error of a request means.
func outcomeOf(err error) Outcome {
	switch code := status(err); {
	case err == nil:
		return OutcomeDone
	case code == http.StatusNotFound:
		return OutcomeMissing
	case code != 0:
		return OutcomeRefused
	case errors.Is(err, context.DeadlineExceeded):
		return OutcomeLate
	case errors.Is(err, context.Canceled):
		return OutcomeGivenUp
	}
	return OutcomeUnreachable
}

// pulse is a sink that remembers since when it has had what it was told last.
type pulse struct {
	Sink
	since atomic.Int64 // nanoseconds from begun; 0 when it has returned
}

// begun is before every pulse.
var begun = time.Now().Add(-1)

func (p *pulse) begin() { p.since.Store(int64(time.Since(begun))) }
func (p *pulse) end()   { p.since.Store(0) }

// Arrived implements Sink.
func (p *pulse) Arrived(a Arrival) { p.begin(); p.Sink.Arrived(a); p.end() }

// Dialled implements Sink.
func (p *pulse) Dialled(d Dialled) { p.begin(); p.Sink.Dialled(d); p.end() }

// Happened implements Sink.
func (p *pulse) Happened(e flow.Event) { p.begin(); p.Sink.Happened(e); p.end() }

// Connected implements Sink.
func (p *pulse) Connected(h Holdings) { p.begin(); p.Sink.Connected(h); p.end() }

// Disconnected implements Sink.
func (p *pulse) Disconnected(err error) { p.begin(); p.Sink.Disconnected(err); p.end() }

// Telling is how long the sink has had the event it was told last; 0 when it has taken
// everything there is. More than a moment says that it is stuck, and no event is told.
func (c *Client) Telling() time.Duration {
	p := c.pulse.Load()
	if p == nil {
		return 0
	}
	since := p.since.Load()
	if since == 0 {
		return 0
	}
	return time.Since(begun) - time.Duration(since)
}
