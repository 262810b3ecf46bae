package testbed

import (
	"context"
	"strings"
	"testing"
	"time"
)

// clearDialplan holds a resident who dials 999 until somebody has cleared the line.
const clearDialplan = `[clearline-inbound]
exten => 01632960102,1,Goto(clearline-deliver,flat-2,1)
exten => _[+0-9]!,1,Goto(clearline-deliver,flat-1,1)
[clearline-outbound]
exten => 999,1,Wait(60)
exten => _[+0-9*#]!,1,Goto(clearline-onward,${EXTEN},1)
[cleared]
exten => 999,1,MSet(CLEARLINE_CLEARED=1,CLEARLINE_INCIDENT=0,CLEARLINE_AVOID=main)
 same => n,Goto(clearline-onward,999,1)
`

// clearLine hangs up every leg but the one that dials 999, waits until ARI knows none of
// them any more, and lets 999 go out.
func clearLine(ctx context.Context, p *Play, _ Values) error {
	type leg struct {
		ID, Name string
		Dialplan struct{ Exten string }
	}
	a := p.Bed.Asterisk
	var dials leg
	err := poll(ctx, 2*time.Millisecond, func() (bool, error) {
		var legs []leg
		if err := a.ARI(ctx, "GET", "/channels", nil, &legs); err != nil {
			return false, err
		}
		for _, l := range legs {
			if l.Dialplan.Exten == "999" {
				dials = l
			}
		}
		if dials.ID == "" {
			return false, nil
		}
		for _, l := range legs {
			if l.ID != dials.ID {
				_ = a.ARI(ctx, "DELETE", "/channels/"+l.ID, nil, nil) // it may be on its way out
			}
		}
		return len(legs) == 1, nil
	})
	if err != nil {
		return err
	}
	_, err = a.CLI(ctx, "channel redirect "+dials.Name+" cleared,999,1")
	return err
}

func clearBed(t *testing.T, opt Options) *Bed {
	t.Helper()
	opt.Trunks = []string{"main", "spare"}
	if opt.Dialplan == "" {
		opt.Dialplan = clearDialplan
	}
	opt.Lines = []Line{
		{ID: "flat-1", Numbers: []string{"+441632960101"}, Endpoints: []string{"101"}},
		{ID: "flat-2", Numbers: []string{"+441632960102"}, Endpoints: []string{"201"}},
	}
	return Start(t, opt)
}

// scene is lines that lead up to the lines under test, on a bed of its own phones.
type scene struct {
	name, text string
	wrong      string // what the error must say; empty where all must come true
}

// play performs scenes on a bed.
func play(t *testing.T, b *Bed, before string, scenes []scene, more ...builtin) {
	t.Helper()
	verbs := NewVerbs()
	for _, v := range append(more, builtin{"the line is cleared", clearLine}) {
		check(t, verbs.Verb(v.pattern, v.do))
	}
	for _, c := range scenes {
		t.Run(c.name, func(t *testing.T) {
			text := strings.TrimSpace(before + c.text)
			if c.wrong == "" {
				b.Scenario(t, verbs, "scene.txt", text+"\nnothing is left")
				return
			}
			s, err := verbs.Parse("scene.txt", text)
			check(t, err)
			begun := time.Now()
			err = b.Perform(t.Context(), s, nil)
			last := s.Steps[len(s.Steps)-1].String()
			if err == nil || !strings.HasPrefix(err.Error(), last) || !strings.Contains(err.Error(), c.wrong) {
				var timeline strings.Builder
				b.Timeline.Print(&timeline, begun)
				t.Errorf("got %v, want the last line to fail with %q in it\n%s", err, c.wrong, timeline.String())
			}
		})
	}
}

// onHold is a resident who has the caller on hold.
const onHold = `
phone caller is 01632 960200
phone resident is line flat-1
phone exchange is the exchange
phone spare is the exchange of trunk spare
caller rings 01632 960101
resident answers
caller is answered
caller and resident hear each other
resident holds
`

