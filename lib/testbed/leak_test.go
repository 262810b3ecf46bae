package testbed

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
)

func TestLeakCheck(t *testing.T) {
	b := smallBed(t)
	ctx := within(t, 60*time.Second)
	base := b.Baseline()

	t.Run("a call that ended leaves nothing", func(t *testing.T) {
		caller := Must[*Phone](t)(b.Caller(ctx, "caller", "", Identity{Number: "01632960200"}))
		call := Must[*Call](t)(caller.Call(ctx, "01632960101"))
		check(t, call.WaitState(ctx, Answered))
		check(t, caller.HangUp(ctx))
		b.StopPhones()
		check(t, b.CheckNothingLeft(ctx, base))
	})
	t.Run("a socket opened for what came late is given back", func(t *testing.T) {
		caller := Must[*Phone](t)(b.Caller(ctx, "caller", "", Identity{Number: "01632960200"}))
		b.StopPhones()
		late := Must[*sip.Request](t)(caller.invite("01632960101", nil))
		Must[sip.Connection](t)(caller.ua.TransportLayer().ClientRequestConnection(ctx, late))
		mustFind(t, b.left(ctx, base), "goroutines started by: github.com/emiago/sipgo")
		check(t, b.CheckNothingLeft(ctx, base))
	})
	t.Run("a bridge is found", func(t *testing.T) {
		var bridge struct{ ID string }
		check(t, b.Asterisk.ARI(ctx, "POST", "/bridges?type=mixing", nil, &bridge))
		mustFind(t, b.left(ctx, base), "1 bridges: "+bridge.ID)
		check(t, b.Asterisk.ARI(ctx, "DELETE", "/bridges/"+url.PathEscape(bridge.ID), nil, nil))
		check(t, b.CheckNothingLeft(ctx, base))
	})
	t.Run("a channel and its socket are found", func(t *testing.T) {
		resident := Must[*Phone](t)(b.Resident(ctx, "resident", "101"))
		check(t, b.Asterisk.ARI(ctx, "POST", "/channels?endpoint=PJSIP/101&extension=nowhere&context=clearline-deliver&timeout=-1", nil, nil))
		Must[*Call](t)(resident.WaitRinging(ctx))
		left := b.left(ctx, base)
		mustFind(t, left, "1 channels: ")
		mustFind(t, left, "sip sessions: ")
		mustFind(t, left, "RTP socket")
		mustFind(t, left, "goroutines started by: clearline/lib/testbed.")
		check(t, resident.Refuse(ctx, 486))
		b.StopPhones()
		check(t, b.CheckNothingLeft(ctx, base))
	})
	t.Run("a recording in progress is found", func(t *testing.T) {
		caller := Must[*Phone](t)(b.Caller(ctx, "caller", "", Identity{Number: "01632960200"}))
		call := Must[*Call](t)(caller.Call(ctx, "*1"))
		check(t, call.WaitState(ctx, Answered))
		bounded, cancel := context.WithTimeout(ctx, 5*time.Second)
		defer cancel()
		err := poll(bounded, 20*time.Millisecond, func() (bool, error) { return b.leftRecordings() != nil, nil })
		check(t, err)
		mustFind(t, b.left(ctx, base), "recordings in progress: message.wav")
		b.StopPhones()
		check(t, b.CheckNothingLeft(ctx, base))
	})
	t.Run("a goroutine is found", func(t *testing.T) {
		hold := make(chan struct{})
		go func() { <-hold }()
		mustFind(t, b.left(ctx, base), "goroutines started by: clearline/lib/testbed.TestLeakCheck")
		close(hold)
		check(t, b.CheckNothingLeft(ctx, base))
	})
}

func mustFind(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("found %v, want %q among it", err, want)
	}
}
