package doctor_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"clearline/lib/config"
	"clearline/lib/doctor"
	"clearline/lib/pbx"
)

// right are the facts of a right installation, as far as they can be told without one.
func right(t *testing.T) *doctor.Facts {
	t.Helper()
	c, faults := config.Parse("/etc/clearline/clearline.toml", []byte(`
[ari]
password = "example"
[[line]]
id = "flat-1"
numbers = ["01632 960101"]
endpoints = ["PJSIP/101"]
`))
	if config.Broken(faults) {
		t.Fatal(faults)
	}
	now := time.Now()
	f := &doctor.Facts{Config: c, Asked: now, Now: now, Beep: true}
	f.Exchange.Value = doctor.Exchange{
		Version: "22.10.1", Date: now, MayWrite: true,
		Modules: map[string]bool{"bridge_simple": true},
		Endpoints: []doctor.Endpoint{
			{Name: "PJSIP/101", Online: true, Settings: map[string]string{"context": "clearline-outbound", "auth": "101"}},
			{Name: "PJSIP/trunk", Settings: map[string]string{"context": "from-trunk", "auth": ""}},
		},
	}
	f.Plan.Value = pbx.ReadPlan(`[ Context 'from-trunk' created by 'pbx_config' ]
  '_X!' =>          1. Goto(clearline-inbound,${EXTEN},1)         [extensions.conf:1]
[ Context 'clearline-inbound' created by 'pbx_config' ]
  '_X!' =>          1. Hangup()                                   [clearline.conf:1]
[ Context 'clearline-outbound' created by 'pbx_config' ]
  '_X!' =>          1. Goto(clearline-onward,${EXTEN},1)          [clearline.conf:2]
[ Context 'clearline-onward' created by 'pbx_config' ]
  '_[+*#0-9]!' =>   1. Dial(PJSIP/${EXTEN}@trunk,60,b(told^s^1(T)))  [extensions.conf:3]
[ Context 'clearline-deliver' created by 'pbx_config' ]
  'flat-1' =>       1. Dial(PJSIP/101,45)                         [extensions.conf:4]
`)
	f.ARIConf.Value = pbx.Conf{{Name: "general", Variables: []pbx.Variable{{Name: "channelvars", Value: "CLEARLINE_LINE, CLEARLINE_ROLE,CHANNEL(linkedid)"}}}}
	return f
}

// of is what a check says.
func of(found []doctor.Finding, name string) (state doctor.State, said string) {
	state = doctor.OK
	for _, f := range found {
		if f.Check == name {
			said += f.What + "\n" + f.Why + "\n" + f.Do + "\n"
			if f.State != doctor.OK {
				state = f.State
			}
		}
	}
	return state, said
}

// means gives a number a meaning in a context.
func means(f *doctor.Facts, context, pattern string, apps ...string) {
	e := pbx.Extension{Pattern: pattern}
	for i, app := range apps {
		e.Steps = append(e.Steps, pbx.Step{Priority: i + 1, App: app})
	}
	f.Plan.Value[context].Extensions = append(f.Plan.Value[context].Extensions, e)
}

