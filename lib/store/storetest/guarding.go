package storetest

import (
	"slices"
	"testing"
	"time"

	"clearline/lib/call"
	"clearline/lib/store"
)

func fractions(t *testing.T, open func() store.Store) {
	s := opened(t, open)
	nepal := time.FixedZone("", 5*3600+45*60)
	exact := at.Add(123456789 * time.Nanosecond).In(nepal)
	done, tried, shut := record(1), attempt(1), window(0)
	done.Arrived, done.Ended = exact, exact.Add(time.Nanosecond)
	tried.At, tried.Took = exact, 1234567*time.Nanosecond
	shut.Since, shut.Until = exact, exact.Add(2*time.Hour)
	known := entry(1)
	known.Since, known.Until = exact, exact.Add(2*time.Hour)
	apply(t, s, store.Changes{
		Records: []call.Record{done}, Attempts: []call.Attempt{tried}, Windows: []call.Window{shut}, Put: []call.Entry{known},
	})
	records, err := s.Records(t.Context(), 1)
	must(t, err)
	attempts, err := s.Attempts(t.Context(), 1)
	must(t, err)
	windows, err := s.Windows(t.Context(), at)
	must(t, err)
	entries := entriesOf(t, s)
	for name, pair := range map[string][2]time.Time{
		"arrived": {records[0].Arrived, done.Arrived}, "ended": {records[0].Ended, done.Ended}, "at": {attempts[0].At, tried.At},
		"since": {windows[0].Since, shut.Since}, "until": {windows[0].Until, shut.Until}, "known since": {entries[0].Since, known.Since}, "known until": {entries[0].Until, known.Until},
	} {
		if _, offset := pair[0].Zone(); !pair[0].Equal(pair[1]) || offset != 20700 {
			t.Errorf("%s was %v and became %v", name, pair[1], pair[0])
		}
	}
	if attempts[0].Took != tried.Took {
		t.Errorf("took %v became %v", tried.Took, attempts[0].Took)
	}
}

func retention(t *testing.T, open func() store.Store) {
	s := opened(t, open)
	now := time.Now().UTC()
	done, tried := record(1), attempt(1)
	done.Arrived, done.Ended = now.Add(-store.Retention-2*time.Minute), now.Add(-store.Retention-time.Minute)
	tried.At = done.Arrived
	young, youngTried := record(2), attempt(2)
	young.Arrived = now.Add(-store.Retention + time.Hour)
	young.Ended, youngTried.At = young.Arrived, young.Arrived
	young.Line, youngTried.Line = "flat-2", "flat-2"
	changes := store.Changes{Records: []call.Record{done, young}, Attempts: []call.Attempt{tried, youngTried}}
	apply(t, s, changes)
	apply(t, s, changes)
	want := listed(t, nil, []call.Record{young}, map[string]call.Record{"flat-2": young}, []call.Attempt{youngTried}, nil, nil)
	if got := contents(t, s); got != want {
		t.Errorf("the store holds\n%s, want\n%s", got, want)
	}
	if n, err := s.CountAttempts(t.Context(), "flat-1", time.Time{}); n != 0 || err != nil {
		t.Errorf("%d attempts past their retention are counted, error %v", n, err)
	}
}

func attemptReplaced(t *testing.T, open func() store.Store) {
	s := opened(t, open)
	tried := attempt(1)
	apply(t, s, store.Changes{Attempts: []call.Attempt{tried}})
	tried.At = tried.At.Add(30 * time.Millisecond)
	tried.Outcome, tried.Gone, tried.Took = call.OutcomeCleared, 2, 40*time.Millisecond
	apply(t, s, store.Changes{Attempts: []call.Attempt{tried}})
	attempts, err := s.Attempts(t.Context(), 10)
	must(t, err)
	if len(attempts) != 1 || attempts[0] != tried {
		t.Errorf("attempts are %+v", attempts)
	}
	if n, err := s.CountAttempts(t.Context(), "flat-1", at); n != 1 || err != nil {
		t.Errorf("%d attempts are counted, error %v", n, err)
	}
}

