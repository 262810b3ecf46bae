package asterisk

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"clearline/lib/flow"
)

// seen is what an observer was told, in words.
type seen struct {
	mu   sync.Mutex
	what []string
}

func (s *seen) note(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.what = append(s.what, fmt.Sprintf(format, args...))
}

func (s *seen) all() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.what)
}

func (s *seen) observe(o *Options) {
	o.Observe = Observer{
		Asked:     func(order Order, outcome Outcome, _ time.Duration) { s.note("%s %s", order, outcome) },
		Heard:     func(f Frame) { s.note("heard %s", f) },
		Unreached: func(err error) { s.note("unreached %v", err) },
	}
}

func TestEveryOrderIsObservedByItsKind(t *testing.T) {
	for _, c := range []struct {
		effect flow.Effect
		want   string
	}{
		{flow.Answer{Leg: "leg"}, "answer done"},
		{flow.HangUp{Leg: "leg", Q850: 21}, "hang-up done"},
		{flow.Play{Leg: "leg", Playback: "p", Language: "en_GB", Script: "screening/greeting"}, "look-up missing, play done"},
		{flow.StopPlayback{Leg: "leg", Playback: "p"}, "play done"},
		{flow.Record{Leg: "leg", Recording: "r"}, "record done"},
		{flow.DropRecording{Recording: "r"}, "record done, record done"},
		{flow.StartRinging{Leg: "leg"}, "ring done"},
		{flow.RingResident{Leg: "x-consult-0", Call: "x", Endpoint: "PJSIP/101"}, "watch done, originate done, watch done, watch done"},
		{flow.Unbridge{Bridge: "b"}, "bridge done"},
		{flow.GoOn{Leg: "leg"}, "continue done"},
		{flow.Deadman{Leg: "leg", After: time.Second}, "variable done"},
	} {
		t.Run(fmt.Sprintf("%T", c.effect), func(t *testing.T) {
			var s seen
			if err := newFakeARI(t).client(s.observe).Perform(t.Context(), c.effect); err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(s.all(), ", "); got != c.want {
				t.Errorf("observed %q, want %q", got, c.want)
			}
		})
	}
}

func TestWhatBecomesOfARequestIsObserved(t *testing.T) {
	refuse := func(status int) error {
		var s seen
		f := newFakeARI(t)
		f.on("POST /channels/leg/answer", answer{status: status, body: `{"message":"no"}`})
		_ = f.client(s.observe).Perform(t.Context(), flow.Answer{Leg: "leg"})
		return errors.New(s.all()[0])
	}
	silent, _ := hang(t)
	late := func(opt Options, ctx context.Context) error {
		var s seen
		s.observe(&opt)
		_ = mustNew(t, opt).Perform(ctx, flow.HangUp{Leg: "leg"})
		return errors.New(s.all()[0])
	}
	short := options(silent)
	short.RequestTimeout = 20 * time.Millisecond
	over, cancel := context.WithCancel(t.Context())
	cancel()
	for want, got := range map[string]error{
		"answer refused":      refuse(http.StatusConflict),
		"answer missing":      refuse(http.StatusNotFound),
		"hang-up late":        late(short, t.Context()),
		"hang-up given-up":    late(options(silent), over),
		"hang-up unreachable": late(options("http://127.0.0.1:1/ari"), t.Context()),
	} {
		if got.Error() != want {
			t.Errorf("observed %q, want %q", got, want)
		}
	}
}

func TestEveryEventIsObservedAsReadOrNot(t *testing.T) {
	var s seen
	f := newFakeARI(t)
	_, w, sock := f.connect(s.observe)
	sock.send(event("ChannelToldStories", `"channel":{"id":"leg"}`), "null", event("ChannelDtmfReceived", `"digit":"5","channel":{"id":"leg"}`))
	w.want(flow.DTMF{Leg: "leg", Key: '5'})
	var heard []string
	for _, what := range s.all() {
		if strings.HasPrefix(what, "heard") {
			heard = append(heard, what)
		}
	}
	if got := strings.Join(heard, ", "); got != "heard unknown, heard unreadable, heard read" {
		t.Errorf("observed %s", got)
	}
}

func TestAnExchangeThatIsNotReachedIsObserved(t *testing.T) {
	var s seen
	opt := options("http://127.0.0.1:1/ari")
	s.observe(&opt)
	run(t, mustNew(t, opt), newWatched(t))
	waitFor(t, "the failed attempt", func() bool {
		return slices.ContainsFunc(s.all(), func(what string) bool { return strings.Contains(what, "unreached open asterisk's websocket") })
	})
}

func TestASinkThatIsStuckShows(t *testing.T) {
	f := newFakeARI(t)
	sink := gated{newWatched(t), make(chan struct{})}
	c := f.client(nil)
	if c.Telling() != 0 {
		t.Error("something is told before Run")
	}
	run(t, c, sink)
	s := f.socket()
	wait[Holdings](sink.watched)
	s.send(event("ChannelDtmfReceived", `"digit":"5","channel":{"id":"leg"}`))
	waitFor(t, "a sink that is stuck", func() bool { return c.Telling() > 20*time.Millisecond })
	close(sink.gate)
	sink.want(flow.DTMF{Leg: "leg", Key: '5'})
	waitFor(t, "a sink that has returned", func() bool { return c.Telling() == 0 })
}
