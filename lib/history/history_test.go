package history_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"clearline/lib/call"
	"clearline/lib/history"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// shelf is Kept of what it holds.
type shelf struct {
	notebook
	drawer
	records  []call.Record
	attempts []call.Attempt
	err      error
	wait     chan struct{} // when set, reading waits for it
	readers  atomic.Int32  // at this moment
	most     atomic.Int32  // of them
}

func (s *shelf) read() error {
	n := s.readers.Add(1)
	defer s.readers.Add(-1)
	s.most.Store(max(n, s.most.Load()))
	if s.wait != nil {
		<-s.wait
	}
	return s.err
}

func (s *shelf) Records(_ context.Context, limit int) ([]call.Record, error) {
	err := s.read()
	return s.records[:min(limit, len(s.records))], err
}

func (s *shelf) Attempts(_ context.Context, limit int) ([]call.Attempt, error) {
	err := s.read()
	return s.attempts[:min(limit, len(s.attempts))], err
}

func (s *shelf) Snapshot(context.Context) (string, error) {
	return "/var/lib/clearline/snapshots/one", s.read()
}

func (s *shelf) Traces(_ context.Context, number string) (call.Traces, error) {
	return call.Traces{Calls: []call.ID{"of " + call.ID(number)}}, s.read()
}

func (s *shelf) Forget(_ context.Context, number string, lists bool) (call.Traces, error) {
	return call.Traces{Calls: []call.ID{"of " + call.ID(number)}, Windows: map[bool]int{true: 1}[lists]}, s.read()
}

// serve serves a shelf until stop, which returns what Serve did.
func serve(t *testing.T, s *shelf) (history.Client, func() error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "s")
	l, err := history.Listen(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- history.Serve(ctx, l, s, slog.New(slog.DiscardHandler)) }()
	stop := func() error {
		cancel()
		err := <-done
		done <- err
		return err
	}
	t.Cleanup(func() { _ = stop() })
	return history.Client{Path: path}, stop
}

var (
	at      = time.Date(2026, 3, 29, 2, 0, 0, 123456789, time.UTC)
	records = []call.Record{
		{
			ID: "2", Line: "flat-1", Dialled: "01632960101", Arrived: at, Ended: at.Add(time.Minute), Cause: call.Completed, Approved: true, Recording: "2-purpose-1",
			From:  call.Caller{Number: "+441632960200", Name: "Ann \"<b>\x1b", Presentation: call.Allowed, Trunk: "trunk"},
			Notes: call.Notes{SpokeOver: true, WrongDigits: 1, Silences: 2, KeysInCall: 3},
		},
		{ID: "1", Cause: call.Lost, Ended: at},
	}
	attempts = []call.Attempt{{
		ID: "3", Line: "flat-1", Dialled: "9999", Number: "999", Service: "Emergency services", Role: call.Emergency, Way: call.WayGuarded,
		At: at, Found: 2, Gone: 1, Took: 84 * time.Millisecond, Outcome: call.OutcomeUnproved, Suspect: records[0].From, Urgency: call.High,
	}}
)

func TestWhatIsReadIsWhatIsKept(t *testing.T) {
	client, stop := serve(t, &shelf{records: records, attempts: attempts})
	for _, limit := range []int{1, 2, history.Most} {
		got, err := client.Records(t.Context(), limit)
		if want := records[:min(limit, 2)]; err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%d records: %+v, error %v", limit, got, err)
		}
	}
	got, err := client.Attempts(t.Context(), 5)
	if err != nil || !reflect.DeepEqual(got, attempts) {
		t.Errorf("attempts: %+v, error %v", got, err)
	}
	if path, err := client.Snapshot(t.Context()); err != nil || path != "/var/lib/clearline/snapshots/one" {
		t.Errorf("a snapshot: %q, error %v", path, err)
	}
	if found, err := client.Traces(t.Context(), "+441632960200"); err != nil || !slices.Equal(found.Calls, []call.ID{"of +441632960200"}) {
		t.Errorf("traces: %+v, error %v", found, err)
	}
	for lists, windows := range map[bool]int{false: 0, true: 1} {
		if found, err := client.Forget(t.Context(), "1", lists); err != nil || !slices.Equal(found.Calls, []call.ID{"of 1"}) || found.Windows != windows {
			t.Errorf("forgotten with the lists %t: %+v, error %v", lists, found, err)
		}
	}
	if err := stop(); err != nil {
		t.Errorf("stopped: %v", err)
	}
	if _, err := client.Forget(t.Context(), "1", true); !errors.Is(err, history.ErrNobody) {
		t.Errorf("nobody forgets: %v", err)
	}
	if _, err := os.Lstat(client.Path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the socket is still there: %v", err)
	}
	if _, err := client.Records(t.Context(), 1); !errors.Is(err, history.ErrNobody) {
		t.Errorf("asking nobody: %v", err)
	}
}

