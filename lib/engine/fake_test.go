package engine_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"clearline/lib/call"
	"clearline/lib/engine"
	"clearline/lib/flow"
	"clearline/lib/policy"
	"clearline/lib/prompt"
	"clearline/lib/store"
)

// diary is what store and exchange were asked for, in order.
type diary struct {
	mu    sync.Mutex
	lines []string
}

func (d *diary) note(format string, args ...any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lines = append(d.lines, fmt.Sprintf(format, args...))
}

func (d *diary) has(line string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Contains(d.lines, line)
}

// exchange stands in for Asterisk: it notes effects and does what it is told to.
type exchange struct {
	diary *diary

	mu       sync.Mutex
	effects  []flow.Effect
	inUse    bool
	inUseErr error
	gone     map[call.LegID]bool
	standing map[call.LegID]call.Standing
	fail     func(flow.Effect) error
	find     func(call.Search) ([]call.LegID, error)
	searches []call.Search
	mute     <-chan struct{} // until it is closed, whispers do not begin
}

func (x *exchange) Perform(ctx context.Context, e flow.Effect) error {
	x.mu.Lock()
	x.effects = append(x.effects, e)
	fail := x.fail
	x.mu.Unlock()
	x.diary.note("perform %T", e)
	if _, whispers := e.(flow.Whisper); whispers && x.mute != nil {
		select {
		case <-x.mute:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if fail != nil {
		return fail(e)
	}
	return nil
}

func (x *exchange) InUse(context.Context, []string) (bool, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.inUse, x.inUseErr
}

func (x *exchange) LegsOf(_ context.Context, s call.Search) ([]call.LegID, error) {
	x.mu.Lock()
	x.searches = append(x.searches, s)
	find := x.find
	x.mu.Unlock()
	if find == nil {
		return nil, nil
	}
	return find(s)
}

// Follow says that a leg is in Clearline's hands, unless it was set otherwise.
func (x *exchange) Follow(_ context.Context, leg call.LegID) (call.Standing, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.gone[leg] {
		return call.LegGone, nil
	}
	return cmp.Or(x.standing[leg], call.LegHeld), nil
}

func (x *exchange) Failsafe(_ context.Context, leg call.LegID) error {
	x.diary.note("failsafe %s", leg)
	return nil
}

func (x *exchange) performed() []flow.Effect {
	x.mu.Lock()
	defer x.mu.Unlock()
	return slices.Clone(x.effects)
}

// memory is a store that can be down or slow.
type memory struct {
	diary *diary

	mu      sync.Mutex
	down    bool
	slow    time.Duration
	saved   map[call.ID]store.Saved
	records []call.Record
	blocks  []call.Entry
	changed func(store.Change)
	unread  int             // times the lists cannot be read yet
	asked   []store.Changes // by each Apply, also in vain
	unsaid  int             // writes that succeed and are not answered

	attempts []call.Attempt // every version
	windows  []call.Window
	unknown  map[call.LineID]call.Record
}

func (m *memory) Apply(_ context.Context, c store.Changes) error {
	m.mu.Lock()
	slow := m.slow
	m.mu.Unlock()
	time.Sleep(slow)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.asked = append(m.asked, c)
	if m.down {
		return errors.New("the store is down")
	}
	for _, s := range c.Save {
		m.saved[s.ID] = s
		m.diary.note("save")
	}
	for _, drop := range c.Drop {
		delete(m.saved, drop.ID)
	}
	m.attempts = append(m.attempts, c.Attempts...)
	m.windows = append(m.windows, c.Windows...)
	m.records = append(m.records, c.Records...)
	m.blocks = append(m.blocks, c.Put...)
	if m.unsaid--; m.unsaid >= 0 {
		return errors.New("the answer is lost")
	}
	return nil
}

func (m *memory) Saved(context.Context) ([]store.Saved, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var all []store.Saved
	for _, s := range m.saved {
		all = append(all, s)
	}
	return all, nil
}

func (m *memory) Recorded(context.Context) ([]call.Record, error) {
	last := map[call.ID]call.Record{}
	for _, r := range m.history() {
		last[r.ID] = r
	}
	maps.DeleteFunc(last, func(_ call.ID, r call.Record) bool { return r.Recording == "" })
	return slices.Collect(maps.Values(last)), nil
}

func (m *memory) LastUnknown(context.Context) (map[call.LineID]call.Record, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return maps.Clone(m.unknown), nil
}

func (m *memory) Attempts(context.Context, int) ([]call.Attempt, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.attempts), nil
}

func (m *memory) Windows(context.Context, time.Time) ([]call.Window, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.windows), nil
}

func (m *memory) Entries(_ context.Context, each func(call.Entry) error) error {
	m.mu.Lock()
	blocks, failing := slices.Clone(m.blocks), m.unread > 0
	m.unread--
	m.mu.Unlock()
	if failing {
		return errors.New("the store is slow")
	}
	for _, b := range blocks {
		if err := each(b); err != nil {
			return err
		}
	}
	return nil
}

