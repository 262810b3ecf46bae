package testbed

import (
	"context"
	"testing"
	"time"
)

// smallDialplan answers and plays, reads two digits, then rings the line.
const smallDialplan = `[clearline-inbound]
exten => _[+0-9]!,1,Answer()
 same => n,Playback(clearline/screening/greeting)
 same => n,Read(PIN,clearline/digits/4,2,,1,5)
 same => n,NoOp(PIN is ${PIN})
 same => n,Playback(clearline/screening/purpose)
 same => n,Goto(clearline-deliver,flat-1,1)
exten => *1,1,Answer()
 same => n,Record(${ASTSPOOLDIR}/recording/message.wav,0,20)
[clearline-outbound]
exten => _[+0-9*#]!,1,Goto(clearline-onward,${EXTEN},1)
`

var smallPrompts = []string{"screening/greeting", "screening/purpose", "digits/3", "digits/4"}

func smallBed(t *testing.T) *Bed {
	t.Helper()
	sounds := t.TempDir()
	if err := ToneTongue(sounds, smallPrompts, BurstLength); err != nil {
		t.Fatal(err)
	}
	return Start(t, Options{Dialplan: smallDialplan, Sounds: sounds})
}

func within(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestCallerIsPutThrough(t *testing.T) {
	b := smallBed(t)
	ctx := within(t, 30*time.Second)
	caller := Must[*Phone](t)(b.Caller(ctx, "caller", "", Identity{Number: "01632960200", Name: "Peter"}))
	resident := Must[*Phone](t)(b.Resident(ctx, "resident", "101"))
	call := Must[*Call](t)(caller.Call(ctx, "01632960101"))
	check(t, call.WaitState(ctx, Answered))
	_, _, err := caller.WaitHeard(ctx, "screening/greeting", 0)
	check(t, err)
	_, _, err = caller.WaitHeard(ctx, "digits/4", 0)
	check(t, err)
	check(t, caller.Press(ctx, "47"))
	_, _, err = caller.WaitHeard(ctx, "screening/purpose", 0)
	check(t, err)
	ring := Must[*Call](t)(resident.WaitRinging(ctx))
	if ring.Far != "01632960200" || ring.FarName != "Peter" {
		t.Errorf("resident is shown %q %q", ring.Far, ring.FarName)
	}
	check(t, resident.Answer(ctx))
	_, err = caller.SayTone(620, 0)
	check(t, err)
	_, _, err = resident.WaitHeard(ctx, "tone 620", 0)
	check(t, err)
	check(t, resident.Press(ctx, "0123456789*#"))
	check(t, caller.bell.until(ctx, func() bool { return caller.Keys(time.Time{}) == "0123456789*#" }))
	check(t, resident.HangUp(ctx))
	end, err := call.WaitEnded(ctx)
	check(t, err)
	if end.ByUs || end.How != "BYE" {
		t.Errorf("caller's call ended by %v, want the far end's BYE", end)
	}
}

func TestGivingUpMayCrossTheAnswer(t *testing.T) {
	b := Start(t, Options{})
	ctx := within(t, 40*time.Second)
	caller := Must[*Phone](t)(b.Caller(ctx, "caller", "", Identity{Number: "01632960200"}))
	resident := Must[*Phone](t)(b.Resident(ctx, "resident", "101"))
	how := map[string]int{}
	for range 40 {
		call := Must[*Call](t)(caller.Call(ctx, "01632960101"))
		ring := Must[*Call](t)(resident.WaitRinging(ctx))
		answered := make(chan error, 1)
		go func() { answered <- ring.Answer(ctx) }()
		check(t, call.HangUp(ctx))
		<-answered // too late is no mistake here
		_, err := ring.WaitEnded(ctx)
		check(t, err)
		end, _ := call.End()
		how[end.How]++
	}
	t.Logf("ended by %v", how)
}
