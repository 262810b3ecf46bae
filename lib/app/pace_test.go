package app_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"clearline/lib/prompt"
	"clearline/lib/testbed"
	"clearline/lib/testbed/house"
)

const (
	mostSpoken = 15 * time.Second // by Clearline to a caller who does everything right
	mostInAll  = 30 * time.Second // from the first ring until the two talk

	// acting is what the two in the scenario do besides listening, whatever the machine under the
	// test makes of it: a statement of two seconds, which the resident hears again, two keys,
	// picking up, and the tone before the recording.
	acting = 2*2*time.Second + 2*300*time.Millisecond + time.Second + 500*time.Millisecond
)

// TestFromRingToConversation plays the longest way that callers go who do everything right, in
// spoken sentences, on a real Asterisk, and adds up what was heard.
func TestFromRingToConversation(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a real Asterisk")
	}
	sounds := t.TempDir()
	spoken := &prompt.Folder{Dir: sounds, Default: prompt.DefaultLanguage}
	length := func(name string) time.Duration {
		l, _ := spoken.Length(prompt.DefaultLanguage, prompt.Name(name))
		return l
	}
	err := prompt.Render(t.Context(), prompt.Options{Out: sounds, Languages: []string{prompt.DefaultLanguage}})
	if err != nil {
		t.Fatal(err)
	}
	verbs := testbed.NewVerbs()
	err = verbs.Verb("{who:phone} listen(s) to {what:what} [within {within:time}]", func(ctx context.Context, p *testbed.Play, v testbed.Values) error {
		return p.Each(v["who"], func(_ int, phone *testbed.Phone) error {
			heard, err := p.Heard(ctx, phone, v["what"])
			if err != nil {
				return err
			}
			return pause(ctx, time.Until(heard.At.Add(length(v["what"]))))
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	h := moveIn(t, house.Options{Bed: testbed.Options{Lines: flats[:1]}, Sounds: sounds})
	const file = "testdata/pace/in-whole-sentences.txt"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	h.Bed.Scenario(t, verbs, file, string(text))

	w := wayOf(h.Bed.Timeline.Moments(begun))
	caller, resident := w.heardBy["caller"], w.heardBy["resident"]
	sum := func(heard []string) (all time.Duration) {
		for _, name := range heard {
			all += length(name)
			t.Logf("%-24s %4.1f s", name, length(name).Seconds())
		}
		return all
	}
	toCaller := sum(caller)
	whole := toCaller - length(string(prompt.PleaseWait)) + sum(resident) + acting // it rings while that is said
	t.Logf("the caller hears %.1f s; from ring to conversation %.1f s, measured %.1f s", toCaller.Seconds(), whole.Seconds(), w.took.Seconds())
	if len(caller) != 5 || len(resident) != 16 { // eleven digits of the number, and the key
		t.Errorf("the caller heard %q, the resident %q", caller, resident)
	}
	if toCaller > mostSpoken || whole > mostInAll {
		t.Errorf("the caller hears %s, and it takes %s until the two talk", toCaller, whole)
	}
}

// way is what was heard on the way to a conversation.
type way struct {
	heardBy map[string][]string // prompts, by telephone
	took    time.Duration       // from the first ring to the first word
}

func wayOf(moments []testbed.Moment) way {
	w := way{heardBy: map[string][]string{}}
	var rang time.Time
	joining := false
	for _, m := range moments {
		what, hears := strings.CutPrefix(m.What, "hears ")
		switch {
		case strings.Contains(m.What, "caller rings"):
			rang = m.At
		case what == string(prompt.ToBlock): // begun before the key had cut it off
		case hears && strings.Contains(what, "/"):
			w.heardBy[m.Who] = append(w.heardBy[m.Who], what)
		case strings.Contains(m.What, "hear each other"):
			joining = true
		case joining && hears:
			w.took = m.At.Sub(rang)
			return w
		}
	}
	return w
}

// pause lets time pass in which somebody listens.
func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return fmt.Errorf("listen to the end: %w", ctx.Err())
	}
}
