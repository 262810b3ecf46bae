package redisstore_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"clearline/lib/call"
	"clearline/lib/store"
	"clearline/lib/store/redisstore"
	"clearline/lib/testbed/redisserver"
)

// soon bounds what takes half a second at most, on a machine that is busy.
const soon = 1500 * time.Millisecond

// change records a call and a number blocked on a line, so that a part of it would be seen.
func change(n int) store.Changes {
	line := call.LineID(fmt.Sprintf("flat-%d", n))
	now := time.Now().UTC()
	id := call.ID(fmt.Sprintf("%04d", n))
	return store.Changes{
		Save:     []store.Saved{{ID: id, Line: line, State: []byte(`{}`), Pending: []byte(`[]`)}},
		Records:  []call.Record{{ID: id, Line: line, Arrived: now, Ended: now, Cause: call.Refused}},
		Attempts: []call.Attempt{{ID: id, Line: line, At: now}},
		Put:      []call.Entry{{Line: line, List: call.Blocks, Pattern: "+441632960200", Since: now, Until: now.Add(time.Hour)}},
	}
}

// apply applies changes, again and again while the store cannot be reached: after a
// fault, and on a busy machine.
func apply(t *testing.T, s *redisstore.Store, changes store.Changes) {
	t.Helper()
	retry(t, func() error { return s.Apply(t.Context(), changes) })
}

