package telemetry

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// State says how a part is.
type State string

// The states. A part that has not been well yet, and may be soon, is starting.
const (
	Starting State = "starting"
	Well     State = "ok"
	Failed   State = "failed"
)

// Part is one of the things Clearline needs.
type Part struct {
	Name  string    `json:"name"`
	State State     `json:"state"`
	Since time.Time `json:"since"`
	// Needed parts make Clearline ready. Without one that is not, calls are screened all
	// the same, but less well.
	Needed bool `json:"needed"`
	// LastError is why it is not well, or why it was not the last time; empty when it has
	// always been.
	LastError   string    `json:"last_error,omitempty"`
	LastErrorAt time.Time `json:"last_error_at,omitzero"`
}

// Health knows how each part is. Its methods may be called from many goroutines.
type Health struct {
	patience time.Duration // with a probe
	fresh    time.Duration // for so long the answer of a probe holds
	changed  func(Part)

	checking sync.Mutex // held while probes run
	checked  time.Time

	mu    sync.Mutex
	parts []*part
}

type part struct {
	Part
	probe func(context.Context) error // nil for a part that only reports
	asked time.Time                   // since when a probe has not returned; zero when it has
}

const (
	probeMax   = 2 * time.Second
	probeFresh = time.Second
)

// NewHealth knows no parts yet. changed is told, one part at a time, each time one turns
// from well or starting to failed, and from failed to well: not when it goes on failing,
// and not when it is well for the first time. It must not ask Health anything.
func NewHealth(changed func(Part)) *Health {
	return &Health{patience: probeMax, fresh: probeFresh, changed: changed}
}

// Add makes a part known, which is starting. probe asks how it is; it may be nil for a part
// that Report alone tells of, and is given up after two seconds.
func (h *Health) Add(name string, needed bool, probe func(context.Context) error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.parts = append(h.parts, &part{
		Part: Part{Name: name, State: Starting, Since: time.Now(), Needed: needed}, probe: probe,
	})
}

// Report says that a part is well, or why not.
func (h *Health) Report(name string, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, p := range h.parts {
		if p.Name == name {
			h.report(p, err)
		}
	}
}

// report notes how a part is. The lock is held.
func (h *Health) report(p *part, err error) {
	now, state, was := time.Now(), Well, p.State
	if err != nil {
		state = Failed
		p.LastError, p.LastErrorAt = err.Error(), now
	}
	if state == was {
		return
	}
	p.State, p.Since = state, now
	if was != Starting || state == Failed {
		h.changed(p.Part)
	}
}

// Parts are all parts as they were found last, in the order in which they were added.
func (h *Health) Parts() []Part {
	h.mu.Lock()
	defer h.mu.Unlock()
	parts := make([]Part, len(h.parts))
	for i, p := range h.parts {
		parts[i] = p.Part
	}
	return parts
}

// Check asks every part that can be asked how it is, unless that was done a moment ago,
// and returns all of them. It takes two seconds at most.
func (h *Health) Check() []Part {
	h.checking.Lock()
	defer h.checking.Unlock()
	if time.Since(h.checked) < h.fresh {
		return h.Parts()
	}
	ctx, cancel := context.WithTimeout(context.Background(), h.patience)
	defer cancel()
	h.mu.Lock()
	var asked []chan struct{}
	for _, p := range h.parts {
		switch {
		case p.probe == nil:
		case !p.asked.IsZero():
			h.report(p, noAnswer(p.asked))
		default:
			asked = append(asked, h.ask(ctx, p))
		}
	}
	h.mu.Unlock()
	for _, done := range asked {
		select {
		case <-done:
		case <-ctx.Done():
		}
	}
	h.giveUp()
	h.checked = time.Now()
	return h.Parts()
}

// ask runs a part's probe and returns what is closed when it has returned. The lock is
// held.
func (h *Health) ask(ctx context.Context, p *part) chan struct{} {
	done := make(chan struct{})
	p.asked = time.Now()
	go func() {
		defer close(done)
		err := p.probe(ctx)
		h.mu.Lock()
		defer h.mu.Unlock()
		p.asked = time.Time{}
		h.report(p, err)
	}()
	return done
}

// giveUp reports the parts that have not answered in time.
func (h *Health) giveUp() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, p := range h.parts {
		if !p.asked.IsZero() && time.Since(p.asked) >= h.patience {
			h.report(p, noAnswer(p.asked))
		}
	}
}

func noAnswer(since time.Time) error {
	return fmt.Errorf("no answer for %v", time.Since(since).Round(time.Second/10))
}

// Unready are the needed parts that are not well.
func Unready(parts []Part) []Part {
	var unready []Part
	for _, p := range parts {
		if p.Needed && p.State != Well {
			unready = append(unready, p)
		}
	}
	return unready
}
