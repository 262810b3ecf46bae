package flow_test

import (
	"strings"
	"testing"

	"clearline/lib/call"
	"clearline/lib/flow"
	"clearline/lib/prompt"
)

// whisper is the newest, which must begin with that.
func (c *telling) whisper(name prompt.Name) flow.Whisper {
	c.t.Helper()
	w := must[flow.Whisper](c.t, c.all)
	if !strings.HasPrefix(string(w.Script), string(prompt.Say(name))) || w.Leg != first || c.s.Whispering != w.Playback {
		c.t.Fatalf("%+v, want %s, and %q goes on", w, name, c.s.Whispering)
	}
	return w
}

func (c *telling) heardWhisper(name prompt.Name) {
	c.t.Helper()
	c.tell(flow.PlaybackDone{Leg: first, Playback: c.whisper(name).Playback})
}

// silent insists that nothing is whispered any more, and that what was is taken away.
func (c *telling) silent() {
	c.t.Helper()
	last, stop := must[flow.Whisper](c.t, c.all), must[flow.StopWhisper](c.t, c.all)
	if c.s.Whispering != "" || stop.Playback != last.Playback {
		c.t.Fatalf("%q is whispered on, after %+v", c.s.Whispering, stop)
	}
}

// warned insists that the resident was warned of a PIN so often.
func (c *telling) warned(times int) {
	c.t.Helper()
	if c.s.Notes.PINWarnings != times {
		c.t.Fatalf("warned %d times, want %d", c.s.Notes.PINWarnings, times)
	}
}