func TestWhatCannotBeAnsweredIsSaid(t *testing.T) {
	client, _ := serve(t, &shelf{err: errors.New("the disk is gone")})
	if _, err := client.Records(t.Context(), 1); err == nil || !strings.Contains(err.Error(), "the disk is gone") {
		t.Errorf("a store that fails: %v", err)
	}
	if _, err := client.Snapshot(t.Context()); err == nil || !strings.Contains(err.Error(), "cannot make a snapshot: the disk is gone") {
		t.Errorf("a snapshot of a store that fails: %v", err)
	}
	if _, err := client.Forget(t.Context(), "1", false); err == nil || !strings.Contains(err.Error(), "cannot forget: the disk is gone") {
		t.Errorf("forgetting in a store that fails: %v", err)
	}
	for _, limit := range []int{-1, 0, history.Most + 1} {
		if _, err := client.Attempts(t.Context(), limit); err == nil || !strings.Contains(err.Error(), "from 1 to 10000") {
			t.Errorf("limit %d: %v", limit, err)
		}
	}
}

func TestOnlyTheQuestionsThereAreAreAnswered(t *testing.T) {
	client, _ := serve(t, &shelf{})
	for request, want := range map[string]string{
		"GET /calls?limit=1 HTTP/1.0":                     "200",
		"GET /calls HTTP/1.0":                             "400",
		"GET /calls?limit=1e3 HTTP/1.0":                   "400",
		"POST /calls?limit=1 HTTP/1.0":                    "405",
		"GET /../calls HTTP/1.0":                          "307",
		"GET /blocks HTTP/1.0":                            "404",
		"GET /entries HTTP/1.0":                           "200",
		"DELETE /entries HTTP/1.0":                        "405",
		"POST /entries HTTP/1.0":                          "400",
		"POST /snapshots HTTP/1.0":                        "200",
		"GET /snapshots HTTP/1.0":                         "405",
		"GET /forget HTTP/1.0":                            "405",
		"POST /forget HTTP/1.0":                           "400",
		"POST /traces HTTP/1.0":                           "400",
		"GET /" + strings.Repeat("x", 9000) + " HTTP/1.0": "431",
		"nonsense": "400",
	} {
		conn, err := net.Dial("unix", client.Path)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(conn, "%s\r\n\r\n", request)
		line, err := bufio.NewReader(conn).ReadString('\n')
		if err != nil || !strings.Contains(line, " "+want+" ") {
			t.Errorf("%.40s: %s, error %v", request, line, err)
		}
		conn.Close()
	}
}

func TestOneReadsAtATimeAndNobodyReadsAfterServe(t *testing.T) {
	s := &shelf{records: records, wait: make(chan struct{})}
	client, stop := serve(t, s)
	const askers = 5
	done := make(chan error, askers)
	for range askers {
		go func() {
			_, err := client.Records(context.Background(), 1)
			done <- err
		}()
	}
	for deadline := time.Now().Add(5 * time.Second); s.readers.Load() == 0; {
		if time.Now().After(deadline) {
			t.Fatal("nobody reads")
		}
		time.Sleep(time.Millisecond)
	}
	stopped := make(chan error, 1)
	go func() { stopped <- stop() }()
	select {
	case <-stopped:
		t.Error("Serve returned while the store was read")
	case <-time.After(1500 * time.Millisecond): // answers under way have a second
	}
	close(s.wait)
	if err := <-stopped; err != nil {
		t.Error(err)
	}
	if s.readers.Load() != 0 || s.most.Load() != 1 {
		t.Errorf("%d read, %d at once", s.readers.Load(), s.most.Load())
	}
	for range askers {
		<-done
	}
}