func TestFindings(t *testing.T) {
	for _, c := range []struct {
		name   string
		breaks func(*doctor.Facts)
		check  string
		state  doctor.State
		says   string
	}{
		{"a release that is safe", func(*doctor.Facts) {}, "version", doctor.OK, ""},
		{"a release below the floor", func(f *doctor.Facts) { f.Exchange.Value.Version = "20.6.0~dfsg" }, "version", doctor.Fail, "below the floor 20.20.1"},
		{"asterisk is not there", func(f *doctor.Facts) {
			f.Exchange.Err = errors.New("reach asterisk: dial tcp 127.0.0.1:40131: connection refused")
		}, "ari", doctor.Fail, "http.conf: enabled = yes"},
		{"the user is not known", func(f *doctor.Facts) { f.Exchange.Err = fmt.Errorf("asterisk answered 401: %w", doctor.ErrStranger) }, "ari", doctor.Fail, "ari.conf: [clearline]"},
		{"the server listens at an address of the house", func(f *doctor.Facts) { f.Listening.Value = []string{"192.0.2.1:8088"} }, "ari-open", doctor.Warn, "listens at 192.0.2.1:8088"},
		{"the server listens here alone", func(f *doctor.Facts) { f.Listening.Value = []string{"127.0.0.1:8088", "[::1]:8089"} }, "ari-open", doctor.OK, ""},
		{"a hundred connections are enough for a house", func(*doctor.Facts) {}, "sessionlimit", doctor.OK, ""},
		{"a hundred connections are too few for many lines", func(f *doctor.Facts) { f.Config.Screening.MaxPerLine = 90 }, "sessionlimit", doctor.Warn, "sessionlimit = 110"},
		{"marks with spaces between them", func(*doctor.Facts) {}, "channelvars", doctor.OK, ""},
		{"asterisk shows no marks", func(f *doctor.Facts) { f.ARIConf.Value = nil }, "channelvars", doctor.Fail, "channelvars = CLEARLINE_LINE,CLEARLINE_ROLE,CHANNEL(linkedid)"},
		{"options in brackets are others'", func(*doctor.Facts) {}, "parking", doctor.OK, ""},
		{"a telephone whose way leads through its own context", func(f *doctor.Facts) {
			f.Exchange.Value.Endpoints[0].Settings["context"] = "house"
			f.Plan.Value["house"] = &pbx.Context{Includes: []string{"clearline-outbound"}}
		}, "telephone-context", doctor.OK, ""},
		{"another telephone of the house is no trunk", func(f *doctor.Facts) {
			f.Exchange.Value.Endpoints = append(f.Exchange.Value.Endpoints, doctor.Endpoint{Name: "PJSIP/desk", Settings: map[string]string{"context": "clearline-onward", "auth": "desk"}})
		}, "trunk-context", doctor.OK, ""},
		{"a trunk that the configuration names", func(f *doctor.Facts) {
			f.Config.Trunks = []config.Trunk{{Endpoint: "PJSIP/gateway"}}
			f.Exchange.Value.Endpoints = append(f.Exchange.Value.Endpoints, doctor.Endpoint{Name: "PJSIP/gateway", Settings: map[string]string{"context": "clearline-onward", "auth": "gateway"}})
		}, "trunk-context", doctor.Fail, "comes by PJSIP/gateway goes to context clearline-onward"},
		{"an outside line that nobody has", func(f *doctor.Facts) { f.Plan.Value["clearline-onward"].Extensions[0].Pattern = "_99[89]" }, "onward", doctor.Fail, "does not dial"},
		{"a code that goes wherever everything goes", func(*doctor.Facts) {}, "codes", doctor.OK, ""},
		{"a code that means something already", func(f *doctor.Facts) { means(f, "clearline-onward", "*55", "Answer", "VoiceMailMain", "Hangup") }, "codes", doctor.Warn, "*55, the code for messages, runs VoiceMailMain() in context clearline-onward"},
		{"a code among those of a pattern", func(f *doctor.Facts) { means(f, "clearline-onward", "_*5[7-9]", "Gosub") }, "codes", doctor.Warn, "[codes] pause = another code"},
		{"a code that the operator lets end", func(f *doctor.Facts) { means(f, "clearline-onward", "_*5X", "Answer", "Playback", "Hangup") }, "codes", doctor.OK, ""},
		{"a code that is switched off", func(f *doctor.Facts) {
			f.Config.Codes.Messages = ""
			means(f, "clearline-onward", "*55", "VoiceMailMain")
		}, "codes", doctor.OK, ""},
		{"the code for recording means something already", func(f *doctor.Facts) {
			f.Config.Codes.RecordPIN = config.NewSecret("273645")
			means(f, "clearline-onward", "*56", "Dictate")
		}, "codes", doctor.Warn, "*56, the code for record, runs Dictate() in context clearline-onward"},
		{"the code for recording is nobody's without a PIN", func(f *doctor.Facts) { means(f, "clearline-onward", "*56", "Dictate") }, "codes", doctor.OK, ""},
		{"a code that telephones do not bring to Clearline", func(f *doctor.Facts) {
			f.Exchange.Value.Endpoints[0].Settings["context"] = "house"
			f.Plan.Value["house"] = &pbx.Context{Includes: []string{"clearline-outbound"}}
			means(f, "house", "*57", "MinivmAccMess")
		}, "codes", doctor.Warn, "*57, the code for block, runs MinivmAccMess() in context house, where PJSIP/101 dials"},
		{"a redis that appends", func(f *doctor.Facts) { f.Redis = &doctor.Redis{Appends: true} }, "redis", doctor.OK, ""},
		{"a redis that saves at times", func(f *doctor.Facts) { f.Redis = &doctor.Redis{Saves: true} }, "redis", doctor.Warn, "appendonly yes"},
		{"a redis that keeps nothing", func(f *doctor.Facts) { f.Redis = &doctor.Redis{} }, "redis", doctor.Fail, "keeps nothing"},
		{"a redis that does not answer", func(f *doctor.Facts) { f.Redis = &doctor.Redis{Err: errors.New("refused")} }, "redis", doctor.Fail, "cannot be asked: refused"},
		{"a redis whose clock is ahead", func(f *doctor.Facts) { f.Redis = &doctor.Redis{Appends: true, Skew: time.Minute} }, "clock", doctor.Warn, "Redis's clock is 1m0s"},
		{"a clock that differs by the second that it tells", func(f *doctor.Facts) { f.Asked = f.Now.Add(1500 * time.Millisecond) }, "clock", doctor.OK, ""},
		{"a clock that was read by a slow machine", func(f *doctor.Facts) { f.Now = f.Now.Add(time.Minute) }, "clock", doctor.OK, ""},
		{"a clock that is ahead", func(f *doctor.Facts) { f.Exchange.Value.Date = f.Now.Add(time.Minute) }, "clock", doctor.Warn, "Asterisk's clock is 1m0s"},
		{"a part that has no check of its own", func(f *doctor.Facts) { f.Running.Value = []doctor.Part{{Name: "agi", Error: "not listening"}} }, "running", doctor.Fail, "its part agi has failed: not listening"},
		{"a part that another check tells of", func(f *doctor.Facts) { f.Running.Value = []doctor.Part{{Name: "prompts", Error: "gone"}} }, "running", doctor.OK, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := right(t)
			c.breaks(f)
			if state, said := of(doctor.Examine(f), c.check); state != c.state || !strings.Contains(said, c.says) {
				t.Errorf("%s is %s:\n%s", c.check, state, said)
			}
		})
	}
}

