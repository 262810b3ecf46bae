package engine_test

import (
	"strings"
	"testing"
	"time"

	"clearline/lib/call"
	"clearline/lib/engine"
	"clearline/lib/prompt"
)

// fourLines make a house of four lines, of which all may be called at once.
func fourLines(o *engine.Options, _ *memory) {
	for _, id := range []call.LineID{"flat-3", "flat-4"} {
		o.Lines = append(o.Lines, call.Line{ID: id, Endpoints: []string{"PJSIP/" + string(id)}, Language: "en_GB"})
	}
	for _, line := range o.Lines {
		o.Plans[line.ID], o.Policy[line.ID] = plan, o.Policy["flat-1"]
	}
	o.MaxCalls = 9
}

// advises says whether the resident whom a call has come to hears some advice.
func (r *rig) advises(id call.ID, advice prompt.Name) bool {
	script := newest(r.exchange.performed(), id.Consult(0)).Script
	return strings.Contains(string(script), string(advice))
}

func TestWhoCallsSeveralLinesADayIsSpokenOf(t *testing.T) {
	in(t, func(t *testing.T) {
		r := newRig(t, fourLines)
		const one, other = "+441632960200", "+441632960555"
		r.Arrived(arrival("leg-a", "flat-1", one))
		r.Arrived(arrival("leg-b", "flat-2", one))
		r.Arrived(arrival("leg-c", "flat-3", other))
		settle()
		for leg, id := range map[call.LegID]call.ID{"leg-b": "call2", "leg-c": "call3"} {
			if r.asked(id, leg); r.advises(id, prompt.ManyLines) {
				t.Errorf("%s is spoken of as one who calls many lines", id)
			}
		}
		r.Arrived(arrival("leg-d", "flat-4", one))
		if r.asked("call4", "leg-d"); !r.advises("call4", prompt.ManyLines) {
			t.Error("a third line is called, and the resident is not told")
		}
		r.Close()
	})
}

func TestADayLaterTheLinesCountAnew(t *testing.T) {
	in(t, func(t *testing.T) {
		yesterday := func(o *engine.Options, m *memory) {
			for _, line := range []call.LineID{"flat-1", "flat-2"} {
				m.records = append(m.records, call.Record{
					ID: call.ID("old-" + line), Line: line, Ended: time.Now().Add(-time.Hour), Cause: call.Refused,
					From: call.Caller{Number: "+441632960200", Presentation: call.Allowed},
				})
			}
		}
		r := newRig(t, fourLines, yesterday) // the test begins at midnight
		r.Arrived(arrival("leg-a", "flat-3", "+441632960200"))
		if r.asked("call1", "leg-a"); r.advises("call1", prompt.ManyLines) {
			t.Error("calls of the day before count")
		}
		r.Close()
	})
}

func TestANumberLikeOneThatWasCutOffIsSpokenOf(t *testing.T) {
	for _, c := range []struct {
		number string
		until  time.Duration
		want   bool
	}{
		{"+441632960277", time.Hour, true},
		{"+441632960200", time.Hour, true},
		{"+441632961277", time.Hour, false},
		{"+4416329602", time.Hour, false},
		{"+441632960277", -time.Hour, false},
	} {
		in(t, func(t *testing.T) {
			r := newRig(t, fourLines, func(_ *engine.Options, m *memory) {
				m.windows = append(m.windows, call.Window{
					Line: "flat-2", Kind: call.Quarantine, Number: "+441632960200", Until: time.Now().Add(c.until),
				})
			})
			r.Arrived(arrival("leg-a", "flat-1", c.number))
			r.asked("call1", "leg-a")
			if got := r.advises("call1", prompt.LikeCutOff); got != c.want {
				t.Errorf("%s, until %v: spoken of %v, want %v", c.number, c.until, got, c.want)
			}
			r.Close()
		})
	}
}
