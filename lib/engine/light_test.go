package engine_test

import (
	"bytes"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"clearline/lib/call"
	"clearline/lib/engine"
	"clearline/lib/flow"
	"clearline/lib/prompt"
)

// lit shows at the telephones how many messages there are: one, on the first line.
func lit(o *engine.Options, m *memory) {
	coded(o, m)
	o.Boxes.Light, o.Boxes.Files, o.Boxes.Keep = true, shelf{"old1-message-1": false}, 24*time.Hour
	o.Boxes.Intro = func(call.Caller, time.Time, time.Time) prompt.Script { return prompt.Say(prompt.MessageHidden) }
	m.records = []call.Record{{
		ID: "old1", Line: "flat-1", Ended: time.Now(), Cause: call.MessageLeft,
		Recording: "old1-message-1", Message: call.NewMessage,
	}}
}

// shown is what the telephones of a line were last told.
func (r *rig) shown(line call.LineID) (last flow.ShowMessages) {
	for _, e := range r.exchange.performed() {
		if show, ok := e.(flow.ShowMessages); ok && show.Line == line {
			last = show
		}
	}
	return last
}

func TestTheLightGoesOutWhenMessagesAreHeard(t *testing.T) {
	in(t, func(t *testing.T) {
		r := newRig(t, lit)
		r.Connected(nil, nil)
		settle()
		if first, second := r.shown("flat-1"), r.shown("flat-2"); first.Fresh != 1 || first.Kept != 0 || second != (flow.ShowMessages{Line: "flat-2"}) {
			t.Errorf("at first %+v and %+v are shown", first, second)
		}
		r.codes("leg-r", "flat-1", "*55")
		for range 2 { // the count, and the message
			play := newest[flow.Play](r.exchange.performed(), "leg-r")
			r.Happened(flow.PlaybackDone{Leg: "leg-r", Playback: play.Playback})
			settle()
		}
		if heard := r.shown("flat-1"); heard.Fresh != 0 || heard.Kept != 1 {
			t.Errorf("once it was heard %+v is shown", heard)
		}
		r.Happened(flow.DTMF{Leg: "leg-r", Key: '7'})
		settle()
		if deleted := r.shown("flat-1"); deleted.Fresh != 0 || deleted.Kept != 0 {
			t.Errorf("once it is deleted %+v is shown", deleted)
		}
		r.Close()
	})
}

func TestALightThatStaysDarkIsSaidOnce(t *testing.T) {
	in(t, func(t *testing.T) {
		var log bytes.Buffer
		r := newRig(t, lit, func(o *engine.Options, _ *memory) { o.Log = slog.New(slog.NewTextHandler(&log, nil)) })
		r.exchange.fail = func(e flow.Effect) error {
			if _, shows := e.(flow.ShowMessages); shows {
				return errors.New("no such resource")
			}
			return nil
		}
		r.Connected(nil, nil)
		settle()
		r.Connected(nil, nil)
		settle()
		r.Close()
		lines := slices.DeleteFunc(strings.Split(log.String(), "\n"), func(line string) bool { return !strings.Contains(line, "stay dark") })
		if len(lines) != 1 {
			t.Errorf("it is said %d times:\n%s", len(lines), log.String())
		}
	})
}
