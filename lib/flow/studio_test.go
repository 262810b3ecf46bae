package flow_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"clearline/lib/call"
	"clearline/lib/flow"
	"clearline/lib/prompt"
)

const studioPIN = flow.Code("273645")

type session struct{ teller[flow.Studio] }

func beginStudio(at prompt.Name, locked, unfit bool) flow.Studio {
	return flow.BeginStudio(box, ownLine, resident, plan, sessionRules, at, studioPIN, locked, unfit)
}

func (c *session) dials() {
	c.s = beginStudio("", false, false)
	c.tell(flow.Began{})
}

// enters keys the right PIN, and hears the first prompt with what can be done.
func (c *session) enters() {
	c.dials()
	c.press(resident, string(studioPIN)+"#")
	c.heard(resident)
}

// speaks records something at the present prompt.
func (c *session) speaks() {
	c.press(resident, "5")
	c.says()
}

// says is asked to speak, and does.
func (c *session) says() {
	c.heard(resident)
	take := must[flow.Record](c.t, c.all)
	c.tell(flow.RecordingDone{Leg: resident, Recording: take.Recording, Length: 3 * time.Second, Bytes: 48000})
}

// kept hears what has become of what is to be kept.
func (c *session) kept(outcome flow.PromptOutcome) {
	keep := must[flow.KeepPrompt](c.t, c.all)
	c.tell(flow.PromptKept{Recording: keep.Recording, Outcome: outcome})
}

func (c *session) hangsUp() { c.gone(resident) }

