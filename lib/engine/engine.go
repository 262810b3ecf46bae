// Package engine runs flows: one mailbox and one goroutine for each call. For
// every event it steps the flow, saves state and effects, then performs the
// effects, in that order.
package engine

import (
	"context"
	"errors"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"clearline/lib/call"
	"clearline/lib/flow"
	"clearline/lib/policy"
	"clearline/lib/prompt"
	"clearline/lib/store"
)

// Exchange is what the engine asks of the telephone exchange. Every method
// returns within a bounded time.
type Exchange interface {
	// Perform carries out an effect on a leg, playback, recording or bridge. It
	// returns an error that wraps call.ErrLegGone when the leg no longer exists.
	Perform(ctx context.Context, e flow.Effect) error
	// InUse reports whether any of the endpoints has a call.
	InUse(ctx context.Context, endpoints []string) (bool, error)
	// LegsOf lists the legs of a line that are up as of now. The error wraps
	// call.ErrLegTaken or call.ErrLegGone when the leg that dials is that.
	LegsOf(ctx context.Context, s call.Search) ([]call.LegID, error)
	// Follow reports where a leg is, and has its events told from now on.
	Follow(ctx context.Context, leg call.LegID) (call.Standing, error)
	// Failsafe hands a leg that no flow owns back to the dialplan.
	Failsafe(ctx context.Context, leg call.LegID) error
}

// Store is what the engine keeps.
type Store interface {
	Apply(ctx context.Context, changes store.Changes) error
	Saved(ctx context.Context) ([]store.Saved, error)
	Recorded(ctx context.Context) ([]call.Record, error)
	LastUnknown(ctx context.Context) (map[call.LineID]call.Record, error)
	Attempts(ctx context.Context, limit int) ([]call.Attempt, error)
	Windows(ctx context.Context, now time.Time) ([]call.Window, error)
	Records(ctx context.Context, limit int) ([]call.Record, error)
	Entries(ctx context.Context, each func(call.Entry) error) error
	Watch(ctx context.Context, changed func(store.Change)) error
}

// Options are what an Engine needs. Every field must be set, save where it says so.
type Options struct {
	Exchange   Exchange
	Store      Store
	Lines      []call.Line
	Plans      map[call.LineID]*policy.Plan // what the numbers dialled on a line mean
	Trunks     policy.Trunks
	Policy     map[call.LineID]policy.Rules
	Codes      map[call.LineID]flow.Code // bypass codes; a line may have none
	Region     string                    // of numbers written nationally, ISO 3166
	Zone       *time.Location            // of the house
	Rules      flow.Rules
	OwnRules   map[call.LineID]flow.Rules // of lines that go by others than Rules
	Clearing   flow.ClearingRules
	Windows    policy.WindowRules
	Boxes      Boxes
	Node       string // its name among those that share the store; empty for one alone
	Peers      Peers  // the others; nil for one alone
	MaxPerLine int    // callers screened at once on one line
	MaxCalls   int    // callers screened at once in all
	// MaxPerNumber and MaxPerTrunk are how many calls of people nobody knows may come from
	// one number, and by one trunk, within a minute; 0 for any number of them.
	MaxPerNumber, MaxPerTrunk int
	Announce                  func(call.Caller) prompt.Script // who is calling, in words for the resident
	NewID                     func() call.ID
	Digits                    func() [2]rune // two different random digits from 2 to 8
	Log                       *slog.Logger
	Observe                   Observer // may be left empty
	// Tell is told what has happened, news of one call in their order. It is called from many
	// goroutines, never with the engine's lock held, and returns at once; it may be nil.
	Tell func(call.News)
	// Hear turns a recording into text, clean and short, and says what that is about. It may
	// take its time, and may be left out.
	Hear func(ctx context.Context, recording call.RecordingID, language string) (string, call.Topic, error)
	// Forgot is told a number that everything is to be forgotten about. It may be left out.
	Forgot func(number string)
}

