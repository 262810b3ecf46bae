package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"clearline/lib/testbed/bench/stopwatch"
)

const millisecond = time.Millisecond

func TestSpreadTakesTheNearestRank(t *testing.T) {
	var hundred []time.Duration
	for i := 100; i > 0; i-- {
		hundred = append(hundred, time.Duration(i)*millisecond)
	}
	for _, c := range []struct {
		name   string
		delays []time.Duration
		want   spread
	}{
		{"of nothing", nil, spread{}},
		{"of one", hundred[:1], spread{100 * millisecond, 100 * millisecond, 100 * millisecond}},
		{"of two, the median is the shorter", hundred[98:], spread{millisecond, 2 * millisecond, 2 * millisecond}},
		{"of fewer than a hundred, p99 is the longest", hundred[1:], spread{50 * millisecond, 99 * millisecond, 99 * millisecond}},
		{"of a hundred, p99 is the longest but one", hundred, spread{50 * millisecond, 99 * millisecond, 100 * millisecond}},
	} {
		if got := spreadOf(c.delays); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
	if hundred[0] != 100*millisecond {
		t.Error("the delays were put into another order")
	}
}

// measured is a result of as many samples as there are delays, in milliseconds.
func measured(k kind, with system, byes, invites []int) *result {
	r := &result{kind: k, system: with}
	for i := range byes {
		r.samples = append(r.samples, sample{Delays: stopwatch.Delays{
			Bye: time.Duration(byes[i]) * millisecond, Invite: time.Duration(invites[i]) * millisecond,
		}})
	}
	return r
}

func TestTargets(t *testing.T) {
	fifty, ten := kind{50, atOnce}, kind{10, atOnce}
	fast := measured(fifty, clearline, []int{5, 9}, []int{20, 30})
	lost := measured(fifty, clearline, []int{5, 9}, []int{20, 30})
	lost.samples = append(lost.samples, sample{missed: true})
	for _, c := range []struct {
		name          string
		with, without *result
		want          string // BYE, its ratio, INVITE, its ratio
	}{
		{"all met", fast, measured(fifty, plain, []int{3, 3}, []int{10, 10}), "met met met met"},
		{"slower than three times", fast, measured(fifty, plain, []int{2, 2}, []int{9, 9}), "met not met not"},
		{"on the limit is not under it", measured(fifty, clearline, []int{20}, []int{60}), measured(fifty, plain, []int{9}, []int{30}), "not met not met"},
		{"one who never got through", lost, measured(fifty, plain, []int{3}, []int{10}), "not not not not"},
		{"nothing to compare with", fast, &result{kind: fifty}, "met not met not"},
		{"nothing measured", &result{kind: fifty}, &result{kind: fifty}, "not not not not"},
		{"another number of calls", measured(ten, clearline, []int{1}, []int{1}), measured(ten, plain, []int{1}, []int{1}), ""},
	} {
		var got []string
		for _, v := range verdicts([]row{{c.with.kind, c.with, c.without}}) {
			word := "not"
			if v.Met {
				word = "met"
			}
			got = append(got, word)
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestProcessorsTimeOfAProcess(t *testing.T) {
	for _, c := range []struct {
		stat string
		want time.Duration
	}{
		{"7 (asterisk) S 1 7 7 0 -1 4194560 9 0 0 0 120 30 0 0 20 0 9 0 5", 1500 * millisecond},
		{"7 (a) b (c) S 1 7 7 0 -1 4194560 9 0 0 0 1 2 0 0 20 0 9 0 5", 30 * millisecond},
		{"7 (cut", 0},
		{"", 0},
	} {
		if got := spentIn(c.stat); got != c.want {
			t.Errorf("%q: %v, want %v", c.stat, got, c.want)
		}
	}
	if got := busyIn("cpu  1 2 3 1000 1000 4 5 6 7 8\ncpu0 9 9 9"); got != 210*millisecond {
		t.Errorf("the machine was busy for %v", got)
	}
}

func TestWhatIsSaidToAsteriskIsNamedWithoutIDs(t *testing.T) {
	tap := &tap{}
	l := &listened{tap: tap}
	say := func(request, answer string) string {
		l.asked([]byte(request))
		l.told([]byte(answer))
		return tap.seen[len(tap.seen)-1].what
	}
	for _, c := range []struct{ request, answer, want string }{
		{"GET /ari/channels HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 200 OK\r\n", "GET /channels -> 200"},
		{"POST /ari/channels/17.4/continue HTTP/1.1\r\n\r\n{}", "HTTP/1.1 204 No Content\r\n", "POST /channels/ID/continue -> 204"},
		{"DELETE /ari/channels/17.4?reason_code=16 HTTP/1.1\r\n\r\n", "HTTP/1.1 404 Not Found\r\n", "DELETE /channels/ID -> 404"},
		{"POST /ari/channels/17.4/variable HTTP/1.1\r\n\r\n{\"variable\": \"A\",\"value\":\"b\"}", "HTTP/1.1 409 Conflict\r\n", "POST /channels/ID/variable A -> 409"},
		{"POST /ari/channels/17.4/variable?variable=TIMEOUT%28absolute%29 HTTP/1.1\r\n\r\n", "HTTP/1.1 204\r\n", "POST /channels/ID/variable TIMEOUT(absolute) -> 204"},
	} {
		if got := say(c.request, c.answer); got != c.want {
			t.Errorf("%q: %q, want %q", c.request, got, c.want)
		}
	}
	l.told([]byte(`x{"type":"ChannelDestroyed","timestamp":"..."}x{"type":"Dial","timestamp":"..."}`))
	var events []string
	for _, s := range tap.seen[len(tap.seen)-2:] {
		events = append(events, s.what)
	}
	if strings.Join(events, " ") != "ChannelDestroyed Dial" {
		t.Errorf("events %q", events)
	}
}

func TestEventsOfOneKindAreCounted(t *testing.T) {
	key := time.Now()
	at := func(n int) time.Time { return key.Add(time.Duration(n) * millisecond) }
	var b bytes.Buffer
	printOne(&b, []spoken{{at(1), 0, "A"}, {at(2), 0, "A"}, {at(3), 2 * millisecond, "GET /x -> 200"}, {at(5), 0, "A"}}, key)
	want := "       1.0           A, 2 times until 2.0\n       3.0      2.0  GET /x -> 200\n       5.0           A\n"
	if b.String() != want {
		t.Errorf("printed\n%swant\n%s", b.String(), want)
	}
}

func TestOptionsThatMakeNoSense(t *testing.T) {
	for _, o := range []clearingOptions{
		{Calls: []int{0}, Rounds: 1},
		{Calls: []int{10, mostCalls + 1}, Rounds: 1},
		{Calls: []int{1}, Rounds: 0},
	} {
		if o.Validate() == nil {
			t.Errorf("%+v is accepted", o)
		}
	}
}

func TestSamplesDuringAStandstillAreSetAside(t *testing.T) {
	begun := time.Now()
	at := func(n int) time.Time { return begun.Add(time.Duration(n) * millisecond) }
	s := &standstills{seen: []span{{at(100), at(400)}, {at(900), at(1100)}}}
	for _, c := range []struct {
		from, to int
		want     bool
	}{{0, 99, false}, {0, 101, true}, {200, 300, true}, {399, 500, true}, {401, 899, false}, {1000, 2000, true}} {
		if got := s.during(at(c.from), at(c.to)); got != c.want {
			t.Errorf("from %d to %d: %t", c.from, c.to, got)
		}
	}
	if n, longest := s.longest(); n != 2 || longest != 300*millisecond {
		t.Errorf("%d, the longest of %v", n, longest)
	}
	r := measured(kind{50, oneByOne}, clearline, []int{5, 900}, []int{9, 950})
	r.samples[1].disturbed = true
	out := &report{rows: []row{{r.kind, r, &result{kind: r.kind}}}, standstills: 2, longest: time.Second}
	var b strings.Builder
	out.disturbances(&b)
	if !strings.Contains(b.String(), "BYE      5.0   INVITE      9.0   (without 1)") {
		t.Errorf("printed\n%s", b.String())
	}
}

// TestClearingIsMeasured measures three calls with a real Asterisk.
func TestClearingIsMeasured(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a real Asterisk")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	progress := newProgress(t.Output())
	h, err := openHall(ctx, hallOptions{size: 4, tapped: true, dialplan: plainDialplan}, progress)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.close(); err != nil {
			t.Error(err)
		}
	})
	watch := watchStandstills()
	t.Cleanup(watch.close)
	b := &bench{hall: h, progress: progress, until: time.Now().Add(time.Hour), standstills: watch}
	for _, p := range []pattern{oneByOne, atOnce} {
		if err := b.both(ctx, kind{3, p}); err != nil {
			t.Fatal(err)
		}
	}
	r := b.report()
	if len(r.rows) != 2 {
		t.Fatalf("%d rows", len(r.rows))
	}
	for _, row := range r.rows {
		checkMeasured(t, row.with)
		checkMeasured(t, row.without)
		if row.with.callerFirst() != 3 {
			t.Errorf("%s: the caller was told first in %d of 3", row.pattern, row.with.callerFirst())
		}
	}
	var table, machine bytes.Buffer
	if err := r.table(io.MultiWriter(&table, t.Output())); err != nil || !strings.Contains(table.String(), "rung in 6 of 6") {
		t.Errorf("%v\n%s", err, table.String())
	}
	if err := r.json(&machine); err != nil || !json.Valid(machine.Bytes()) {
		t.Errorf("%v\n%s", err, machine.String())
	}
	if said := fmt.Sprint(h.tap.between(time.Time{}, time.Now())); !strings.Contains(said, "continue -> 204") || !strings.Contains(said, "StasisStart") {
		t.Errorf("the tap heard %s", said)
	}
}

func checkMeasured(t *testing.T, r *result) {
	t.Helper()
	if len(r.samples) != 3 || r.missed() > 0 {
		t.Errorf("%s, %s: %d samples, %d missed", r.system, r.pattern, len(r.samples), r.missed())
	}
	for _, d := range append(r.delays(bye), r.delays(invite)...) {
		if d <= 0 || d > dialWithin {
			t.Errorf("%s, %s: it took %v", r.system, r.pattern, d)
		}
	}
	if rate := r.usage.packetRate(); rate < 3*2*packetsPerCall/2 {
		t.Errorf("%s, %s: only %.0f packets a second reached the telephones", r.system, r.pattern, rate)
	}
}
