package app_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"clearline/lib/prompt"
	"clearline/lib/testbed"
	"clearline/lib/testbed/house"
)

// TestStudio plays what becomes of prompts that somebody says in another voice, under
// testdata/studio, on a real Asterisk.
func TestStudio(t *testing.T) {
	lines := []testbed.Line{
		{ID: "flat-1", Numbers: []string{"+441632960101"}, Endpoints: []string{"101"}},
		{ID: "flat-2", Numbers: []string{"+441632960102"}, Endpoints: []string{"201"}},
	}
	own := filepath.Join(t.TempDir(), "voice")
	x := settled(t, house.Options{
		Bed: testbed.Options{Lines: lines}, Languages: []string{"cy_GB"},
		Own:      map[string]string{"flat-2": `language = "cy_GB"`},
		Settings: map[string]string{"prompts.own": strconv.Quote(own), "codes.record_pin": `"273645"`},
	})
	verbs := testbed.NewVerbs()
	err := errors.Join(
		x.secrecy(verbs),
		verbs.Verb("{who:phone} goes to {prompt:what}", func(ctx context.Context, p *testbed.Play, v testbed.Values) error {
			return p.Each(v["who"], func(_ int, phone *testbed.Phone) error {
				return phone.Press(ctx, "*"+prompt.NumberOf(prompt.Name(v["prompt"])))
			})
		}),
		verbs.Verb("{prompt:what} in {language:word} is an own recording of {length:time}", x.saysItself),
		verbs.Verb("nothing is recorded in {language:word}", func(_ context.Context, _ *testbed.Play, v testbed.Values) error {
			found, err := filepath.Glob(filepath.Join(own, v["language"], "*", "*"))
			if len(found) > 0 {
				return fmt.Errorf("there is %v", found)
			}
			return err
		}),
	)
	if err != nil {
		t.Fatal(err)
	}
	x.house.Bed.Scenarios(t, verbs, "testdata/studio", nil)
}

// saysItself insists that a prompt is listed as the operator's own, that the exchange can play
// it, and that it is about so long.
func (x *tenant) saysItself(_ context.Context, _ *testbed.Play, v testbed.Values) error {
	want, err := time.ParseDuration(v["length"])
	if err != nil {
		return err
	}
	c := x.house.Config
	all, err := prompt.Survey(prompt.Options{
		Out: c.Prompts.Dir, Own: c.Prompts.Own, Languages: []string{v["language"]}, Names: []prompt.Name{prompt.Name(v["prompt"])},
	})
	if err != nil {
		return err
	}
	l := all[0]
	in, _ := filepath.Rel(c.Prompts.Own, l.File)
	if l.Origin != prompt.Own || !filepath.IsLocal(in) || l.Problem != "" || (l.Length-want).Abs() > 400*time.Millisecond {
		return fmt.Errorf("it is listed as %+v", l)
	}
	return nil
}
