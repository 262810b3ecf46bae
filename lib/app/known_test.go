package app_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"clearline/lib/call"
	"clearline/lib/history"
	"clearline/lib/number"
	"clearline/lib/testbed"
	"clearline/lib/testbed/house"
)

// own are the rules of the lines: the first two have a code, the third is only watched,
// the fourth trusts an endpoint and what is dialled, and at the fifth it is always night.
var own = map[string]string{
	"flat-1": `bypass_code = "31416"`,
	"flat-2": `bypass_code = "31416"`,
	"flat-5": "bypass_code = \"31416\"\n" + `policy = { night = [{ from = "00:00", to = "12:00" }, { from = "12:00", to = "00:00" }] }`,
	"flat-3": `policy = { monitor = true }`,
	"flat-4": `policy = { trusted_endpoints = ["PJSIP/telecare"], trust_dialled = "14d" }`,
}

// TestKnown plays how callers are known, or not, under testdata/known on a real Asterisk.
func TestKnown(t *testing.T) {
	lines := []testbed.Line{
		{ID: "flat-1", Numbers: []string{"+441632960101"}, Endpoints: []string{"101"}},
		{ID: "flat-2", Numbers: []string{"+441632960102"}, Endpoints: []string{"201"}},
		{ID: "flat-3", Numbers: []string{"+441632960103"}, Endpoints: []string{"301"}},
		{ID: "flat-4", Numbers: []string{"+441632960104"}, Endpoints: []string{"401"}},
		{ID: "flat-5", Numbers: []string{"+441632960105"}, Endpoints: []string{"501"}},
	}
	verbs := testbed.NewVerbs()
	x := &tenant{}
	listed := func(list call.List, more func(*call.Entry, testbed.Values)) func(context.Context, *testbed.Play, testbed.Values) error {
		return func(ctx context.Context, _ *testbed.Play, v testbed.Values) error {
			e := call.Entry{List: list, Pattern: pattern(v), Since: time.Now(), Source: "by hand"}
			if more != nil {
				more(&e, v)
			}
			return x.change(ctx, []call.Entry{e}, nil)
		}
	}
	err := errors.Join(
		verbs.Verb("{number:tel} is a contact", listed(call.Contacts, nil)),
		verbs.Verb("{number:tel} was a contact until now", listed(call.Contacts, func(e *call.Entry, _ testbed.Values) { e.Until = time.Now() })),
		verbs.Verb("{number:tel} is a contact with the word {keys:keys}", listed(call.Contacts, func(e *call.Entry, v testbed.Values) {
			e.Verify, e.Word = true, v["keys"]
		})),
		verbs.Verb("{number:tel} is a contact with a spoken word", listed(call.Contacts, func(e *call.Entry, _ testbed.Values) { e.Verify = true })),
		verbs.Verb("{number:tel} is blocked", listed(call.Blocks, nil)),
		verbs.Verb("{number:tel} is a contact no more", func(ctx context.Context, _ *testbed.Play, v testbed.Values) error {
			return x.change(ctx, nil, []call.EntryKey{{List: call.Contacts, Pattern: pattern(v)}})
		}),
		verbs.Verb("the call never enters Clearline", untouched),
		verbs.Verb("clearline says {text:text}", func(ctx context.Context, p *testbed.Play, v testbed.Values) error {
			return logged(ctx, p, v["text"])
		}),
		verbs.Verb("the history holds {n:count} calls", func(ctx context.Context, _ *testbed.Play, v testbed.Values) error {
			return x.remembers(ctx, "so many calls", func(found []call.Record) bool { return strconv.Itoa(len(found)) == v["n"] })
		}),
		verbs.Verb("the last call ended with {cause:word}", func(ctx context.Context, _ *testbed.Play, v testbed.Values) error {
			return x.remembers(ctx, v["cause"], func(found []call.Record) bool {
				return len(found) > 0 && found[0].Cause == call.Cause(v["cause"])
			})
		}),
	)
	if err != nil {
		t.Fatal(err)
	}
	x.play(t, "testdata/known", verbs, house.Options{Bed: testbed.Options{Lines: lines, Trunks: []string{"main", "telecare"}}, Settings: impatient, Own: own})
}

// pattern is a number as lists have it.
func pattern(v testbed.Values) string {
	p, err := number.ParsePattern(v["number"], "GB")
	if err != nil {
		return err.Error() // no list has that
	}
	return p.String()
}

// change changes the lists the way the commands do: through the socket of a Clearline
// that runs.
func (x *tenant) change(ctx context.Context, put []call.Entry, remove []call.EntryKey) error {
	return history.Client{Path: history.Socket(x.house.Config.Store.Path)}.Change(ctx, put, remove)
}

// untouched checks that the dialplan has not handed the call to Clearline.
func untouched(_ context.Context, p *testbed.Play, _ testbed.Values) error {
	for _, m := range p.Bed.Timeline.Moments(p.Begun) {
		if m.Who == "asterisk" && strings.Contains(m.What, "Stasis(") {
			return fmt.Errorf("it did: %s", m.What)
		}
	}
	return nil
}

// logged waits until Clearline has logged a text.
func logged(ctx context.Context, p *testbed.Play, text string) error {
	for {
		for _, m := range p.Bed.Timeline.Moments(p.Begun) {
			if m.Who == "clearline" && strings.Contains(m.What, text) {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("clearline has not logged %q", text)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// remembers waits until the history, the latest call first, is as it should be.
func (x *tenant) remembers(ctx context.Context, what string, is func([]call.Record) bool) error {
	for {
		found, err := history.Client{Path: history.Socket(x.house.Config.Store.Path)}.Records(ctx, 10)
		if err == nil && is(found) {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the history does not show %s: %+v (%w)", what, found, errors.Join(err, ctx.Err()))
		case <-time.After(20 * time.Millisecond):
		}
	}
}
