package redisstore_test

import (
	"errors"
	"strings"
	"testing"

	"clearline/lib/call"
	"clearline/lib/store"
	"clearline/lib/store/redisstore"
	"clearline/lib/testbed/redisserver"
)

// turn gives changes their turn.
func turn(n uint64, changes store.Changes) store.Changes {
	changes.Turn = store.Turn{Writer: "this run", N: n}
	return changes
}

func TestWhatIsRepeatedBecauseTheAnswerWasLostIsNotPutOverWhatOthersWrote(t *testing.T) {
	t.Parallel()
	server := redisserver.For(t, redisserver.Options{})
	s, other := opened(t, server.URL()), opened(t, server.Direct())
	apply(t, s, turn(1, puts(known(9)))) // the server knows the script from now on
	changes := turn(2, store.Changes{Put: []call.Entry{known(1), known(2)}})
	if err := server.Suffer(redisserver.AnswersLost("evalsha")...); err != nil {
		t.Fatal(err)
	}
	if err := s.Apply(t.Context(), changes); !errors.Is(err, store.ErrUnreachable) {
		t.Fatalf("with its answer lost Apply gives %v", err)
	}
	if found, err := lists(t, other); len(found) != 3 || err != nil {
		t.Fatalf("what was asked was not done: %+v, error %v", found, err)
	}
	named := known(2)
	named.Name = "Ann, who has married"
	apply(t, other, store.Changes{Remove: []call.EntryKey{known(1).Key()}, Put: []call.Entry{named}})
	if err := server.Suffer(); err != nil {
		t.Fatal(err)
	}
	apply(t, s, changes)
	found, err := lists(t, other)
	if err != nil || len(found) != 2 {
		t.Fatalf("the lists are %+v, error %v", found, err)
	}
	for _, e := range found {
		if e != named && e != known(9) {
			t.Errorf("there is %+v", e)
		}
	}
	apply(t, s, turn(3, puts(known(1))))
	if found, err := lists(t, other); len(found) != 3 || err != nil {
		t.Errorf("after the next turn the lists are %+v, error %v", found, err)
	}
}

func TestWritersThatAreNoMoreAreForgotten(t *testing.T) {
	t.Parallel()
	server := redisserver.For(t, redisserver.Options{})
	s := opened(t, server.URL())
	turns := redisstore.Key("flat-1", "turns")
	if _, err := s.Do(t.Context(), "HSET", turns, "a run of last year", strings.Repeat("0", 21)+"7"); err != nil {
		t.Fatal(err)
	}
	apply(t, s, turn(1, puts(known(1))))
	if found, err := s.Do(t.Context(), "HLEN", turns); found != int64(1) || err != nil {
		t.Errorf("%v writers are remembered, error %v", found, err)
	}
	again := puts(known(2))
	again.Turn = store.Turn{Writer: "a run of last year", N: 1}
	apply(t, s, again)
	if found, err := lists(t, s); len(found) != 2 || err != nil {
		t.Errorf("the lists are %+v, error %v", found, err)
	}
}