func outcomeStays(t *testing.T, open func() store.Store) {
	s := opened(t, open)
	over := attempt(1)
	over.Outcome, over.Gone = call.OutcomeCleared, 2
	apply(t, s, store.Changes{Attempts: []call.Attempt{over}})
	apply(t, s, store.Changes{Attempts: []call.Attempt{attempt(1)}})
	attempts, err := s.Attempts(t.Context(), 10)
	must(t, err)
	if len(attempts) != 1 || attempts[0] != over {
		t.Errorf("attempts are %+v", attempts)
	}
	other := over
	other.Outcome = call.OutcomeTaken
	apply(t, s, store.Changes{Attempts: []call.Attempt{attempt(1), other, attempt(1)}})
	attempts, err = s.Attempts(t.Context(), 10)
	must(t, err)
	if len(attempts) != 1 || attempts[0] != other {
		t.Errorf("attempts are %+v", attempts)
	}
}

func attemptsOrdered(t *testing.T, open func() store.Store) {
	s := opened(t, open)
	for _, n := range []int{2, 9, 4, 1} {
		tried := attempt(n)
		if n%2 == 0 {
			tried.Line = "flat-2"
		}
		apply(t, s, store.Changes{Attempts: []call.Attempt{tried}})
	}
	for limit, want := range map[int][]call.ID{0: nil, 1: {"0009"}, 3: {"0009", "0004", "0002"}, 50: {"0009", "0004", "0002", "0001"}} {
		attempts, err := s.Attempts(t.Context(), limit)
		must(t, err)
		var got []call.ID
		for _, tried := range attempts {
			got = append(got, tried.ID)
		}
		if !slices.Equal(got, want) {
			t.Errorf("the last %d attempts are %v, want %v", limit, got, want)
		}
	}
}

func counting(t *testing.T, open func() store.Store) {
	s := opened(t, open)
	elsewhere := attempt(8)
	elsewhere.Line = "flat-2"
	apply(t, s, store.Changes{Attempts: []call.Attempt{attempt(1), attempt(2), attempt(3), elsewhere}})
	for since, want := range map[time.Time]int{
		{}:                                  3,
		at:                                  3,
		attempt(2).At:                       2,
		attempt(2).At.Add(time.Nanosecond):  1,
		attempt(2).At.Add(-time.Nanosecond): 2,
		attempt(3).At:                       1,
		attempt(3).At.In(time.FixedZone("", -3600)): 1,
		attempt(3).At.Add(time.Nanosecond):          0,
		at.AddDate(200, 0, 0):                       0,
	} {
		got, err := s.CountAttempts(t.Context(), "flat-1", since)
		must(t, err)
		if got != want {
			t.Errorf("%d attempts since %v, want %d", got, since, want)
		}
	}
	if n, err := s.CountAttempts(t.Context(), "nowhere", at); n != 0 || err != nil {
		t.Errorf("an unknown line has %d attempts, error %v", n, err)
	}
}

func longestWindow(t *testing.T, open func() store.Store) {
	s := opened(t, open)
	longest := window(2 * time.Hour)
	longest.Since = at.Add(time.Second)
	for _, changes := range []store.Changes{
		{Windows: []call.Window{window(time.Hour)}},
		{Windows: []call.Window{window(time.Minute), longest, window(time.Hour)}},
		{Windows: []call.Window{window(2*time.Hour - time.Nanosecond)}},
	} {
		apply(t, s, changes)
	}
	windows, err := s.Windows(t.Context(), at)
	must(t, err)
	if len(windows) != 1 || windows[0] != longest {
		t.Errorf("windows are %+v", windows)
	}
}

