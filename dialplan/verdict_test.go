package dialplan_test

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"clearline/lib/fastagi"
	"clearline/lib/testbed"
	"clearline/lib/testbed/house"
)

// broken listens where the dialplan asks who is calling, until the end of the test. serve
// does something with whoever connects; without it nobody is even taken.
func broken(t *testing.T, h *house.House, serve func(ctx context.Context, conn net.Conn)) {
	t.Helper()
	listener, err := net.Listen("tcp", h.Config.AGI.Listen)
	if err != nil {
		t.Fatal(err)
	}
	over, cancel := context.WithCancel(context.Background())
	var work sync.WaitGroup
	t.Cleanup(func() {
		cancel()
		_ = listener.Close()
		work.Wait()
	})
	if serve == nil {
		return
	}
	work.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			work.Go(func() {
				stop := context.AfterFunc(over, func() { _ = conn.Close() })
				defer stop()
				defer conn.Close()
				serve(over, conn)
			})
		}
	})
}

// says makes a server that says something, and then reads on for ever.
func says(text string) func(context.Context, net.Conn) {
	return func(_ context.Context, conn net.Conn) {
		_, _ = io.WriteString(conn, text)
		_, _ = io.Copy(io.Discard, conn)
	}
}

// pours makes a server that says something again and again.
func pours(text string, every time.Duration) func(context.Context, net.Conn) {
	return func(ctx context.Context, conn net.Conn) {
		go func() { _, _ = io.Copy(io.Discard, conn) }()
		tick := time.NewTicker(every)
		defer tick.Stop()
		for {
			if _, err := io.WriteString(conn, text); err != nil {
				return
			}
			select {
			case <-tick.C:
			case <-ctx.Done():
				return
			}
		}
	}
}

