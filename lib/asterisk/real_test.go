package asterisk

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"clearline/lib/call"
	"clearline/lib/flow"
	"clearline/lib/prompt"
	"clearline/lib/testbed"
)

const realDialplan = `[clearline-inbound]
exten => 01632960101,1,Set(CLEARLINE_LINE=flat-1)
 same => n,Goto(in,${EXTEN},1)
exten => _[+0-9]!,1,Goto(in,${EXTEN},1)

exten => 01632960102,1,Goto(slow,${EXTEN},1)

[slow]
exten => 01632960102,1,Stasis(clearline,inbound,flat-2,${EXTEN},allowed)
exten => wait,1,Wait(30)
exten => h,1,Set(n=1000)
 same => n(on),Set(n=$[${n} - 1])
 same => n,GotoIf($[${n} > 0]?on)

[in]
exten => _[+0-9]!,1,Set(TIMEOUT(absolute)=60)
 same => n,Stasis(clearline,inbound,${CLEARLINE_LINE},${FILTER(0-9,${EXTEN})},${FILTER(a-z_,${CALLERID(num-pres)})})
 same => n,Hangup()

[clearline-outbound]
exten => _[+0-9]!,1,Hangup()

[clearline-consult]
exten => s,1,Set(TIMEOUT(absolute)=30)
 same => n,Stasis(clearline,consult,${CLEARLINE_CALL})
 same => n,Hangup()

[clearline-failsafe]
exten => s,1,Hangup(31)
`

// bench is a client at a real Asterisk with phones.
type bench struct {
	*watched
	ctx context.Context
	bed *testbed.Bed
	c   *Client
}

func newBench(t *testing.T) bench {
	t.Helper()
	sounds := t.TempDir()
	if err := testbed.ToneTongue(sounds, []string{string(prompt.Greeting), string(prompt.AskPurpose)}, testbed.BurstLength); err != nil {
		t.Fatal(err)
	}
	bed := testbed.Start(t, testbed.Options{Dialplan: realDialplan, Sounds: sounds})
	opt := options(bed.Asterisk.ARIURL())
	opt.Username, opt.Password = bed.Asterisk.ARIUser(), bed.Asterisk.ARIPassword()
	opt.RecordingsDir, opt.RequestTimeout = bed.Asterisk.RecordingDir(), 0
	opt.Sound = func(_ string, n prompt.Name) string { return filepath.Join(sounds, string(n)) }
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	r := bench{newWatched(t), ctx, bed, mustNew(t, opt)}
	run(t, r.c, r)
	wait[Holdings](r.watched)
	return r
}

func (r bench) do(effects ...flow.Effect) {
	r.t.Helper()
	for _, e := range effects {
		if err := r.c.Perform(r.ctx, e); err != nil {
			r.t.Fatalf("%T: %v", e, err)
		}
	}
}