// Engine owns every call under way.
type Engine struct {
	opts  Options
	lines map[call.LineID]call.Line
	saver *saver
	lists lists

	ctx       context.Context // of everything performed; done when the engine is closed
	cancel    context.CancelFunc
	closing   chan struct{}   // closed when Close is called
	following context.Context // of reading the lists; done when Close is called
	unfollow  context.CancelFunc
	work      sync.WaitGroup // calls, and work done beside them

	mu       sync.Mutex
	draining bool          // new callers are not taken
	closed   bool          // nothing is begun any more
	house    *policy.House // what decides about callers

	asleep      []sleeper // calls of an earlier run, until the exchange is reached
	reached     bool      // the exchange was
	lately      lately
	flood       flood
	misses      map[call.LineID][]miss // wrong codes and words within the window
	verdicts    verdicts
	kept        map[call.ID]call.Record // calls of which there is a recording
	gone        map[call.ID]time.Time   // calls whose recording was removed a short while ago
	lights      lights
	calls       map[call.ID]*live
	legs        map[call.LegID]*live
	seized      map[call.LineID]call.ID
	cleared     map[call.LineID]time.Time      // lines that another node clears, until when
	left        map[call.LegID]handover        // residents' legs on their way out of a call, to dial
	emergencies map[call.LegID]bool            // legs of residents on which an emergency number was dialled
	attempts    map[call.LineID][]call.Attempt // within the window
	unknown     map[call.LineID]call.Record    // the unknown caller of the line whose call ended last
	listening   map[call.ID]string             // calls whose recording is being turned into text, and whose number that is
	early       map[call.ID]bool               // calls begun before the store was read; nil once it was
	bequests    int                            // calls left to the next run
	idle        chan struct{}                  // closed when no call is left while draining
}

// New makes an engine and reads its lists from the store; from one that cannot be
// reached it reads them later. Calls that an earlier run left behind go on once the
// exchange is reached (Connected). Those that cannot are closed in the history as lost:
// their legs are handed back to the dialplan.
func New(ctx context.Context, opts Options) (*Engine, error) {
	opts.Observe = opts.Observe.complete()
	if opts.Tell == nil {
		opts.Tell = func(call.News) {}
	}
	if opts.Forgot == nil {
		opts.Forgot = func(string) {}
	}
	e := &Engine{
		opts:        opts,
		lines:       make(map[call.LineID]call.Line, len(opts.Lines)),
		calls:       map[call.ID]*live{},
		kept:        map[call.ID]call.Record{},
		gone:        map[call.ID]time.Time{},
		legs:        map[call.LegID]*live{},
		seized:      map[call.LineID]call.ID{},
		cleared:     map[call.LineID]time.Time{},
		left:        map[call.LegID]handover{},
		emergencies: map[call.LegID]bool{},
		attempts:    map[call.LineID][]call.Attempt{},
		unknown:     map[call.LineID]call.Record{},
		lately:      lately{},
		lists:       lists{read: make(chan struct{})},
		misses:      map[call.LineID][]miss{},
		listening:   map[call.ID]string{},
		early:       map[call.ID]bool{},
		idle:        make(chan struct{}),
		closing:     make(chan struct{}),
	}
	var homes []policy.Residence
	for _, line := range opts.Lines {
		e.lines[line.ID] = line
		homes = append(homes, policy.Residence{Line: line, Rules: opts.Policy[line.ID], Plan: opts.Plans[line.ID]})
	}
	e.house = policy.NewHouse(homes...)
	err := e.load(ctx)
	if err != nil && !errors.Is(err, store.ErrUnreachable) {
		return nil, err
	}
	e.ctx, e.cancel = context.WithCancel(context.WithoutCancel(ctx))
	e.following, e.unfollow = context.WithCancel(e.ctx)
	e.saver = newSaver(e.opts)
	if err != nil {
		opts.Log.Error("store not reached, trying again until it is: nobody is known, and nobody blocked, meanwhile", "err", err)
		e.aside(e.loadBehind)
	}
	e.aside(e.follow)
	if opts.Boxes.Files != nil {
		e.aside(e.sweep)
	}
	if err == nil {
		e.awaitLists(ctx)
	}
	return e, nil
}

// Arrival is a caller's leg that the exchange has handed over.
type Arrival struct {
	Leg     call.LegID
	Line    call.LineID // empty when no line owns the number dialled
	Dialled string
	From    call.Caller
	At      time.Time
}

// Arrived takes a caller in. It returns at once.
func (e *Engine) Arrived(a Arrival) {
	announce, digits, id := e.opts.Announce(a.From), e.opts.Digits(), e.opts.NewID()
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case e.closed: // the dialplan delivers the caller when the dead-man's time is over
		return
	case e.draining:
		e.aside(func() { e.failsafe(a.Leg) })
		return
	case e.legs[a.Leg] != nil:
		return
	}
	line := e.lines[a.Line]
	decision := policy.Decision{}
	if line.ID != "" {
		decision = e.decide(a)
	}
	if decision.Verdict == policy.Trusted { // the dialplan asked before that was so, or did not ask
		e.aside(func() { e.failsafe(a.Leg) })
		return
	}
	admission, why := e.admit(a, decision)
	begun := flow.Begin(id, line, a.Leg, a.From, announce, e.rules(line.ID), e.opts.Plans[a.Line], digits, e.terms(line.ID, decision))
	begun.Signs, begun.BoxFull = e.signs(a), e.full(line.ID)
	l := e.live(id, a.Line, screened{begun, a, time.Time{}})
	l.screening = taken(admission)
	l.hidden = !l.screening
	if l.screening {
		l.suspect = &a.From
	}
	e.legs[a.Leg] = l
	l.mail.put(flow.Began{Admission: admission})
	e.work.Go(func() {
		l.log.Info("call arrived", "leg", a.Leg, "dialled", a.Dialled, "from", a.From.Number,
			"name", a.From.Name, "presentation", a.From.Presentation, "trunk", a.From.Trunk,
			"admission", admission, "reason", why)
		l.run()
	})
}