func TestOneSnapshotIsMadeAtATimeAndNoneAfterServe(t *testing.T) {
	s := &shelf{wait: make(chan struct{})}
	client, stop := serve(t, s)
	const askers = 3
	done := make(chan error, askers)
	for range askers {
		go func() {
			_, err := client.Snapshot(context.Background())
			done <- err
		}()
	}
	for deadline := time.Now().Add(5 * time.Second); s.readers.Load() == 0; {
		if time.Now().After(deadline) {
			t.Fatal("no snapshot is made")
		}
		time.Sleep(time.Millisecond)
	}
	stopped := make(chan error, 1)
	go func() { stopped <- stop() }()
	select {
	case <-stopped:
		t.Error("Serve returned while a snapshot was made")
	case <-time.After(1500 * time.Millisecond): // answers under way have a second
	}
	close(s.wait)
	if err := <-stopped; err != nil {
		t.Error(err)
	}
	if s.readers.Load() != 0 || s.most.Load() != 1 {
		t.Errorf("%d are made, %d at once", s.readers.Load(), s.most.Load())
	}
	for range askers {
		<-done
	}
}

func TestAListenerThatFailsIsAnError(t *testing.T) {
	l, err := history.Listen(t.Context(), filepath.Join(t.TempDir(), "s"))
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	if err := history.Serve(t.Context(), l, &shelf{}, slog.New(slog.DiscardHandler)); err == nil {
		t.Error("no error")
	}
}

func TestAProcessThatHangsIsNotWaitedForWithoutEnd(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", path) // takes connections and says nothing
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err = history.Client{Path: path}.Records(ctx, 1)
	if err == nil || errors.Is(err, history.ErrNobody) || !strings.Contains(err.Error(), "does not answer at "+path) {
		t.Errorf("%v", err)
	}
}

func TestTheSocketIsForItsOwner(t *testing.T) {
	defer syscall.Umask(syscall.Umask(0))
	path := filepath.Join(t.TempDir(), "s")
	l, err := history.Listen(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	info, err := os.Lstat(path)
	if err != nil || info.Mode() != fs.ModeSocket|0o600 {
		t.Errorf("mode %v, error %v", info.Mode(), err)
	}
	if _, err := history.Listen(t.Context(), path); err == nil || !strings.Contains(err.Error(), "already running") {
		t.Errorf("a second one: %v", err)
	}
}

func TestTheSocketOfADeadProcessIsReplaced(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	dead, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	dead.(*net.UnixListener).SetUnlinkOnClose(false)
	dead.Close()
	if _, err := (history.Client{Path: path}).Records(t.Context(), 1); !errors.Is(err, history.ErrNobody) {
		t.Errorf("asking a dead process: %v", err)
	}
	l, err := history.Listen(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	if _, err := os.Lstat(path); err == nil {
		t.Error("the socket stays after Close")
	}
}

func TestWhatIsNoSocketStays(t *testing.T) {
	dir := t.TempDir()
	file, link, folder := filepath.Join(dir, "file"), filepath.Join(dir, "link"), filepath.Join(dir, "folder")
	if err := errors.Join(os.WriteFile(file, []byte("letter"), 0o644), os.Symlink(file, link), os.Mkdir(folder, 0o755)); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{file, link, folder} {
		if _, err := history.Listen(t.Context(), path); err == nil || !strings.Contains(err.Error(), "is no socket") {
			t.Errorf("%s: %v", path, err)
		}
	}
	if text, err := os.ReadFile(link); err != nil || string(text) != "letter" {
		t.Errorf("the file holds %q, error %v", text, err)
	}
}

func TestCloseLeavesWhatHasTakenItsPlace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	l, err := history.Listen(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.Remove(path), os.WriteFile(path, nil, 0o644), l.Close()); err != nil {
		t.Error(err)
	}
	if _, err := os.Lstat(path); err != nil {
		t.Error(err)
	}
}

func TestAPathThatIsTooLongIsNamed(t *testing.T) {
	path := history.Socket("/var/lib/" + strings.Repeat("x", 87)) // 101 bytes
	_, err := history.Listen(t.Context(), path)
	if err == nil || !strings.Contains(err.Error(), "101 bytes") {
		t.Errorf("listening: %v", err)
	}
	_, err = history.Client{Path: path}.Attempts(t.Context(), 1)
	if !errors.Is(err, history.ErrNobody) || !strings.Contains(err.Error(), "101 bytes") {
		t.Errorf("asking: %v", err)
	}
}