var recordings = []struct {
	name string
	tell func(*session)
	kept []prompt.Name // which the person wanted to be kept
}{
	{"said anew and kept", func(c *session) {
		c.enters()
		c.speaks()
		c.heard(resident)
		c.press(resident, "5")
		c.kept(flow.PromptSaid)
		c.hangsUp()
	}, []prompt.Name{prompt.Recordable()[0]}},
	{"said anew and thrown away", func(c *session) {
		c.enters()
		c.speaks()
		c.press(resident, "7")
		c.hangsUp()
	}, nil},
	{"said once more before it is kept", func(c *session) {
		c.enters()
		c.speaks()
		c.press(resident, "3")
		c.says()
		c.press(resident, "*5")
		c.kept(flow.PromptSaid)
		c.hangsUp()
	}, []prompt.Name{prompt.Recordable()[0]}},
	{"silence is no yes", func(c *session) {
		c.enters()
		c.speaks()
		c.heard(resident)
		c.nothingHappens()
		c.heard(resident)
		c.nothingHappens()
		c.heard(resident)
		c.hangsUp()
	}, nil},
	{"hung up instead of deciding", func(c *session) {
		c.enters()
		c.speaks()
		c.hangsUp()
	}, nil},
	{"hung up as soon as it is kept", func(c *session) {
		c.enters()
		c.speaks()
		c.press(resident, "5")
		c.hangsUp()
	}, []prompt.Name{prompt.Recordable()[0]}},
	{"too long to be kept", func(c *session) {
		c.enters()
		c.speaks()
		c.press(resident, "5")
		c.kept(flow.PromptTooLong)
		c.hangsUp()
	}, []prompt.Name{prompt.Recordable()[0]}},
	{"it cannot be kept", func(c *session) {
		c.enters()
		c.speaks()
		c.press(resident, "5")
		c.kept(flow.PromptFailed)
		c.hangsUp()
	}, []prompt.Name{prompt.Recordable()[0]}},
	{"nobody says whether it is kept", func(c *session) {
		c.enters()
		c.speaks()
		c.press(resident, "5")
		c.nothingHappens()
		c.hangsUp()
	}, []prompt.Name{prompt.Recordable()[0]}},
	{"nothing is said", func(c *session) {
		c.enters()
		c.press(resident, "5")
		c.heard(resident)
		c.tell(flow.RecordingDone{Leg: resident, Recording: must[flow.Record](c.t, c.all).Recording})
		c.hangsUp()
	}, nil},
	{"the disk is full", func(c *session) {
		c.enters()
		c.press(resident, "5")
		c.heard(resident)
		c.tell(flow.RecordingDone{Leg: resident, Recording: must[flow.Record](c.t, c.all).Recording, Length: 3 * time.Second})
		c.hangsUp()
	}, nil},
	{"it cannot be recorded", func(c *session) {
		c.enters()
		c.press(resident, "5")
		c.heard(resident)
		failsTo[flow.Record](&c.teller)
		c.hangsUp()
	}, nil},
	{"the exchange never says that the recording is over", func(c *session) {
		c.enters()
		c.press(resident, "5")
		c.heard(resident)
		c.nothingHappens()
		c.hangsUp()
	}, nil},
	{"what was recorded cannot be played", func(c *session) {
		c.enters()
		c.speaks()
		c.fails()
		c.hangsUp()
	}, nil},
	{"the next one, the one before, and one by its number", func(c *session) {
		c.enters()
		c.press(resident, "##7")
		c.press(resident, "*"+prompt.NumberOf(prompt.Reminder))
		c.heard(resident)
		c.speaks()
		c.press(resident, "5")
		c.kept(flow.PromptSaid)
		c.hangsUp()
	}, []prompt.Name{prompt.Reminder}},
	{"a number that nothing has", func(c *session) {
		c.enters()
		c.press(resident, "*888")
		c.hangsUp()
	}, nil},
	{"a star alone says it once more", func(c *session) {
		c.enters()
		c.press(resident, "*2")
		c.nothingHappens()
		c.press(resident, "*#")
		c.hangsUp()
	}, nil},
	{"a wrong PIN, then the right one", func(c *session) {
		c.dials()
		c.press(resident, "222333#")
		c.heard(resident)
		c.press(resident, string(studioPIN))
		c.nothingHappens()
		c.hangsUp()
	}, nil},
	{"three wrong PINs", func(c *session) {
		c.dials()
		c.press(resident, "222333#33344455")
		c.press(resident, "2#")
		c.heard(resident)
		c.hangsUp()
	}, nil},
	{"the right PIN while it is locked", func(c *session) {
		c.s = beginStudio("", true, false)
		c.tell(flow.Began{})
		c.press(resident, "273645#273645#273645#")
		c.heard(resident)
		c.hangsUp()
	}, nil},
	{"locked while the PIN is keyed", func(c *session) {
		c.dials()
		c.press(resident, "2736")
		c.tell(flow.SecretLocked{Secret: flow.FamilyWord}, flow.SecretLocked{Secret: flow.StudioPIN})
		c.press(resident, "45#")
		c.hangsUp()
	}, nil},
	{"no PIN is keyed", func(c *session) {
		c.dials()
		c.press(resident, "#")
		c.heard(resident)
		c.nothingHappens()
		c.heard(resident)
		c.hangsUp()
	}, nil},
	{"nothing can be recorded now", func(c *session) {
		c.s = beginStudio("", false, true)
		c.tell(flow.Began{})
		c.heard(resident)
		c.hangsUp()
	}, nil},
	{"nothing is wanted", func(c *session) {
		c.enters()
		c.nothingHappens()
		c.heard(resident)
		c.hangsUp()
	}, nil},
	{"999 instead of the PIN", func(c *session) {
		c.dials()
		c.press(resident, "999")
		c.tell(flow.WentOn{Leg: resident})
	}, nil},
	{"999 while it is recorded", func(c *session) {
		c.enters()
		c.press(resident, "5")
		c.heard(resident)
		c.press(resident, "999")
		c.tell(flow.WentOn{Leg: resident})
	}, nil},
	{"159 while it is judged is no yes at the five", func(c *session) {
		c.enters()
		c.speaks()
		c.press(resident, "159")
		c.tell(flow.WentOn{Leg: resident})
	}, nil},
	{"killed while the PIN is keyed", func(c *session) {
		c.dials()
		c.press(resident, "2736")
		c.tell(flow.Resumed{})
		c.press(resident, string(studioPIN)+"#")
		c.hangsUp()
	}, nil},
	{"killed while it is recorded, and it is recorded on", func(c *session) {
		c.enters()
		c.press(resident, "5")
		c.heard(resident)
		c.tell(flow.Resumed{})
		c.tell(flow.RecordingDone{Leg: resident, Recording: must[flow.Record](c.t, c.all).Recording, Length: 3 * time.Second, Bytes: 48000})
		c.press(resident, "5")
		c.kept(flow.PromptSaid)
		c.hangsUp()
	}, []prompt.Name{prompt.Recordable()[0]}},
	{"killed before it is recorded, while it is judged, and while it is kept", func(c *session) {
		c.enters()
		c.tell(flow.Resumed{})
		c.press(resident, "5")
		c.tell(flow.Resumed{})
		c.says()
		c.tell(flow.Resumed{})
		c.press(resident, "5")
		c.tell(flow.Resumed{})
		c.kept(flow.PromptSaid)
		c.hangsUp()
	}, []prompt.Name{prompt.Recordable()[0], prompt.Recordable()[0]}},
	{"killed while it says goodbye", func(c *session) {
		c.enters()
		c.nothingHappens()
		c.tell(flow.Resumed{})
		c.heard(resident)
		c.hangsUp()
	}, nil},
}

func TestWhatClearlineSaysIsRecorded(t *testing.T) {
	for _, each := range recordings {
		t.Run(each.name, func(t *testing.T) {
			told := &session{teller[flow.Studio]{t: t}}
			each.tell(told)
			if !told.s.Ended() {
				t.Errorf("it stands in %s", told.s.Stage)
			}
			var kept []prompt.Name
			for _, e := range told.all {
				if keep, ok := e.(flow.KeepPrompt); ok {
					kept = append(kept, keep.Prompt)
				}
			}
			if !slices.Equal(kept, each.kept) {
				t.Errorf("keeps %v, want %v", kept, each.kept)
			}
			keysUntold(t, told.text.String())
			golden(t, "studio", each.name, told.text.String())
		})
	}
}

