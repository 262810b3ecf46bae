package boltstore_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"clearline/lib/call"
	"clearline/lib/store"
	"clearline/lib/store/boltstore"
)

// asChild makes TestChild be what another test runs as a process of its own: what it says,
// and the path of the file behind a blank.
const asChild = "CLEARLINE_TEST_STORE_CHILD"

// TestChild is a process of another test.
func TestChild(t *testing.T) {
	what, path, _ := strings.Cut(os.Getenv(asChild), " ")
	switch what {
	case "write":
		writeForEver(t, path)
	case "open":
		fmt.Println("opening")
		open(t, path)
	case "fill":
		fillTheDisk(t, path)
	}
}

// child is the test's own program as a process that does something with a file.
func child(t *testing.T, what, path string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestChild$", "-test.v")
	cmd.Env = append(os.Environ(), asChild+"="+what+" "+path, "GORACE=atexit_sleep_ms=0")
	return cmd
}

// writeForEver says the number of each change once it is acknowledged.
func writeForEver(t *testing.T, path string) {
	s := open(t, path)
	records, err := s.Records(t.Context(), 1e6)
	if err != nil {
		t.Fatal(err)
	}
	for n := len(records); ; n++ {
		c := happenings(n)
		if n%7 == 0 { // more than one page, so that the file grows too
			c.Save = []store.Saved{{ID: "big", Line: "flat-1", State: []byte(`"` + strings.Repeat("x", n%9*pageSize) + `"`), Pending: []byte(`[]`)}}
		}
		if err := s.Apply(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		fmt.Printf("acknowledged %d\n", n)
	}
}

// TestWhatWasAcknowledgedSurvivesBeingKilled kills a process in the middle of its writes,
// again and again, and looks at what it leaves.
func TestWhatWasAcknowledgedSurvivesBeingKilled(t *testing.T) {
	inMemory(t)
	path := filepath.Join(t.TempDir(), "clearline.db")
	last := -1
	for range 20 {
		cmd := child(t, "write", path)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		stop := last + 1 + rand.IntN(40)
		killed := false
		for lines := bufio.NewScanner(out); lines.Scan(); {
			var n int
			if _, err := fmt.Sscanf(lines.Text(), "acknowledged %d", &n); err != nil {
				continue
			}
			if last = n; n >= stop && !killed {
				killed = true
				time.AfterFunc(time.Duration(rand.IntN(2000))*time.Microsecond, func() { _ = cmd.Process.Kill() })
			}
		}
		if err := cmd.Wait(); !killed {
			t.Fatalf("the process ended by itself: %v", err)
		}
		s := open(t, path)
		if s.Repaired() != nil {
			t.Fatalf("killed after %d: %+v", last, s.Repaired())
		}
		records, err := s.Records(t.Context(), 1e6)
		if err != nil || len(records) < last+1 || len(records) > last+2 {
			t.Fatalf("%d changes were acknowledged, and %d are there, error %v", last+1, len(records), err)
		}
		last = len(records) - 1
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d changes survived", last+1)
}

// TestARepairThatIsKilledIsDoneAgain kills a process while it repairs a file, at random
// moments, and lets another one open what it leaves.
func TestARepairThatIsKilledIsDoneAgain(t *testing.T) {
	inMemory(t)
	x := newSample(t)
	damaged := bytes.Clone(x.file)
	clear(damaged[len(damaged)/2:])
	for n := range 10 {
		path := filepath.Join(t.TempDir(), fmt.Sprint(n), "clearline.db")
		write(t, path, damaged)
		write(t, filepath.Join(filepath.Dir(path), "snapshots", x.name), x.snapshot)
		cmd := child(t, "open", path)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if lines.Text() == "opening" {
				time.AfterFunc(time.Duration(rand.IntN(12_000))*time.Microsecond, func() { _ = cmd.Process.Kill() })
			}
		}
		_ = cmd.Wait() // it may have come to its end
		s := open(t, path)
		if got := contents(t, s); got["lists"] != x.now["lists"] && got["lists"] != x.before["lists"] || got["history of calls"] == "null" {
			t.Errorf("killed, it leaves %v", got)
		}
		aside, err := filepath.Glob(path + ".damaged-*")
		if err != nil || len(aside) == 0 {
			t.Fatalf("the damaged file is nowhere: %v", err)
		}
		for _, name := range aside {
			if kept, err := os.ReadFile(name); err != nil || !bytes.Equal(kept, damaged) {
				t.Errorf("%s is not the damaged file: %v", name, err)
			}
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

// fillTheDisk writes until a limit on the size of files keeps it from writing, as a disk
// that is full does, and goes on when the limit is lifted.
func fillTheDisk(t *testing.T, path string) {
	signal.Ignore(syscall.SIGXFSZ)
	s := open(t, path)
	var unlimited syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &unlimited); err != nil {
		t.Fatal(err)
	}
	limited := unlimited
	limited.Cur = 1 << 20
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limited); err != nil {
		t.Fatal(err)
	}
	n, refused := 0, 0
	write := func() error {
		c := happenings(n)
		c.Records[0].Recording = call.RecordingID(strings.Repeat("x", 4*pageSize))
		return s.Apply(t.Context(), c)
	}
	for refused < 5 {
		if err := write(); err == nil {
			n++
		} else if refused++; !strings.Contains(err.Error(), syscall.EFBIG.Error()) {
			t.Errorf("refused with %v", err)
		}
	}
	if records, err := s.Records(t.Context(), 1e6); err != nil || len(records) != n {
		t.Errorf("while the disk is full: %d of %d records, error %v", len(records), n, err)
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &unlimited); err != nil {
		t.Fatal(err)
	}
	for range 10 {
		if err := write(); err != nil {
			t.Fatalf("with room again: %v", err)
		}
		n++
	}
	want := contents(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, path)
	defer s.Close()
	if got := contents(t, s); got["history of calls"] != want["history of calls"] || s.Repaired() != nil {
		t.Errorf("opened again, it holds something else: %+v", s.Repaired())
	}
	fmt.Printf("written %d\n", n)
}

func TestADiskThatIsFullIsWrittenToWhenThereIsRoom(t *testing.T) {
	inMemory(t)
	out, err := child(t, "fill", filepath.Join(t.TempDir(), "clearline.db")).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "written") {
		t.Errorf("%s, error %v", out, err)
	}
}

// TestASmallDisk does the same on a real file system that is full.
func TestASmallDisk(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=1m"); err != nil {
		t.Skipf("no file system can be mounted here: %v", err)
	}
	defer func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	}()
	path, ballast := filepath.Join(dir, "clearline.db"), filepath.Join(dir, "ballast")
	s := open(t, path)
	if err := s.Apply(t.Context(), happenings(0)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(ballast, make([]byte, 2<<20), 0o600); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("the disk does not fill: %v", err)
	}
	refused := 0
	for n := 1; refused < 5; n++ {
		err := s.Apply(t.Context(), happenings(n))
		if err != nil && !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("refused with %v", err)
		}
		if err != nil {
			refused++
		}
	}
	if _, err := s.Snapshot(t.Context()); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("a snapshot where nothing can be written: %v", err)
	}
	if left, err := filepath.Glob(filepath.Join(dir, "snapshots", "*")); err != nil || len(left) != 0 {
		t.Errorf("the snapshot that failed leaves %q, error %v", left, err)
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	for n := range 50 {
		if err := s.Apply(t.Context(), happenings(n)); err != nil {
			t.Fatalf("with room again: %v", err)
		}
	}
	want := contents(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s, err := boltstore.Open(path, boltstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got := contents(t, s); got["history of calls"] != want["history of calls"] || s.Repaired() != nil {
		t.Errorf("opened again, it holds something else: %+v", s.Repaired())
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}
