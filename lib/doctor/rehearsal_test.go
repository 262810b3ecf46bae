package doctor_test

import (
	"errors"
	"strings"
	"testing"

	"clearline/lib/config"
	"clearline/lib/doctor"
	"clearline/lib/pbx"
)

// forHelp are the facts of a right installation whose dialplan clears a line.
func forHelp(t *testing.T) *doctor.Facts {
	t.Helper()
	f := right(t)
	for context, next := range map[string]string{
		config.ContextOutbound: config.ContextClearing + ",${EXTEN},1", config.ContextClearing: "clearline-onward,${CLEARLINE_NUMBER},1",
	} {
		f.Plan.Value[context] = &pbx.Context{Extensions: []pbx.Extension{{Pattern: "_X!", Steps: []pbx.Step{{Priority: 1, App: "Goto", Data: next}}}}}
	}
	return f
}

func TestRehearsalsOfEmergencyCalls(t *testing.T) {
	for _, c := range []struct {
		name   string
		breaks func(*doctor.Facts)
		state  doctor.State
		says   string
	}{
		{"every number comes to the step that dials it", func(*doctor.Facts) {}, doctor.OK, "clearline-outbound > clearline-clearing > clearline-onward, and there Dial(PJSIP/999@trunk,60"},
		{"by a context of the house's own", func(f *doctor.Facts) {
			f.Exchange.Value.Endpoints[0].Settings["context"] = "house"
			f.Plan.Value["house"] = &pbx.Context{Extensions: []pbx.Extension{{Pattern: "_X!", Steps: []pbx.Step{{App: "Goto", Data: "clearline-outbound,${EXTEN},1"}}}}}
		}, doctor.OK, "house > clearline-outbound > clearline-clearing"},
		{"the telephone dials past Clearline", func(f *doctor.Facts) { f.Exchange.Value.Endpoints[0].Settings["context"] = "clearline-onward" }, doctor.Fail, "does not come to clearline-clearing"},
		{"one form of a number goes elsewhere", func(f *doctor.Facts) { means(f, config.ContextOutbound, "9999", "Hangup") }, doctor.Fail, "9999 dialled on PJSIP/101 does not come to"},
		{"nobody dials it on", func(f *doctor.Facts) { f.Plan.Value["clearline-onward"].Extensions[0].Pattern = "_0X!" }, doctor.Fail, "does not dial it"},
		{"it is dialled by nothing that is known", func(f *doctor.Facts) {
			f.Plan.Value["clearline-onward"].Extensions = nil
			means(f, "clearline-onward", "_X!", "Queue")
		}, doctor.Warn, "no Dial() is seen"},
		{"under a condition", func(f *doctor.Facts) {
			f.Plan.Value["clearline-onward"].Extensions[0].Steps = []pbx.Step{{App: "ExecIf", Data: "$[1]?Dial(PJSIP/${EXTEN}@spare)"}}
		}, doctor.OK, "and there Dial(PJSIP/999@spare)"},
		{"the dialplan is an old one", func(f *doctor.Facts) {
			f.Printed = pbx.Plan{config.ContextCleared: {Extensions: []pbx.Extension{{Pattern: "_[01][01]!"}}}}
		}, doctor.Fail, "the dialplan in use is not that of"},
		{"the dialplan cannot be read", func(f *doctor.Facts) { f.Plan.Err = errors.New("may not") }, doctor.Warn, "were not looked at: may not"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := forHelp(t)
			c.breaks(f)
			found := doctor.Rehearse(f, "PJSIP/101")
			if state, said := of(found, doctor.Rehearsal); state != c.state || !strings.Contains(said, c.says) {
				t.Errorf("it is %s:\n%s", state, said)
			}
			if len(found) == 0 || doctor.Worst(found) == doctor.OK && len(found) < 2 {
				t.Errorf("only %d numbers are rehearsed", len(found))
			}
		})
	}
	if found := doctor.Rehearse(forHelp(t), "PJSIP/none"); len(found) != 0 {
		t.Errorf("of a telephone that is not there it says %v", found)
	}
}