// taken says whether a call with an unknown caller begins.
func taken(a flow.Admission) bool {
	switch a {
	case flow.Admitted, flow.Unchallenged, flow.WhilePaused, flow.AskedWord, flow.TakesMessage:
		return true
	}
	return false
}

// admit says how a caller begins about whom the policy has decided, and why. The lock
// is held.
func (e *Engine) admit(a Arrival, d policy.Decision) (admission flow.Admission, why string) {
	line, owned := e.lines[a.Line]
	switch {
	case !owned:
		return flow.RefusedNoLine, "no line owns the number dialled"
	case d.Verdict == policy.Blocked:
		return flow.RefusedBlocked, d.Reason()
	case e.clearing(line.ID, call.Emergency, nil) != nil:
		return flow.RefusedBusy, "the line is being cleared for a call to a service"
	case d.Treatment == policy.Refuse:
		return flow.TurnedAway, d.Reason()
	case e.clearedElsewhere(line.ID, a.At):
		return flow.RefusedBusy, "the line is being cleared for a call to a service, at another node"
	}
	all, onLine := 0, 0
	for _, l := range e.calls {
		if !l.screening {
			continue
		}
		all++
		if l.line == line.ID {
			onLine++
		}
	}
	switch {
	case onLine >= e.opts.MaxPerLine:
		e.opts.Observe.Limited(LimitLine)
		return flow.RefusedCrowded, "too many callers are being screened on this line"
	case all >= e.opts.MaxCalls:
		e.opts.Observe.Limited(LimitHouse)
		return flow.RefusedCrowded, "too many callers are being screened"
	}
	return admissions[d.Treatment], d.Reason()
}

// live makes a call under way. The lock is held.
func (e *Engine) live(id call.ID, line call.LineID, f running) *live {
	l := &live{
		engine: e, id: id, line: line, flow: f, told: f.stage(),
		log:    e.opts.Log.With("call", id, "line", line),
		mail:   newMailbox(),
		timers: map[flow.Timer]*time.Timer{},
	}
	l.show()
	e.calls[id] = l
	e.opts.Observe.Entered(l.kind(), l.told)
	if e.early != nil {
		e.early[id] = true
	}
	return l
}

// Happened hands an event to the call it concerns. It returns at once. Events of
// legs that belong to no call are late and mean nothing.
func (e *Engine) Happened(ev flow.Event) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if bridged, ok := ev.(flow.BridgeUnguarded); ok {
		for id, l := range e.calls {
			if id.Bridge() == bridged.Bridge {
				l.mail.put(ev)
			}
		}
		return
	}
	leg, ok := legOf(ev)
	if !ok {
		return
	}
	if _, gone := ev.(flow.LegGone); gone {
		delete(e.left, leg)
		delete(e.emergencies, leg)
	}
	if l := e.legs[leg]; l != nil {
		l.mail.put(ev)
	}
}

// legOf names the leg an event of the exchange is about.
func legOf(ev flow.Event) (call.LegID, bool) {
	switch ev := ev.(type) {
	case flow.LegAnswered:
		return ev.Leg, true
	case flow.LegGone:
		return ev.Leg, true
	case flow.LegJoined:
		return ev.Leg, true
	case flow.LegLeft:
		return ev.Leg, true
	case flow.DTMF:
		return ev.Leg, true
	case flow.PlaybackDone:
		return ev.Leg, true
	case flow.RecordingDone:
		return ev.Leg, true
	case flow.SpeechStarted:
		return ev.Leg, true
	case flow.SpeechEnded:
		return ev.Leg, true
	}
	return "", false
}

// aside runs work beside the calls; Close waits for it. The lock is held, and closed
// is not set.
func (e *Engine) aside(work func()) {
	e.work.Go(func() {
		defer func() {
			if cause := recover(); cause != nil {
				e.opts.Log.Error("work beside the calls failed", "err", cause, "stack", string(debug.Stack()))
			}
		}()
		work()
	})
}

// Live is how many calls are under way.
func (e *Engine) Live() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.calls)
}