func windowsApart(t *testing.T, open func() store.Store) {
	s := opened(t, open)
	hidden, attacked, elsewhere := window(time.Hour), window(time.Minute), window(time.Minute)
	hidden.Number = ""
	attacked.Kind = call.UnderAttack
	elsewhere.Line = "flat-2"
	all := []call.Window{window(time.Minute), hidden, attacked, elsewhere}
	apply(t, s, store.Changes{Windows: all})
	windows, err := s.Windows(t.Context(), at)
	must(t, err)
	if text(t, sorted(t, windows)) != text(t, sorted(t, all)) {
		t.Errorf("windows are %+v", windows)
	}
}

func windowOver(t *testing.T, open func() store.Store) {
	s := opened(t, open)
	ancient := window(-30 * time.Hour)
	ancient.Number = "+441632960200"
	apply(t, s, store.Changes{Windows: []call.Window{window(time.Minute), ancient}})
	for after, want := range map[time.Duration]int{
		0:                             1,
		time.Minute - time.Nanosecond: 1,
		time.Minute:                   0,
		time.Hour:                     0,
	} {
		windows, err := s.Windows(t.Context(), at.Add(time.Hour+after))
		must(t, err)
		if len(windows) != want {
			t.Errorf("%v later windows are %+v", after, windows)
		}
	}
}

func lastUnknown(t *testing.T, open func() store.Store) {
	s := opened(t, open)
	long, short, last, twin := record(1), record(2), record(3), record(4)
	long.Ended, short.Ended, last.Ended = at.Add(time.Hour), at.Add(time.Minute), at.Add(time.Hour+time.Nanosecond)
	twin.Ended = last.Ended
	for _, step := range []struct {
		records []call.Record
		want    call.ID
	}{
		{[]call.Record{long}, long.ID},
		{[]call.Record{short}, long.ID},
		{[]call.Record{last, long}, last.ID},
		{[]call.Record{short, long}, last.ID},
		{[]call.Record{twin}, twin.ID},
		{[]call.Record{last}, twin.ID},
	} {
		apply(t, s, store.Changes{Records: step.records})
		got, err := s.LastUnknown(t.Context())
		must(t, err)
		if len(got) != 1 || got["flat-1"].ID != step.want {
			t.Errorf("the last unknown callers are %+v, want %s", got, step.want)
		}
	}
}

func lastUnknownCauses(t *testing.T, open func() store.Store) {
	s := opened(t, open)
	causes := []call.Cause{
		call.Completed, call.Blocked, call.CallerHungUp, call.NoLine, call.Refused, call.Crowded, call.RefusedBlocked, call.NoAnswer,
		call.LineInUse, call.Unreachable, call.CheckFailed, call.NothingSaid, call.Taken, call.Fault, call.Lost,
	}
	var want call.ID
	for n, cause := range causes {
		done := record(n)
		done.Cause, done.Ended = cause, done.Arrived.Add(time.Millisecond)
		if cause != call.Blocked && cause != call.NoLine && cause != call.Crowded {
			want = done.ID
		}
		apply(t, s, store.Changes{Records: []call.Record{done}})
		got, err := s.LastUnknown(t.Context())
		must(t, err)
		if got["flat-1"].ID != want {
			t.Errorf("after a call that ended as %s the last unknown caller is %+v, want %s", cause, got["flat-1"], want)
		}
	}
}

func lastUnknownOfEach(t *testing.T, open func() store.Store) {
	s := opened(t, open)
	first, second, blocked := record(1), record(2), record(3)
	second.Line = "flat-2"
	blocked.Line, blocked.Cause = "flat-3", call.Blocked
	apply(t, s, store.Changes{Records: []call.Record{first, second, blocked}})
	got, err := s.LastUnknown(t.Context())
	must(t, err)
	if len(got) != 2 || got["flat-1"] != first || got["flat-2"] != second {
		t.Errorf("the last unknown callers are %+v", got)
	}
}