func (r bench) check(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

// until skips to one fact.
func (r bench) until(want flow.Event) {
	r.t.Helper()
	for got := r.next(); got != want; got = r.next() {
		if gone, ok := got.(flow.LegGone); ok {
			r.t.Fatalf("told %+v while waiting for %+v", gone, want)
		}
	}
}

func (r bench) arrive(self testbed.Identity, number string) (*testbed.Phone, Arrival) {
	r.t.Helper()
	caller := testbed.Must[*testbed.Phone](r.t)(r.bed.Caller(r.ctx, self.Number, "", self))
	testbed.Must[*testbed.Call](r.t)(caller.Call(r.ctx, number))
	return caller, wait[Arrival](r.watched)
}

func TestAGuardedCallOnARealAsterisk(t *testing.T) {
	r := newBench(t)
	resident := testbed.Must[*testbed.Phone](t)(r.bed.Resident(r.ctx, "resident", "101"))
	caller, a := r.arrive(testbed.Identity{Number: "01632960200", Name: `Pe"ter, <b>${SHELL(id)}`}, "01632960101")
	if a.Line != "flat-1" || a.Dialled != "01632960101" || a.From.Number != "01632960200" ||
		a.From.Presentation != call.Allowed || a.From.Trunk != "main" || time.Since(a.At).Abs() > time.Minute {
		t.Errorf("arrived %+v", a)
	}
	leg, consult := a.Leg, call.LegID("x-consult-0")
	r.sayAndRecord(caller, leg)

	ring := flow.RingResident{
		Leg: consult, Call: "x", Endpoint: "PJSIP/101", From: a.From, Patience: 30 * time.Second,
	}
	r.refuseThenAnswer(resident, ring)

	r.do(flow.Bridge{Bridge: "x-bridge", Caller: leg, Resident: consult})
	r.until(flow.LegJoined{Leg: consult, Bridge: "x-bridge"})
	r.do(flow.Bridge{Bridge: "x-bridge", Caller: leg, Resident: consult}, flow.Pair{Caller: leg, Resident: consult},
		flow.Deadman{Leg: leg, After: 10 * time.Second}, flow.Deadman{Leg: consult, After: 10 * time.Second})
	for range 2 { // watching a leg again repeats none of its events
		r.check(r.c.watchOnce(r.ctx, consult))
	}
	r.check(resident.Press(r.ctx, "19*"))
	for _, key := range "19*" {
		if got := wait[flow.DTMF](r.watched); got != (flow.DTMF{Leg: consult, Key: key}) {
			t.Errorf("told %+v, want the key %c of %s", got, key, consult)
		}
	}
	if keys := caller.Keys(time.Time{}); keys != "" {
		t.Errorf("the caller heard the keys %s", keys)
	}
	r.do(flow.Unbridge{Bridge: "x-bridge"}, flow.HangUp{Leg: leg, Q850: 16})
	r.until(flow.LegLeft{Leg: consult, Bridge: "x-bridge"})
	r.untilGone(flow.LegGone{Leg: leg, Q850: 16})
	if err := r.c.Perform(r.ctx, flow.Answer{Leg: leg}); status(err) != 404 {
		t.Errorf("answered a leg that is gone: %v", err)
	}
	r.check(r.c.Failsafe(r.ctx, consult))
	wait[flow.LegGone](r.watched)
	if known := r.c.legs.all(); len(known) > 0 {
		t.Errorf("%v are remembered for ever", known)
	}
}

func TestALegThatHangsUpIsNotOneThatTheDialplanTookBack(t *testing.T) {
	r := newBench(t)
	caller := testbed.Must[*testbed.Phone](t)(r.bed.Caller(r.ctx, "caller", "", testbed.Identity{Number: "01632960200"}))
	rings := func() call.LegID {
		c := testbed.Must[*testbed.Call](t)(caller.Call(r.ctx, "01632960102"))
		leg := wait[Arrival](r.watched).Leg
		r.do(flow.Answer{Leg: leg})
		r.check(c.WaitState(r.ctx, testbed.Answered))
		return leg
	}
	for range 5 {
		leg := rings()
		r.check(caller.HangUp(r.ctx))
		ending := false
		for err := error(nil); !errors.Is(err, ErrGone); ending = ending || errors.Is(err, call.ErrLegEnding) {
			err = r.c.probe(r.ctx, leg)
			if err != nil && !errors.Is(err, ErrGone) && !errors.Is(err, call.ErrLegEnding) {
				t.Fatal(err)
			}
		}
		if !ending {
			t.Error("it was gone at once")
		}
		r.untilGone(flow.LegGone{Leg: leg, Q850: 16})
	}
	leg := rings()
	r.check(r.c.goOn(r.ctx, leg, "slow", "wait"))
	var err error
	for err == nil {
		err = r.c.probe(r.ctx, leg)
	}
	if !errors.Is(err, call.ErrLegTaken) || errors.Is(err, call.ErrLegEnding) {
		t.Errorf("got %v, want %v", err, call.ErrLegTaken)
	}
}

func TestALegThatTheDialplanSendsBackArrivesAgain(t *testing.T) {
	r := newBench(t)
	_, a := r.arrive(testbed.Identity{Number: "01632960200"}, "01632960101")
	r.check(r.c.goOn(r.ctx, a.Leg, "clearline-inbound", "01632960102"))
	if again := wait[Arrival](r.watched); again.Leg != a.Leg || again.Line != "flat-2" {
		t.Errorf("arrived %+v, and then %+v", a, again)
	}
}

// untilGone skips to the end of one leg.
func (r bench) untilGone(want flow.LegGone) {
	r.t.Helper()
	if got := wait[flow.LegGone](r.watched); got != want {
		r.t.Fatalf("told %+v, want %+v", got, want)
	}
}

// sayAndRecord greets the caller and keeps what the caller says, ended by '#'.
func (r bench) sayAndRecord(caller *testbed.Phone, leg call.LegID) {
	r.t.Helper()
	r.do(flow.Answer{Leg: leg}, flow.DetectSpeech{Leg: leg}, flow.Play{
		Leg: leg, Playback: "x-play-1", Language: "en_GB", Script: prompt.Say(prompt.Greeting, prompt.AskPurpose),
	})
	for _, name := range []prompt.Name{prompt.Greeting, prompt.AskPurpose} {
		if _, _, err := caller.WaitHeard(r.ctx, string(name), 0); err != nil {
			r.t.Fatal(err)
		}
	}
	r.until(flow.PlaybackDone{Leg: leg, Playback: "x-play-1"})
	r.do(flow.Record{Leg: leg, Recording: "x-purpose-1", Max: 10 * time.Second, Silence: 5 * time.Second})
	said := testbed.Must[<-chan struct{}](r.t)(caller.SayTone(620, 2*time.Second))
	r.until(flow.SpeechStarted{Leg: leg})
	<-said
	r.check(caller.Press(r.ctx, "#"))
	rec := wait[flow.RecordingDone](r.watched)
	if rec.Recording != "x-purpose-1" || rec.Length < time.Second || rec.Bytes < 16_000 || rec.Failed {
		r.t.Errorf("recorded %+v", rec)
	}
	file := filepath.Join(r.bed.Asterisk.RecordingDir(), "x-purpose-1.wav")
	if info, err := os.Stat(file); err != nil || info.Size() != rec.Bytes+wavHeader {
		r.t.Errorf("on disk: %v, %v", info, err)
	}
	r.do(flow.DropRecording{Recording: "x-purpose-1"}, flow.DropRecording{Recording: "x-purpose-1"})
	if _, err := os.Stat(file); !os.IsNotExist(err) {
		r.t.Errorf("dropped recording is on disk: %v", err)
	}
}

// refuseThenAnswer rings the resident twice; the telephone is busy, then answered.
func (r bench) refuseThenAnswer(resident *testbed.Phone, ring flow.RingResident) {
	r.t.Helper()
	r.inUse(false)
	busy := ring
	busy.Leg += "-busy"
	r.do(busy)
	testbed.Must[*testbed.Call](r.t)(resident.WaitRinging(r.ctx))
	r.inUse(true)
	r.check(resident.Refuse(r.ctx, 486))
	r.untilGone(flow.LegGone{Leg: busy.Leg, Q850: 17})

	r.do(ring, ring)
	rung := testbed.Must[*testbed.Call](r.t)(resident.WaitRinging(r.ctx))
	if rung.Far != "01632960200" || rung.FarName != "Pe ter b SHELL id" {
		r.t.Errorf("the telephone shows %q %q", rung.FarName, rung.Far)
	}
	r.check(resident.Answer(r.ctx))
	r.until(flow.LegAnswered{Leg: ring.Leg})
}

// watchOnce watches a leg that is up.
func (c *Client) watchOnce(ctx context.Context, leg call.LegID) error {
	if gone, err := c.watch(ctx, leg); err != nil || gone {
		return fmt.Errorf("watch %s: gone %t: %w", leg, gone, err)
	}
	return nil
}

func (r bench) inUse(want bool) {
	r.t.Helper()
	if got, err := r.c.InUse(r.ctx, []string{"PJSIP/101"}); err != nil || got != want {
		r.t.Errorf("in use: %t, %v, want %t", got, err, want)
	}
}

func TestCallersOnARealAsterisk(t *testing.T) {
	r := newBench(t)
	_, a := r.arrive(testbed.Identity{Number: "01632960201", Name: "Eve", Withheld: true}, "01632960999")
	if a.Line != "" || a.Dialled != "01632960999" || a.From.Presentation != call.Withheld {
		t.Errorf("arrived %+v", a)
	}
	if err := r.c.Perform(r.ctx, flow.RingResident{
		Leg: "x-consult-0", Call: "x", Endpoint: "PJSIP/nope", Patience: time.Second,
	}); err == nil {
		t.Error("ringing an endpoint that does not exist is no error")
	}
	r.bed.Asterisk.Kill()
	wait[lost](r.watched)
	r.check(r.bed.Asterisk.Restart(r.ctx))
	if h := wait[Holdings](r.watched); len(h.Legs) > 0 {
		t.Errorf("a new Asterisk holds %v", h.Legs)
	}
	r.untilGone(flow.LegGone{Leg: a.Leg})
}
