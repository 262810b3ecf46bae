package engine_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"clearline/lib/call"
	"clearline/lib/engine"
	"clearline/lib/flow"
	"clearline/lib/prompt"
)

// studio keeps what is recorded, or does not.
type studio struct {
	mu    sync.Mutex
	kept  []string
	unfit error
	fails error
	hangs bool
}

func (s *studio) Ready() error { return s.unfit }

func (s *studio) Keep(ctx context.Context, id call.RecordingID, language string, name prompt.Name) error {
	if s.hangs {
		<-ctx.Done()
		return ctx.Err()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept = append(s.kept, fmt.Sprintf("%s of %s from %s", name, language, id))
	return s.fails
}

func (s *studio) has() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.kept)
}

// voiced lets people record prompts who know the PIN.
func voiced(s *studio) func(*engine.Options, *memory) {
	return func(o *engine.Options, m *memory) {
		coded(o, m)
		o.Boxes.Codes["*56"] = engine.CodeRecord
		o.Boxes.Voice, o.Boxes.PIN = s, "273645"
	}
}

// keys presses keys at a leg.
func (r *rig) keys(leg call.LegID, keys string) {
	for _, key := range keys {
		r.Happened(flow.DTMF{Leg: leg, Key: key})
		settle()
	}
}

// speaks records something at the prompt that a leg hears.
func (r *rig) speaks(leg call.LegID) {
	r.keys(leg, "5")
	r.Happened(flow.PlaybackDone{Leg: leg, Playback: newest[flow.Play](r.exchange.performed(), leg).Playback})
	settle()
	takes := told[flow.Record](r)
	r.Happened(flow.RecordingDone{Leg: leg, Recording: takes[len(takes)-1].Recording, Length: 2 * time.Second, Bytes: 32000})
	settle()
}

func TestWhatIsRecordedIsKeptAndThePersonHearsOfIt(t *testing.T) {
	for name, c := range map[string]struct {
		fails error
		want  prompt.Name
	}{
		"it is kept":              {nil, prompt.KeptNow},
		"it is too long":          {fmt.Errorf("keep it: %w", prompt.ErrTooLong), prompt.TooLong},
		"the folder is read-only": {errors.New("read-only file system"), prompt.NotKept},
	} {
		t.Run(name, func(t *testing.T) {
			in(t, func(t *testing.T) {
				s := &studio{fails: c.fails}
				r := newRig(t, voiced(s))
				r.Dialled(engine.Dialled{Leg: "leg-r", Line: "flat-1", Dialled: "*56", Code: true, Prompt: prompt.Reminder, At: time.Now()})
				settle()
				r.keys("leg-r", "273645#")
				r.hears(t, "leg-r", string(prompt.Reminder))
				r.speaks("leg-r")
				r.keys("leg-r", "5")
				r.hears(t, "leg-r", string(c.want))
				if want := []string{"guard/reminder of en_GB from call1-take-4"}; !slices.Equal(s.has(), want) {
					t.Errorf("kept is %v, want %v", s.has(), want)
				}
				r.Close()
			})
		})
	}
}

func TestWhatSomebodyWantsKeptIsKeptThoughTheProgramIsKilled(t *testing.T) {
	in(t, func(t *testing.T) {
		r := newRig(t, voiced(&studio{hangs: true}))
		r.codes("leg-r", "flat-1", "*56")
		r.keys("leg-r", "273645#")
		r.speaks("leg-r")
		judged := r.crash()
		r.keys("leg-r", "5")
		wanted, hungUp := r.crash(), r.crash()
		r.Close()
		for _, saved := range wanted.saved {
			for _, secret := range []string{"273645", `"2736`} {
				if bytes.Contains(saved.State, []byte(secret)) || bytes.Contains(saved.Pending, []byte(secret)) {
					t.Errorf("the PIN is in the store: %s", saved.State)
				}
			}
		}

		s := &studio{}
		again := restart(t, judged, voiced(s))
		again.Connected([]call.LegID{"leg-r"}, nil)
		settle()
		again.hears(t, "leg-r", string(prompt.YouSaid))
		if len(s.has()) > 0 {
			t.Errorf("kept without a yes is %v", s.has())
		}
		again.Close()

		again = restart(t, wanted, voiced(s))
		again.Connected([]call.LegID{"leg-r"}, nil)
		settle()
		again.hears(t, "leg-r", string(prompt.KeptNow))
		if kept := slices.Compact(s.has()); len(kept) != 1 { // the same may be kept twice
			t.Errorf("kept is %v", kept)
		}
		again.Close()

		gone := &studio{}
		again = restart(t, hungUp, voiced(gone))
		again.exchange.gone = map[call.LegID]bool{"leg-r": true}
		again.Connected(nil, nil)
		settle()
		if len(gone.has()) != 1 {
			t.Errorf("of somebody who has hung up meanwhile, kept is %v", gone.has())
		}
		again.Close()
	})
}

func TestThePINIsAskedForAgainAfterARestartAndIsTheSame(t *testing.T) {
	in(t, func(t *testing.T) {
		s := &studio{}
		r := newRig(t, voiced(s))
		r.codes("leg-r", "flat-1", "*56")
		r.keys("leg-r", "2736")
		kept := r.crash()
		r.Close()
		again := restart(t, kept, voiced(s))
		again.Connected([]call.LegID{"leg-r"}, nil)
		settle()
		again.hears(t, "leg-r", string(prompt.KeyPIN))
		again.keys("leg-r", "273645#")
		again.hears(t, "leg-r", string(prompt.StudioOpen))
		again.Close()
	})
}

func TestThreeWrongPINsLockTheLineForAWhile(t *testing.T) {
	in(t, func(t *testing.T) {
		r := newRig(t, voiced(&studio{}))
		r.codes("leg-s", "flat-1", "*56") // somebody else, meanwhile
		r.codes("leg-r", "flat-1", "*56")
		r.keys("leg-r", "222333#222334#222335#")
		r.hears(t, "leg-r", string(prompt.NoEntry))
		r.keys("leg-s", "273645#")
		r.hears(t, "leg-s", string(prompt.WrongPIN))
		r.codes("leg-t", "flat-1", "*56")
		r.keys("leg-t", "273645#")
		r.hears(t, "leg-t", string(prompt.WrongPIN))
		r.codes("leg-u", "flat-2", "*56")
		r.keys("leg-u", "273645#")
		r.hears(t, "leg-u", string(prompt.StudioOpen))
		r.Happened(flow.LegGone{Leg: "leg-t"})
		time.Sleep(11 * time.Minute)
		r.codes("leg-v", "flat-1", "*56")
		r.keys("leg-v", "273645#")
		r.hears(t, "leg-v", string(prompt.StudioOpen))
		r.Close()
	})
}

func TestNobodyRecordsWhereNothingCanBeKept(t *testing.T) {
	in(t, func(t *testing.T) {
		r := newRig(t, voiced(&studio{unfit: errors.New("sox is not installed")}))
		r.codes("leg-r", "flat-1", "*56")
		r.hears(t, "leg-r", string(prompt.StudioClosed))
		r.Close()
	})
}