func retry(t *testing.T, do func() error) {
	t.Helper()
	err := do()
	for deadline := time.Now().Add(15 * time.Second); errors.Is(err, store.ErrUnreachable) && time.Now().Before(deadline); err = do() {
		time.Sleep(10 * time.Millisecond)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// lists reads the lists.
func lists(t *testing.T, s *redisstore.Store) (found []call.Entry, err error) {
	t.Helper()
	err = s.Entries(t.Context(), func(e call.Entry) error {
		found = append(found, e)
		return nil
	})
	return found, err
}

// fails checks that changes cannot be applied, and that this is said soon.
func fails(t *testing.T, s *redisstore.Store, changes store.Changes) {
	t.Helper()
	begun := time.Now()
	err := s.Apply(t.Context(), changes)
	if took := time.Since(begun); !errors.Is(err, store.ErrUnreachable) || took > soon {
		t.Errorf("after %v Apply gives %v", took, err)
	}
}

// fault is something wrong with a server, for a time.
type fault struct {
	begin, end func() error
	empties    bool // the server forgets what it held
	reads      bool // reading goes on
}

func faults(ctx context.Context, server *redisserver.Server) map[string]fault {
	command := func(text string) func() error {
		return func() error { _, err := server.Command(ctx, text); return err }
	}
	suffer := func(troubles ...redisserver.Trouble) func() error {
		return func() error { return server.Suffer(troubles...) }
	}
	fail := func(fail bool) func() error {
		return func() error { return server.Fail(ctx, fail) }
	}
	busy := func() error {
		go func() { _, _ = server.Command(ctx, `EVAL "while true do end" 0`) }()
		for deadline := time.Now().Add(5 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
			if _, err := server.Command(ctx, "EXISTS name"); err != nil && strings.Contains(err.Error(), "BUSY") {
				return nil
			}
		}
		return errors.New("redis is not busy")
	}
	return map[string]fault{
		"stopped":       {server.Stop, func() error { return server.Restart(ctx) }, true, false},
		"frozen":        {server.Freeze, server.Thaw, false, false},
		"slow":          {suffer(redisserver.Late(2 * time.Second)), suffer(), false, false},
		"half-open":     {suffer(redisserver.Mute()...), suffer(), false, false},
		"answers lost":  {suffer(redisserver.AnswersLost("")...), suffer(), false, false},
		"failing":       {fail(true), fail(false), false, true},
		"a replica":     {command("REPLICAOF 127.0.88.3 1"), command("REPLICAOF NO ONE"), false, true},
		"out of memory": {command("CONFIG SET maxmemory 1"), command("CONFIG SET maxmemory 0"), false, true},
		"busy":          {both(command("CONFIG SET busy-reply-threshold 1"), busy), command("SCRIPT KILL"), false, false},
	}
}

func both(first, second func() error) func() error {
	return func() error {
		if err := first(); err != nil {
			return err
		}
		return second()
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	server := redisserver.For(t, redisserver.Options{Address: "127.0.88.3"})
	for name, fault := range faults(t.Context(), server) {
		t.Run(name, func(t *testing.T) {
			s := opened(t, server.URL())
			apply(t, s, change(1))
			if err := fault.begin(); err != nil {
				t.Fatal(err)
			}
			fails(t, s, change(2))
			counted := func() error { _, err := s.CountAttempts(t.Context(), "flat-1", time.Time{}); return err }
			if fault.reads {
				retry(t, counted)
			} else if err := counted(); !errors.Is(err, store.ErrUnreachable) {
				t.Errorf("CountAttempts gives %v", err)
			}
			if err := fault.end(); err != nil {
				t.Fatal(err)
			}
			apply(t, s, change(3))
			blocks, err := lists(t, s)
			if want := map[bool]int{false: 2, true: 1}[fault.empties]; err != nil || len(blocks) < want {
				t.Errorf("blocks are %+v, error %v", blocks, err)
			}
			if err := server.Empty(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestWhatIsRefusedLeavesNothing(t *testing.T) {
	t.Parallel()
	server := redisserver.For(t, redisserver.Options{})
	s := opened(t, server.URL())
	apply(t, s, store.Changes{Drop: []store.Drop{{ID: "0000", Line: "flat-2"}}})
	if err := server.Fail(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	fails(t, s, change(2))
	if _, err := server.Command(t.Context(), "CONFIG SET maxmemory 1"); err != nil {
		t.Fatal(err)
	}
	fails(t, s, change(2))
	for _, kind := range []string{"calls", "records", "arrivals", "last-unknown", "attempts", "moments", "windows", "entries", "ends", "revision", "blocks"} {
		if n, err := server.Command(t.Context(), "EXISTS "+redisstore.Key("flat-2", kind)); n != "0" || err != nil {
			t.Errorf("%s exists: %s, error %v", kind, n, err)
		}
	}
}

func TestARefusedConnectionIsSaidAtOnce(t *testing.T) {
	t.Parallel()
	server := redisserver.For(t, redisserver.Options{})
	s := opened(t, server.Direct())
	if err := server.Stop(); err != nil {
		t.Fatal(err)
	}
	fails(t, s, change(1))
	if _, err := s.Saved(t.Context()); !errors.Is(err, store.ErrUnreachable) {
		t.Errorf("Saved gives %v", err)
	}
	if err := server.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	apply(t, s, change(1))
}

func TestTheCallersOwnDeadlineIsSaid(t *testing.T) {
	t.Parallel()
	server := redisserver.For(t, redisserver.Options{})
	s := opened(t, server.URL())
	apply(t, s, change(1))
	if err := server.Freeze(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := s.Apply(ctx, change(2)); !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, store.ErrUnreachable) {
		t.Errorf("with a short deadline Apply gives %v", err)
	}
	ctx, cancel = context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, cancel)
	if err := s.Apply(ctx, change(2)); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled on the way Apply gives %v", err)
	}
}

func TestAWrongPasswordIsNoOutageAndNotShown(t *testing.T) {
	t.Parallel()
	server := redisserver.For(t, redisserver.Options{Password: "sesame"})
	s := opened(t, strings.Replace(server.URL(), "sesame", "hunter2", 1))
	err := s.Apply(t.Context(), change(1))
	if err == nil || errors.Is(err, store.ErrUnreachable) || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("with a wrong password Apply gives %v", err)
	}
}

// answer is an error as a server gives it.
type answer string

func (a answer) Error() string { return string(a) }
func (answer) RedisError()     {}

func TestAnswersThatMeanLater(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"NOREPLICAS Not enough good replicas to write.":                                         true,
		"LOADING Redis is loading the dataset in memory":                                        true,
		"MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.":      true,
		"CLUSTERDOWN The cluster is down":                                                       true,
		"MISCONF Redis is configured to save RDB snapshots":                                     true,
		"ERR max number of clients reached":                                                     true,
		"ERR Error running script (call to f_0): @user_script:12: -READONLY You can't write":    true,
		"WRONGTYPE Operation against a key holding the wrong kind of value":                     false,
		"NOAUTH Authentication required.":                                                       false,
		"NOPERM this user has no permissions to run the 'evalsha' command":                      false,
		"ERR unknown command 'EVALSHA'":                                                         false,
		"ERR Error running script (call to f_0): @user_script:12: BUSYWORK is not what it says": false,
	} {
		if got := redisstore.Unreachable(fmt.Errorf("write line: %w", answer(text))); got != want {
			t.Errorf("%q may pass: %t", text, got)
		}
	}
}