// guardings are conversations in which the resident keys something that is no number, or
// hears something that the caller does not.
var guardings = []conversation{
	{"a PIN", call.Completed, func(c *telling) {
		c.joins()
		c.press(first, "246")
		c.warned(0)
		c.press(first, "8")
		c.heardWhisper(prompt.PINWarning)
		c.silent()
		c.gone(caller, first)
	}},
	{"a longer PIN and another within the minute is warned of once", call.Completed, func(c *telling) {
		c.joins()
		c.press(first, "246824")
		c.heardWhisper(prompt.PINWarning)
		c.runsOut(flow.PauseTimer)
		c.press(first, "8642")
		c.warned(1)
		c.runsOut(flow.WarnTimer)
		c.press(first, "7")
		c.warned(2)
		c.gone(caller, first)
	}},
	{"a PIN that begins a number is waited for", call.Completed, func(c *telling) {
		c.joins()
		c.press(first, "0163")
		c.warned(0)
		c.runsOut(flow.KeyTimer)
		c.runsOut(flow.PauseTimer)
		c.warned(1)
		c.gone(first, caller)
	}},
	{"a PIN that ends with what begins a number", call.Completed, func(c *telling) {
		c.joins()
		c.press(first, "2231")
		c.warned(1)
		c.gone(first, caller)
	}},
	{"a PIN and the hash asked for", call.Completed, func(c *telling) {
		c.joins()
		c.press(first, "0163#")
		c.warned(1)
		c.gone(first, caller)
	}},
	{"digits with pauses are no PIN", call.Completed, func(c *telling) {
		c.joins()
		c.press(first, "246")
		c.runsOut(flow.PauseTimer)
		c.press(first, "8")
		c.press(first, "#24")
		c.warned(0)
		c.gone(first, caller)
	}},
	{"the number of a bank is no PIN", call.Cleared, func(c *telling) {
		c.joins()
		c.press(first, "01632960999")
		c.warned(0)
		c.gone(caller)
	}},
	{"999 while a whisper is heard", call.Cleared, func(c *telling) {
		c.joins()
		c.press(first, "2468")
		c.press(first, "999")
		c.silent()
		c.gone(caller)
	}},
	{"the caller hangs up while a whisper is heard", call.Completed, func(c *telling) {
		c.joins()
		c.press(first, "2468")
		c.gone(caller)
		c.silent()
		c.gone(first)
	}},
	{"the line is claimed while a whisper is heard", call.Cleared, func(c *telling) {
		c.joins()
		c.press(first, "2468")
		c.tell(flow.LineClaimed{})
		c.silent()
		c.gone(caller, first)
	}},
	{"stopped while a whisper is heard", call.Lost, func(c *telling) {
		c.joins()
		c.press(first, "2468")
		c.tell(flow.Stopped{})
		c.silent()
	}},
	{"a whisper that cannot be heard costs nothing else", call.Completed, func(c *telling) {
		c.joins()
		c.press(first, "2468")
		c.tell(flow.EffectFailed{Effect: must[flow.Whisper](c.t, c.all)})
		c.silent()
		c.stands(flow.Guarded)
		c.ignores(flow.EffectFailed{Effect: must[flow.Whisper](c.t, c.all)})
		c.gone(caller, first)
	}},
	{"a whisper that never ends is ended", call.Completed, func(c *telling) {
		c.joins()
		c.press(first, "2468")
		c.runsOut(flow.StageTimer)
		c.silent()
		c.gone(caller, first)
	}},
	{"reminders", call.Completed, func(c *telling) {
		c.joins()
		early := flow.TimerFired{Timer: flow.AdviceTimer, N: 1}
		c.ignores(early)
		c.runsOut(flow.AdviceTimer)
		c.heardWhisper(prompt.Reminder)
		c.silent()
		c.runsOut(flow.AdviceTimer)
		c.ignores(early)
		c.heardWhisper(prompt.Reminder)
		c.gone(caller, first)
	}},
	{"a reminder waits for a warning and gives way to one", call.Completed, func(c *telling) {
		c.joins()
		c.press(first, "2468")
		c.runsOut(flow.AdviceTimer)
		c.heardWhisper(prompt.PINWarning)
		c.runsOut(flow.AdviceTimer)
		c.whisper(prompt.Reminder)
		c.runsOut(flow.WarnTimer)
		c.press(first, "9753")
		c.heardWhisper(prompt.PINWarning)
		c.silent()
		c.gone(caller, first)
	}},
	{"a restart while a reminder is heard says it again and goes on", call.Completed, func(c *telling) {
		c.joins()
		c.runsOut(flow.AdviceTimer)
		cut := c.whisper(prompt.Reminder)
		c.resumes()
		c.ignores(flow.PlaybackDone{Leg: first, Playback: cut.Playback})
		c.heardWhisper(prompt.Reminder)
		c.silent()
		c.runsOut(flow.AdviceTimer)
		c.whisper(prompt.Reminder)
		c.gone(caller, first)
	}},
	{"a restart forgets half a PIN and keeps to one warning a minute", call.Completed, func(c *telling) {
		c.joins()
		c.press(first, "246")
		c.resumes()
		c.press(first, "8")
		c.warned(0)
		c.press(first, "642")
		c.heardWhisper(prompt.PINWarning)
		c.resumes()
		c.press(first, "2468")
		c.warned(1)
		c.gone(caller, first)
	}},
	{"two stars end the call and block the caller", call.EndedBlocked, func(c *telling) {
		c.joins()
		c.press(first, "**")
		c.gone(caller)
		c.heard(first)
		c.gone(first)
	}},
	{"two stars with a pause between them", call.Completed, func(c *telling) {
		c.joins()
		c.press(first, "*")
		c.runsOut(flow.PauseTimer)
		c.press(first, "*5*")
		c.stands(flow.Guarded)
		c.gone(first, caller)
	}},
	{"two stars and a hidden number", call.Completed, func(c *telling) {
		c.s.From.Presentation = call.Withheld
		c.joins()
		c.press(first, "**")
		c.gone(caller)
		c.heard(first)
		c.gone(first)
	}},
	{"two stars before both are in the bridge", call.EndedBlocked, func(c *telling) {
		c.asks()
		c.press(first, "5")
		c.press(first, "**")
		c.gone(caller)
		c.heard(first)
		c.gone(first)
	}},
	{"two stars while a whisper is heard", call.EndedBlocked, func(c *telling) {
		c.joins()
		c.press(first, "2468")
		c.press(first, "**")
		c.silent()
		c.gone(caller)
		c.heard(first)
		c.gone(first)
	}},
}

func TestGuardings(t *testing.T) { converse(t, "guarding", guardings) }

func TestOtherKeysEndACall(t *testing.T) {
	for _, c := range []struct {
		keys, pressed string
		ends          bool
	}{
		{"*#", "*#", true},
		{"*#", "**#", true},
		{"*#", "#*", false},
		{"**1", "***1", true},
		{"#*#*", "#*##*#*", true},
		{"#*#*", "#*#5*", false},
		{"", "**", false},
	} {
		told := newTelling(t)
		told.s.Rules.HangupKeys = c.keys
		told.joins()
		told.press(first, c.pressed)
		if ended := told.s.Stage == flow.Closing; ended != c.ends {
			t.Errorf("%q after %q: ended %v, want %v", c.keys, c.pressed, ended, c.ends)
		}
	}
}

func TestTheCallersKeysWarnOfNothing(t *testing.T) {
	told := newTelling(t)
	told.joins()
	for _, key := range "246824**" {
		told.ignores(flow.DTMF{Leg: caller, Key: key})
	}
}