// built is a house without Clearline.
func built(t *testing.T, settings map[string]string) *house.House {
	t.Helper()
	if testing.Short() {
		t.Skip("needs a real Asterisk")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute) // a first build of Asterisk's root included
	defer cancel()
	h, err := house.Open(ctx, house.Options{Settings: settings, Bed: testbed.Options{
		Lines: []testbed.Line{{ID: "flat-1", Numbers: []string{"+441632960101"}, Endpoints: []string{"101"}}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.Close)
	return h
}

// frozen connects to ARI as Clearline, and does nothing with what it is given.
func frozen(t *testing.T, h *house.House) *websocket.Conn {
	t.Helper()
	ari := h.Config.ARI
	conn, answer, err := websocket.Dial(t.Context(),
		"ws"+strings.TrimPrefix(ari.URL, "http")+"/events?app="+ari.Application+"&api_key="+ari.Username+":"+ari.Password.Reveal(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if answer.StatusCode != http.StatusSwitchingProtocols {
		t.Fatal(answer.Status)
	}
	t.Cleanup(func() { _ = conn.CloseNow() })
	return conn
}

const delivered = `
phone caller is 01632 960200 "Peter"
phone resident is line flat-1
caller rings 01632 960101
resident rings within 5s
resident rang within 2s of caller's call
resident shows "UNSCREENED Peter"
resident answers
caller and resident hear each other
caller stays connected for 2s
caller hangs up
resident is hung up
nothing is left
`

const set = "SET VARIABLE CLEARLINE_"

// TestACallIsDeliveredUnscreenedWhateverTheVerdictServerDoes puts something broken where
// the dialplan asks, and something frozen where it would hold the caller. What stops
// within a line and stays is not here: Asterisk reads on for ever (docs/dialplan.md).
func TestACallIsDeliveredUnscreenedWhateverTheVerdictServerDoes(t *testing.T) {
	h := built(t, nil)
	frozen(t, h)
	for name, serve := range map[string]func(context.Context, net.Conn){
		"it takes no connection":                  nil,
		"it is silent":                            says(""),
		"it closes at once":                       func(context.Context, net.Conn) {},
		"it says garbage":                         says("\x00\xff HTTP/1.1 400 Bad Request\r\n\r\n"),
		"it pours garbage":                        pours(strings.Repeat("x", 1000)+"\n", time.Millisecond),
		"it closes in a line":                     func(_ context.Context, conn net.Conn) { _, _ = io.WriteString(conn, set+"VERDI") },
		"it commands what takes long":             says("WAIT FOR DIGIT 60000\n"),
		"it stops behind the line":                says(set + "LINE flat-1\n"),
		"it says a verdict that is none":          says(set + "VERDICT perhaps\n"),
		"it closes behind a verdict that is none": func(_ context.Context, conn net.Conn) { _, _ = io.WriteString(conn, set+"VERDICT perhaps\n") },
		"it says trusted and never ends":          says(set + "VERDICT trusted\n"),
	} {
		t.Run(name, func(t *testing.T) {
			broken(t, h, serve)
			h.Bed.Scenario(t, testbed.NewVerbs(), name, "# "+name+"\n"+delivered)
		})
	}
	t.Run("it is not there", func(t *testing.T) {
		h.Bed.Scenario(t, testbed.NewVerbs(), t.Name(), "# at once\n"+strings.Replace(delivered, "within 2s", "within 500ms", 1))
	})
}

// scripted answers every question the same.
type scripted struct{ answer fastagi.Answer }

func (s scripted) Verdict(context.Context, fastagi.Arrival) fastagi.Answer { return s.answer }

// late is a verdict server that answers after a while.
type late struct {
	scripted
	after time.Duration
}

func (l late) Verdict(ctx context.Context, a fastagi.Arrival) fastagi.Answer {
	select {
	case <-time.After(l.after):
	case <-ctx.Done():
	}
	return l.scripted.Verdict(ctx, a)
}

// asks lets the dialplan ask a policy until the end of the test.
func asks(t *testing.T, h *house.House, policy fastagi.Policy, learner fastagi.Learner) {
	t.Helper()
	server, err := fastagi.New(fastagi.Options{Listen: h.Config.AGI.Listen, Policy: policy, Learner: learner, Log: slog.New(slog.NewTextHandler(t.Output(), nil))})
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(context.Background()) }()
	t.Cleanup(func() {
		server.Close()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
}

const trusted = `
# A trusted caller is shown as he is, and nobody cuts the call short.
phone caller is 01632 960200 "Peter"
phone resident is line flat-1
caller rings 01632 960101
resident rings within 5s
resident rang within 500ms of caller's call
resident shows "Peter"
resident shows 01632960200
resident answers
caller and resident hear each other
caller stays connected for 3s
caller hangs up
resident is hung up
nothing is left
`

const blocked = `
# A blocked caller is refused.
phone caller is 01632 960200 "Peter"
phone resident is line flat-1
caller rings 01632 960101
caller is refused with cause 21 unanswered
resident has not rung
nothing is left
`

// TestVerdicts has something frozen where callers are screened: it would hold whoever
// came there.
func TestVerdicts(t *testing.T) {
	h := built(t, nil)
	frozen(t, h)
	unknown := scripted{fastagi.Answer{Verdict: fastagi.Unknown, Reason: "nobody knows the number"}}
	for name, c := range map[string]struct {
		policy fastagi.Policy
		wanted string
	}{
		"a trusted caller goes on in the operator's dialplan":           {scripted{fastagi.Answer{Verdict: fastagi.Trusted, Reason: "a contact of the line"}}, trusted},
		"a blocked caller is refused unanswered":                        {scripted{fastagi.Answer{Verdict: fastagi.Blocked, Reason: "blocked on the line"}}, blocked},
		"an unknown caller is screened, and delivered when that hangs":  {unknown, "# frozen" + delivered},
		"a late verdict and a screening that hangs take 2 s in all too": {late{unknown, 800 * time.Millisecond}, "# late" + delivered},
	} {
		t.Run(name, func(t *testing.T) {
			asks(t, h, c.policy, nil)
			h.Bed.Scenario(t, testbed.NewVerbs(), name, c.wanted)
		})
	}
}

// told is a Learner that keeps what it is told, and takes its time.
type told struct {
	heard chan fastagi.Dialling
	after time.Duration
}

func (l told) Dialled(ctx context.Context, d fastagi.Dialling) {
	l.heard <- d
	select {
	case <-time.After(l.after):
	case <-ctx.Done():
	}
}

const dialsOut = `
phone resident is line flat-1
phone exchange is the exchange
resident rings 01632 960998
exchange rings within 5s
exchange rang within 1500ms of resident's call
exchange was rung as 01632 960998
exchange answers
resident stays connected for 2s
resident hangs up
exchange is hung up
nothing is left
`

// TestWhomAResidentDialsIsToldAndTheCallGoesOn takes house-wide trust in what is dialled.
func TestWhomAResidentDialsIsToldAndTheCallGoesOn(t *testing.T) {
	h := built(t, map[string]string{"policy.trust_dialled": `"720h"`})
	frozen(t, h)
	verbs := testbed.NewVerbs()
	heard := make(chan fastagi.Dialling, 10)
	for name, after := range map[string]time.Duration{"it listens": 0, "it is slow": time.Minute} {
		t.Run(name, func(t *testing.T) {
			asks(t, h, scripted{}, told{heard, after})
			h.Bed.Scenario(t, verbs, name, "# "+name+dialsOut)
			if d := <-heard; d.Line != "flat-1" || d.Dialled != "01632960998" {
				t.Errorf("it was told of %+v", d)
			}
		})
	}
	t.Run("it is not there", func(t *testing.T) {
		h.Bed.Scenario(t, verbs, t.Name(), "# nobody listens"+dialsOut)
	})
	t.Run("it is silent", func(t *testing.T) {
		broken(t, h, says(""))
		h.Bed.Scenario(t, verbs, t.Name(), "# silence"+dialsOut)
	})
	t.Run("nobody is told of a number for help", func(t *testing.T) {
		asks(t, h, scripted{}, told{heard, time.Minute})
		h.Bed.Scenario(t, verbs, t.Name(), "# 999"+strings.NewReplacer("01632 960998", "999", "1500ms", "1s").Replace(dialsOut))
		if len(heard) > 0 {
			t.Errorf("it was told of %+v", <-heard)
		}
	})
}
