package policy_test

import (
	"testing"
	"time"

	"clearline/lib/call"
	"clearline/lib/policy"
)

func TestAPauseEndsWhenItIsEndedOrOver(t *testing.T) {
	at := func(minutes int) time.Time { return noon.Add(time.Duration(minutes) * time.Minute) }
	pause := func(since int) call.Window {
		return call.Window{Line: "flat-1", Kind: call.ScreeningPaused, Since: at(since), Until: at(since + 60)}
	}
	resume := func(since int) call.Window {
		return call.Window{Line: "flat-1", Kind: call.ScreeningResumed, Since: at(since), Until: at(since + 120)}
	}
	for name, tc := range map[string]struct {
		windows []call.Window
		minute  int
		paused  bool
	}{
		"nothing is paused":             {nil, 10, false},
		"within the hour":               {[]call.Window{pause(0)}, 59, true},
		"after the hour":                {[]call.Window{pause(0)}, 60, false},
		"ended within the hour":         {[]call.Window{pause(0), resume(20)}, 30, false},
		"paused again after it ended":   {[]call.Window{pause(30), resume(20)}, 31, true},
		"ended, and paused an hour ago": {[]call.Window{pause(0), resume(20)}, 130, false},
	} {
		if got := policy.Paused(tc.windows, at(tc.minute)); got != tc.paused {
			t.Errorf("%s: paused is %v", name, got)
		}
	}
}