func (m *memory) Records(context.Context, int) ([]call.Record, error) { return m.history(), nil }

// Watch tells of the start, and of what tell is told.
func (m *memory) Watch(ctx context.Context, changed func(store.Change)) error {
	m.mu.Lock()
	m.changed = changed
	m.mu.Unlock()
	changed(store.Change{Reload: true})
	<-ctx.Done()
	return nil
}

// tell tells who watches of a change.
func (m *memory) tell(c store.Change) {
	settle()
	m.mu.Lock()
	changed := m.changed
	m.mu.Unlock()
	changed(c)
}

func (m *memory) history() []call.Record {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.records)
}

// plan is what the lines dial.
var plan = func() *policy.Plan {
	services, err := policy.Services("GB")
	if err != nil {
		panic(err)
	}
	p, err := policy.NewPlan("GB", []string{"9"}, services...)
	if err != nil {
		panic(err)
	}
	return p
}()

// rig is an engine between the two.
type rig struct {
	*engine.Engine
	diary    *diary
	exchange *exchange
	store    *memory
}

func newRig(t *testing.T, change ...func(*engine.Options, *memory)) *rig {
	t.Helper()
	d := &diary{}
	r := &rig{
		diary:    d,
		exchange: &exchange{diary: d, gone: map[call.LegID]bool{}},
		store:    &memory{diary: d, saved: map[call.ID]store.Saved{}},
	}
	made := 0
	opts := engine.Options{
		Exchange: r.exchange, Store: r.store,
		Lines: []call.Line{
			{ID: "flat-1", Endpoints: []string{"PJSIP/101"}, Language: "en_GB"},
			{ID: "flat-2", Endpoints: []string{"PJSIP/201"}, Language: "en_GB"},
		},
		Rules: flow.Rules{
			PurposeMax: 12 * time.Second, ConsultRing: 30 * time.Second, ChoiceWait: 10 * time.Second,
			Deadman: 9 * time.Second, AcceptKey: '5', BlockKey: '7', RepeatKey: '*',
		},
		Plans:      map[call.LineID]*policy.Plan{"flat-1": plan, "flat-2": plan},
		Policy:     map[call.LineID]policy.Rules{"flat-1": policy.DefaultRules(), "flat-2": policy.DefaultRules()},
		Region:     "GB",
		Zone:       time.UTC,
		Clearing:   flow.ClearingRules{RetryKey: '5'},
		Windows:    policy.WindowRules{Window: 10 * time.Minute, CallBackEmergency: time.Hour, CallBackOther: 24 * time.Hour},
		MaxPerLine: 2, MaxCalls: 3,
		Announce: func(call.Caller) prompt.Script { return prompt.Say(prompt.NoNumber) },
		NewID: func() call.ID {
			made++
			return call.ID(fmt.Sprintf("call%d", made))
		},
		Digits: func() [2]rune { return [2]rune{'4', '6'} },
		Log:    slog.New(slog.DiscardHandler),
	}
	for _, c := range change {
		c(&opts, r.store)
	}
	e, err := engine.New(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	r.Engine = e
	return r
}

func arrival(leg call.LegID, line call.LineID, number string) engine.Arrival {
	return engine.Arrival{
		Leg: leg, Line: line, Dialled: "01632960101", At: time.Now(),
		From: call.Caller{Number: number, Presentation: call.Allowed},
	}
}

// asked brings a call to the point where the resident is asked.
func (r *rig) asked(id call.ID, leg call.LegID) {
	r.stated(leg)
	r.Happened(flow.LegAnswered{Leg: id.Consult(0)})
	settle()
}

// decides lets the resident of a call press a key.
func (r *rig) decides(id call.ID, key rune) {
	r.Happened(flow.DTMF{Leg: id.Consult(0), Key: key})
	settle()
}

// stated brings a caller to the point where the purpose is recorded.
func (r *rig) stated(leg call.LegID) {
	settle()
	play := newest[flow.Play](r.exchange.performed(), leg)
	r.Happened(flow.PlaybackDone{Leg: leg, Playback: play.Playback}) // greeting
	settle()
	play = newest[flow.Play](r.exchange.performed(), leg)
	r.Happened(flow.PlaybackDone{Leg: leg, Playback: play.Playback}) // purpose
	settle()
	r.Happened(flow.SpeechStarted{Leg: leg})
	for _, e := range r.exchange.performed() {
		if rec, ok := e.(flow.Record); ok && rec.Leg == leg {
			r.Happened(flow.RecordingDone{Leg: leg, Recording: rec.Recording, Length: time.Second, Bytes: 1})
		}
	}
	settle()
}

func newest[E flow.Play](effects []flow.Effect, leg call.LegID) flow.Play {
	var found flow.Play
	for _, e := range effects {
		if play, ok := e.(flow.Play); ok && play.Leg == leg {
			found = play
		}
	}
	return found
}
