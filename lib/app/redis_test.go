package app_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"clearline/lib/call"
	"clearline/lib/store/redisstore"
	"clearline/lib/testbed"
	"clearline/lib/testbed/house"
	"clearline/lib/testbed/redisserver"
)

// forHelp is a whole call for help, as every trouble must leave it. A stranger is
// screened as well.
const forHelp = `phone caller is 01632 960200
phone other is line flat-3
phone resident is line flat-1
phone exchange is the exchange
caller rings 01632 960103
caller hears screening/press-digit
resident rings 999
exchange rings as 999 within 1500ms
exchange answers
resident and exchange hear each other
resident presses 55
exchange got keys 55
resident hangs up
exchange is hung up
caller hangs up
`

// TestHelpIsReachedWhateverRedisDoes plays calls on a real Asterisk with a real Redis
// that is stopped, frozen, slow, or refuses to write, also before Clearline starts. What
// could not be written is there soon after the trouble is over.
func TestHelpIsReachedWhateverRedisDoes(t *testing.T) {
	redis := redisserver.For(t, redisserver.Options{})
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute) // a first build of Asterisk's root included
	defer cancel()
	h, err := house.Open(ctx, house.Options{
		Bed: testbed.Options{Lines: flats}, Missing: missing,
		Settings: map[string]string{"store.url": `"` + redis.URL() + `"`},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.Close)
	always := func(do func() error) func(context.Context) error {
		return func(context.Context) error { return do() }
	}
	slow := func(d time.Duration) func() error {
		return func() error { return redis.Suffer(redisserver.Late(d)) }
	}
	for name, trouble := range map[string]struct{ begins, ends func(context.Context) error }{
		"stopped": {always(redis.Stop), redis.Restart},
		"frozen":  {always(redis.Freeze), always(redis.Thaw)},
		"slow":    {always(slow(2 * time.Second)), always(func() error { return redis.Suffer() })},
		"slow, refusing to write, then frozen": {
			func(ctx context.Context) error {
				return errors.Join(slow(time.Second)(), redis.Fail(ctx, true), redis.Freeze())
			},
			func(ctx context.Context) error {
				return errors.Join(redis.Suffer(), redis.Thaw(), redis.Fail(ctx, false))
			},
		},
		"refusing to write": {
			func(ctx context.Context) error { return redis.Fail(ctx, true) },
			func(ctx context.Context) error { return redis.Fail(ctx, false) },
		},
	} {
		for _, atStart := range []bool{true, false} {
			t.Run(map[bool]string{true: name + " at the start", false: name + " later"}[atStart], func(t *testing.T) {
				must(t, redis.Empty(t.Context()))
				x := &tenant{house: h}
				if atStart {
					must(t, trouble.begins(t.Context()))
				}
				x.moveIn(t)
				defer x.moveOut(t)
				if !atStart {
					must(t, trouble.begins(t.Context()))
				}
				h.Bed.Scenario(t, testbed.NewVerbs(), "forHelp", forHelp)
				must(t, trouble.ends(t.Context()))
				written(t, redis.URL())
			})
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// wentOn are the outcomes of an emergency that went out. On a machine that stands still
// for a moment the proof may take too long.
var wentOn = map[call.Outcome]bool{call.OutcomeCleared: true, call.OutcomeUnproved: true}

// written waits until the attempt is in the store, as it ended.
func written(t *testing.T, url string) {
	t.Helper()
	kept, err := redisstore.Open(url, slog.New(slog.DiscardHandler))
	must(t, err)
	defer func() { must(t, kept.Close()) }()
	deadline := time.Now().Add(20 * time.Second)
	for {
		attempts, err := kept.Attempts(t.Context(), 10)
		if err == nil && len(attempts) == 1 && wentOn[attempts[0].Outcome] {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("attempts in the store: %+v (%v)", attempts, err)
		}
		time.Sleep(50 * time.Millisecond)
	}
}
