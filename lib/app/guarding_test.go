package app_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"clearline/lib/testbed"
	"clearline/lib/testbed/house"
)

// TestReminded plays what only the resident hears while the two talk for longer.
func TestReminded(t *testing.T) {
	settings := maps.Clone(impatient)
	settings["guard.advice_after"], settings["guard.advice_every"] = `"2s"`, `"10s"`
	(&tenant{}).play(t, "testdata/reminded", testbed.NewVerbs(), house.Options{
		Bed: testbed.Options{Lines: flats[:1]}, Settings: settings,
	})
}

// found says of how many legs Clearline wrote that it found them, in the latest attempt.
func found(ctx context.Context, p *testbed.Play, v testbed.Values) error {
	for {
		for _, m := range slices.Backward(p.Bed.Timeline.Moments(p.Begun)) {
			if m.Who != "clearline" || !strings.Contains(m.What, `msg="attempt over"`) {
				continue
			}
			if !strings.Contains(m.What, " found="+v["n"]+" ") {
				return errors.New(m.What)
			}
			return nil
		}
		select {
		case <-ctx.Done():
			return errors.New("no attempt is over")
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// secrecy adds a line about keys that Clearline must not keep: not in the file of the store,
// be it in a part that is free again, and not in a line of its log.
func (x *tenant) secrecy(verbs *testbed.Verbs) error {
	return verbs.Verb("nowhere is {keys:keys} written", func(_ context.Context, p *testbed.Play, v testbed.Values) error {
		kept, err := os.ReadFile(x.house.Config.Store.Path)
		if err != nil {
			return err
		}
		if !bytes.Contains(kept, []byte("flat-1")) {
			return fmt.Errorf("%s holds nothing about the line", x.house.Config.Store.Path)
		}
		if bytes.Contains(kept, []byte(v["keys"])) {
			return fmt.Errorf("%s is in the store", v["keys"])
		}
		for _, m := range p.Bed.Timeline.Moments(time.Time{}) {
			if m.Who == "clearline" && strings.Contains(m.What, v["keys"]) {
				return fmt.Errorf("%s is in the log: %s", v["keys"], m.What)
			}
		}
		return nil
	})
}