// keysUntold insists that the PIN is in nothing but the events of its keys.
func keysUntold(t *testing.T, conversation string) {
	t.Helper()
	if strings.Contains(conversation, string(studioPIN)) {
		t.Error("the PIN is in an effect")
	}
}

func TestThePINIsNeverSaved(t *testing.T) {
	told := &session{teller[flow.Studio]{t: t}}
	told.dials()
	told.press(resident, string(studioPIN[:5]))
	saved := mustJSON(told.s)
	for n := 2; n <= len(studioPIN); n++ {
		if strings.Contains(saved, `"`+string(studioPIN[:n])) {
			t.Errorf("the first %d digits of the PIN are saved: %s", n, saved)
		}
	}
	if !strings.Contains(saved, `"Stage":"proving"`) {
		t.Errorf("nothing is saved that a restart could go on with: %s", saved)
	}
}

func TestSomebodyWhoIsRungBeginsAtThePromptTheyAskedFor(t *testing.T) {
	told := &session{teller[flow.Studio]{t: t, s: beginStudio(prompt.PINWarning, false, false)}}
	told.tell(flow.Began{})
	told.press(resident, string(studioPIN)+"#")
	if said := must[flow.Play](t, told.all).Script; !strings.Contains(string(said), string(prompt.PINWarning)) {
		t.Errorf("it begins with %s", said)
	}
	if s := beginStudio("studio/unheard-of", false, false); s.At != prompt.Recordable()[0] {
		t.Errorf("a prompt that is none begins at %s", s.At)
	}
}

// TestNobodyHearsWhetherAPINIsLocked says the same to who keys a wrong PIN, and to who keys
// any while it is locked.
func TestNobodyHearsWhetherAPINIsLocked(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		keys := rapid.StringMatching(`[2-8#]{0,20}`).Draw(t, "keys")
		one, two := beginStudio("", false, false), beginStudio("", true, false)
		one.PIN = "888888888" // longer than any that can be keyed
		one, _ = one.Step(flow.Began{})
		two, _ = two.Step(flow.Began{})
		for _, key := range keys {
			var hears, heard []flow.Effect
			one, hears = one.Step(flow.DTMF{Leg: resident, Key: key})
			two, heard = two.Step(flow.DTMF{Leg: resident, Key: key})
			noted := func(e flow.Effect) bool { _, ok := e.(flow.NoteSecret); return ok }
			if !slices.Equal(slices.DeleteFunc(hears, noted), slices.DeleteFunc(heard, noted)) {
				t.Fatalf("after %c of %s: %#v beside %#v", key, keys, hears, heard)
			}
		}
	})
}

// studioWatch knows what must hold while sentences are recorded.
type studioWatch struct {
	t       fataler
	proved  bool
	taken   map[call.RecordingID]bool // recorded, and neither dropped nor to be kept
	dropped map[call.RecordingID]bool
}

func (w *studioWatch) after(ev flow.Event, effects []flow.Effect) {
	for _, e := range effects {
		switch e := e.(type) {
		case flow.NoteSecret:
			w.proved = w.proved || e.Right
		case flow.Record:
			if !w.proved {
				w.t.Fatalf("%#v is recorded without the PIN", e)
			}
			w.taken[e.Recording] = true
		case flow.DropRecording:
			delete(w.taken, e.Recording)
			w.dropped[e.Recording] = true
		case flow.KeepPrompt:
			_, again := ev.(flow.Resumed)
			if key, pressed := ev.(flow.DTMF); !again && (!pressed || key.Key != '5') {
				w.t.Fatalf("%#v keeps a recording", ev)
			}
			if w.dropped[e.Recording] {
				w.t.Fatalf("%s is kept after it was thrown away", e.Recording)
			}
			delete(w.taken, e.Recording)
		}
	}
}

func TestAStudioHoldsWhateverComes(t *testing.T) {
	t.Parallel()
	taped, kept := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		watch := &studioWatch{t: t, taken: map[call.RecordingID]bool{}, dropped: map[call.RecordingID]bool{}}
		f := beginStudio("", rapid.IntRange(0, 9).Draw(t, "locked") == 0, rapid.IntRange(0, 9).Draw(t, "unfit") == 0)
		f.Rules = anySessionRules(t)
		keys := rapid.SampledFrom([]string{"", "273645#", "273645#5", "222#273645#*2235"}).Draw(t, "keys at first")
		walkSession(t, f, func(s flow.Studio) int { return s.TimerN }, keys, watch.after, func(_ flow.Event, effects []flow.Effect) {
			for _, e := range effects {
				switch e.(type) {
				case flow.Record:
					taped++
				case flow.KeepPrompt:
					kept++
				}
			}
		})
		if len(watch.taken) > 0 {
			t.Fatalf("%v is left behind", watch.taken)
		}
	})
	if taped == 0 || kept == 0 && !testing.Short() { // of few walks, none may come so far
		t.Errorf("%d were recorded and %d kept: the test proves too little", taped, kept)
	} else {
		t.Logf("%d recorded, %d kept", taped, kept)
	}
}