func TestWhatCannotBeSeenIsToldOnce(t *testing.T) {
	f := right(t)
	f.Plan.Err = errors.New("may not")
	f.HTTPConf.Err = errors.New("no file")
	found := doctor.Examine(f)
	state, said := of(found, doctor.NotSeen)
	if state != doctor.Warn || !strings.Contains(said, "dialplan, dead-man, telephone-context, trunk-context, onward, deliver, codes, parking, because: may not") ||
		!strings.Contains(said, "could not look at ari-open, sessionlimit, because: no file") {
		t.Errorf("it says %s:\n%s", state, said)
	}
	if _, said := of(found, "onward"); said != "" {
		t.Errorf("it judges what it has not seen: %s", said)
	}
}

func TestEveryFindingSaysWhatWhyAndWhatToDo(t *testing.T) {
	f := &doctor.Facts{Config: right(t).Config}
	f.Exchange.Value.Endpoints = []doctor.Endpoint{{Name: "PJSIP/101", Settings: map[string]string{
		"dtmf_mode": "auto", "direct_media": "true", "allow_transfer": "true", "pickup_group": "1", "context": "default",
	}}}
	f.Running.Err, f.Recordings, f.Redis = errors.New("refused"), errors.New("open folder: no such file"), &doctor.Redis{}
	n := 0
	for _, found := range doctor.Examine(f) {
		if found.State == doctor.OK {
			continue
		}
		if n++; found.What == "" || found.Why == "" || found.Do == "" || strings.Contains(found.What+found.Why+found.Do, "\n") {
			t.Errorf("%+v", found)
		}
	}
	if n < 15 {
		t.Errorf("only %d findings", n)
	}
	if doctor.Worst(nil) != doctor.OK {
		t.Error("nothing found is not well")
	}
}