func TestWhatCameBeforeTheRing(t *testing.T) {
	b := clearBed(t, Options{})
	play(t, b, onHold, []scene{
		{"a line that was cleared", `
resident rings 999
the line is cleared
spare rings as 999
caller was hung up before spare rang
resident was hung up before spare rang
resident's first call was hung up before spare rang
resident's earlier calls were hung up before spare rang
spare rang within 2s of resident's call
spare answers
resident and spare hear each other
resident's second call stays connected for 200ms
exchange has not rung
`, ""},
		{"a telephone that ignores BYE", `
caller ignores BYE
resident ignores BYE
resident rings 999
the line is cleared
spare rings
caller was hung up before spare rang
resident's first call was hung up before spare rang
caller stays connected for 200ms
`, ""},
		{"several callers", `
phones others are 2 from 01632 960201
phone neighbour is line flat-2
others ring 01632 960102
neighbour answers
neighbour answers
others are answered
resident rings 999
the line is cleared
spare rings
others were hung up before spare rang
caller was hung up before spare rang
others get no audio after the BYE
`, ""},
		{"a caller who is still there", `
resident rings 01632 960998
exchange rings
caller was hung up before exchange rang within 300ms
`, "wait for caller to be hung up"},
		{"a caller who was hung up behind it", `
resident rings 01632 960998
exchange rings
resident hangs up the first call
caller is hung up
caller was hung up before exchange rang
`, "after exchange rang"},
		{"a held call that ended behind it", `
resident rings 01632 960998
exchange rings
caller hangs up
resident's first call was hung up before exchange rang
`, "after exchange rang"},
		{"one of several calls that ended behind it", `
resident rings 01632 960998
exchange rings
caller hangs up
resident's first call is hung up
resident's earlier calls were hung up before exchange rang
`, "after exchange rang"},
		{"one who hung up himself was not hung up", `
resident hangs up
resident rings 01632 960998
exchange rings
resident was hung up before exchange rang within 300ms
`, "wait for resident to be hung up"},
		{"a telephone that has not rung", "resident was hung up before exchange rang", "exchange has not rung"},
		{"a call that is not there", "resident's third call is hung up", "no third call"},
		{"a ring that came late", `
resident rings 01632 960998
exchange rings
exchange rang within 1us of resident's call
`, "after it"},
		{"a call that was never made", `
resident takes the first call back
caller and resident hear each other
resident holds the first call
resident rings 01632 960998
exchange rings
exchange rang within 1s of caller's last key
`, "caller had sent no key"},
		{"each call can be ended by itself", `
resident rings 01632 960998
exchange answers
resident hangs up the first call
caller is hung up
resident and exchange hear each other
resident hangs up the second call
exchange is hung up
`, ""},
	})
}

// keyDialplan rings out when the right key was pressed.
const keyDialplan = `[clearline-outbound]
exten => 1,1,Answer()
 same => n,Read(KEYS,,3,,1,20)
 same => n,Goto(clearline-onward,999,1)
`

func TestRingsAreTimedFromTheLastKey(t *testing.T) {
	b := clearBed(t, Options{Dialplan: keyDialplan})
	keys := `
phone resident is line flat-1
phone exchange is the exchange
resident rings 1
resident is answered
resident presses 99
wait 500ms
resident presses 9
exchange rings as 999
`
	play(t, b, keys, []scene{
		{"soon after the last key", "exchange answers\nresident presses 55\nexchange rang within 400ms of resident's last key", ""},
		{"longer after the call", "exchange rang within 400ms of resident's call", "after it"},
	})
}

