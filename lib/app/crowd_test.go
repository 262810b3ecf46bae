package app_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"clearline/lib/testbed"
	"clearline/lib/testbed/house"
)

const crowd = 50

// tone is what the nth caller says: 50 tones far enough apart to be told apart.
func tone(nth int) int { return 500 + 40*nth }

// TestFiftyCallersAtOnceAreScreenedAndNoneMixedUp lets fifty strangers ring fifty
// lines in the same moment. Each says a tone of its own; every resident must hear
// the recording of the caller of that line, and no other.
func TestFiftyCallersAtOnceAreScreenedAndNoneMixedUp(t *testing.T) {
	var lines []testbed.Line
	for i := range crowd {
		lines = append(lines, testbed.Line{
			ID:        fmt.Sprintf("flat-%d", i+1),
			Numbers:   []string{fmt.Sprintf("+441632960%03d", 100+i)},
			Endpoints: []string{fmt.Sprintf("e%d", 100+i)},
		})
	}
	h := moveIn(t, house.Options{Bed: testbed.Options{Lines: lines}})
	for i := range crowd {
		h.Bed.Tones.Add(tone(i))
	}
	verbs := testbed.NewVerbs()
	add := func(form string, do func(context.Context, *testbed.Play, testbed.Values) error) {
		if err := verbs.Verb(form, do); err != nil {
			t.Fatal(err)
		}
	}
	add("callers say their tones", func(ctx context.Context, p *testbed.Play, _ testbed.Values) error {
		return p.Each("callers", func(i int, phone *testbed.Phone) error {
			said, err := phone.SayTone(tone(i), 2*time.Second)
			if err != nil {
				return err
			}
			select {
			case <-said:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
	})
	add("residents hear the tones of their own callers [within {within:time}]", func(ctx context.Context, p *testbed.Play, _ testbed.Values) error {
		return p.Each("residents", func(i int, phone *testbed.Phone) error { return hearsOnly(ctx, p, phone, i) })
	})
	begun := time.Now()
	h.Bed.Scenario(t, verbs, "crowd", `
# Fifty callers at once.
phones callers are 50 from 01632 960300
phones residents are the first of 50 lines
callers ring a line each
callers press the digit asked for
callers hear screening/ask-purpose
wait 900ms
callers say their tones
callers press #
residents ring within 20s
residents answer
residents hear the tones of their own callers within 60s
residents press 5
callers and residents hear each other within 30s
callers hang up
residents are hung up
nothing is left
`)
	completed := 0
	for _, m := range h.Bed.Timeline.Moments(begun) {
		if m.Who != "clearline" {
			continue
		}
		if strings.Contains(m.What, "call ended") && strings.Contains(m.What, "cause=completed") {
			completed++
		}
		if strings.Contains(m.What, "level=ERROR") || strings.Contains(m.What, "skipped") {
			t.Errorf("Clearline says: %s", m.What)
		}
	}
	if completed != crowd {
		t.Errorf("%d of %d calls came to their good end", completed, crowd)
	}
	t.Logf("%d callers screened and put through in %v", crowd, time.Since(begun).Round(time.Second))
}

// hearsOnly waits until a phone hears the tone of its own caller, and insists that
// it has heard nobody else's.
func hearsOnly(ctx context.Context, p *testbed.Play, phone *testbed.Phone, own int) error {
	if _, err := p.Heard(ctx, phone, fmt.Sprintf("tone %d", tone(own))); err != nil {
		return err
	}
	for other := range crowd {
		if other != own && len(phone.HeardSince(time.Time{}, fmt.Sprintf("tone %d", tone(other)))) > 0 {
			return fmt.Errorf("%s hears the caller of line %d", phone.Name, other+1)
		}
	}
	return nil
}
