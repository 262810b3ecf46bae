package app_test

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"time"

	"clearline/lib/call"
	"clearline/lib/testbed"
)

// decisions are the verbs of wardens. They decide about the caller who waits at the moment.
func (x *tenant) decisions(verbs *testbed.Verbs) error {
	var told call.Decided // the latest warden
	decides := func(ctx context.Context, p *testbed.Play, v testbed.Values) (err error) {
		choice := map[string]call.Choice{"accepts": call.Accept, "refuses": call.Refuse, "blocks": call.Block}[v["does"]]
		id, err := waiting(ctx, p)
		if err != nil {
			return err
		}
		told, err = x.app.Decide(ctx, id, call.Decision{By: v["by"], Choice: choice})
		p.Bed.Timeline.Add(v["by"], "%s call %s, and is told %+v", v["does"], id, told)
		return err
	}
	return errors.Join(
		verbs.Verb("warden {by:word} {does:word} the caller", decides),
		verbs.Verb("warden {by:word} {does:word} the caller just as {who:phone} presses {keys:keys}", func(ctx context.Context, p *testbed.Play, v testbed.Values) error {
			pressed := make(chan error, 1)
			go func() {
				pressed <- p.Each(v["who"], func(_ int, phone *testbed.Phone) error { return phone.Press(ctx, v["keys"]) })
			}()
			return errors.Join(decides(ctx, p, v), <-pressed)
		}),
		verbs.Verb("the warden has decided", func(context.Context, *testbed.Play, testbed.Values) error {
			if !told.Won {
				return fmt.Errorf("the warden was told %+v", told)
			}
			return nil
		}),
		verbs.Verb("the history says the same as the warden was told", func(ctx context.Context, _ *testbed.Play, _ testbed.Values) error {
			return x.remembers(ctx, "a decision by "+told.Holds.By, func(found []call.Record) bool {
				return len(found) > 0 && told.Holds.By != "" && found[0].DecidedBy == told.Holds.By
			})
		}),
	)
}

var ringingCall = regexp.MustCompile(`msg=stage call=(\w+) .*stage=(?:ringing|referring)`)

// waiting is the call for which the telephones began to ring, or a warden to be asked, last.
func waiting(ctx context.Context, p *testbed.Play) (call.ID, error) {
	for {
		id := ""
		for _, m := range p.Bed.Timeline.Moments(p.Begun) {
			if found := ringingCall.FindStringSubmatch(m.What); m.Who == "clearline" && found != nil {
				id = found[1]
			}
		}
		if id != "" {
			return call.ID(id), nil
		}
		select {
		case <-ctx.Done():
			return "", errors.New("no telephone rings for a caller")
		case <-time.After(20 * time.Millisecond):
		}
	}
}