func TestTheExchangeKnowsWhatTheOperatorsDialplanKnew(t *testing.T) {
	b := clearBed(t, Options{})
	play(t, b, `
phone resident is line flat-1
phone exchange is the exchange
phone spare is the exchange of trunk spare
`, []scene{
		{"a cleared line avoids the trunk of the caller", `
resident rings 999
the line is cleared
spare rings
spare was rung with cleared 1 incident 0 avoiding main
spare was rung as 999
spare was rung by +44 1632 960101
spare was rung by trunk spare
spare was rung 1 times
exchange has not rung
exchange was rung 0 times
`, ""},
		{"a call that Clearline has nothing to do with", `
resident rings 01632 960998
exchange rings
exchange was rung with nothing cleared
exchange was rung by trunk main
exchange was rung as 01632 960998
spare has not rung
`, ""},
		{"another count", "resident rings 999\nthe line is cleared\nspare rings\nspare was rung with cleared 0 incident 0 avoiding main", `was rung with "cleared=1 incident=0 avoid=main"`},
		{"another incident", "resident rings 999\nthe line is cleared\nspare rings\nspare was rung with cleared 1 incident 1 avoiding main", `was rung with "cleared=1 incident=0 avoid=main"`},
		{"a trunk to avoid that the line leaves out", "resident rings 999\nthe line is cleared\nspare rings\nspare was rung with cleared 1 incident 0", `was rung with "cleared=1 incident=0 avoid=main"`},
		{"something cleared after all", "resident rings 999\nthe line is cleared\nspare rings\nspare was rung with nothing cleared", `was rung with "cleared=1`},
		{"nothing cleared at all", "resident rings 112\nexchange rings\nexchange was rung with cleared 1 incident 0", `was rung with "cleared= incident= avoid="`},
		{"another number", "resident rings 112\nexchange rings\nexchange was rung as 999", `was rung with "112"`},
		{"another trunk", "resident rings 112\nexchange rings\nexchange was rung by trunk spare", `was rung with "main"`},
		{"another caller", "resident rings 112\nexchange rings\nexchange was rung by 01632 960102", `was rung with "+441632960101"`},
		{"another number of times", "resident rings 112\nexchange rings\nexchange was rung 2 times", `was rung 1 times`},
		{"a trunk that has not rung", "resident rings 112\nexchange rings\nspare was rung by trunk spare", `spare has not rung`},
	})
}

func TestStampsAreInTheOrderOfSending(t *testing.T) {
	b := Start(t, Options{})
	one := Must[*stampedSocket](t)(keepStamping(t.Context(), b.Asterisk.at.asterisk()))
	two := Must[*stampedSocket](t)(keepStamping(t.Context(), b.Asterisk.at.asterisk()))
	defer one.Close()
	defer two.Close()
	buf := make([]byte, 8)
	for range 1000 {
		for _, s := range []*stampedSocket{one, two} {
			Must[int](t)(two.WriteTo(buf, s.LocalAddr()))
		}
		for _, s := range []*stampedSocket{two, one} { // the other way round
			_, _, err := s.ReadFrom(buf)
			check(t, err)
		}
		if one.arrived.After(two.arrived) {
			t.Fatalf("sent first and stamped %s later", one.arrived.Sub(two.arrived))
		}
	}
}

func TestAStampCannotBeForged(t *testing.T) {
	at := time.Unix(1000, 5)
	message := "BYE sip:a@127.0.0.1 SIP/2.0\r\n" + arrivalHeader + ": 1\r\n\r\n"
	buf := make([]byte, 200)
	n := stampMessage(buf, copy(buf, message), at)
	want := "BYE sip:a@127.0.0.1 SIP/2.0\r\n" + arrivalHeader + ": 1000000000005\r\n" + arrivalHeader + ": 1\r\n\r\n"
	if got := string(buf[:n]); got != want {
		t.Errorf("got %q", got)
	}
	for _, other := range []string{"", "\r\n", "\r\n\r\n", "no end"} {
		if n := stampMessage(buf, copy(buf, other), at); string(buf[:n]) != other {
			t.Errorf("%q became %q", other, buf[:n])
		}
	}
	if _, err := stampOf(nil); err == nil {
		t.Error("a packet without a stamp is taken")
	}
}
