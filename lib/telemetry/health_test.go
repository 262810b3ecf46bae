package telemetry

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestAPartThatFailsIsToldOncePerChange(t *testing.T) {
	var told []string
	h := NewHealth(func(p Part) { told = append(told, fmt.Sprintf("%s %s", p.Name, p.State)) })
	h.Add("store", true, nil)
	h.Add("ari", true, nil)
	down := errors.New("down")
	for _, err := range []error{nil, nil, down, down, errors.New("still down"), nil, nil, down} {
		h.Report("store", err)
	}
	h.Report("ari", down) // it was never well
	h.Report("nobody", down)
	if got := strings.Join(told, ", "); got != "store failed, store ok, store failed, ari failed" {
		t.Errorf("told: %s", got)
	}
}

func TestAPartKeepsSinceWhenItIsSoAndItsLastError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := NewHealth(func(Part) {})
		h.Add("store", true, nil)
		begun := time.Now()
		pass := func(err error) Part {
			time.Sleep(time.Minute)
			h.Report("store", err)
			return h.Parts()[0]
		}
		pass(nil)
		pass(errors.New("down"))
		p := pass(errors.New("still down"))
		if p.State != Failed || p.Since.Sub(begun) != 2*time.Minute || p.LastError != "still down" || p.LastErrorAt.Sub(begun) != 3*time.Minute {
			t.Errorf("while it fails: %+v", p)
		}
		p = pass(nil)
		if p.State != Well || p.Since.Sub(begun) != 4*time.Minute || p.LastError != "still down" || p.LastErrorAt.Sub(begun) != 3*time.Minute {
			t.Errorf("when it is back: %+v", p)
		}
	})
}

func TestAProbeThatNeverReturnsHoldsNobodyUpAndIsNotRunTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := NewHealth(func(Part) {})
		release := make(chan struct{})
		var runs atomic.Int32
		h.Add("store", true, func(context.Context) error { runs.Add(1); <-release; return nil })
		h.Add("prompts", true, func(context.Context) error { return nil })
		begun := time.Now()
		parts := h.Check()
		if took := time.Since(begun); took != 2*time.Second {
			t.Errorf("the first check took %v", took)
		}
		if parts[0].State != Failed || parts[0].LastError != "no answer for 2s" || parts[1].State != Well {
			t.Errorf("parts are %+v", parts)
		}
		time.Sleep(3 * time.Second)
		begun = time.Now()
		if parts = h.Check(); time.Since(begun) != 0 || parts[0].LastError != "no answer for 5s" || runs.Load() != 1 {
			t.Errorf("the second check took %v, ran the probe %d times, and says %+v", time.Since(begun), runs.Load(), parts[0])
		}
		close(release)
		synctest.Wait()
		if p := h.Parts()[0]; p.State != Well {
			t.Errorf("a probe that returned at last: %+v", p)
		}
	})
}

func TestPartsAreNotAskedMoreOftenThanOnceASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, runs := NewHealth(func(Part) {}), 0
		h.Add("store", true, func(context.Context) error { runs++; return nil })
		for range 100 {
			h.Check()
		}
		time.Sleep(time.Second)
		h.Check()
		if runs != 2 {
			t.Errorf("asked %d times", runs)
		}
	})
}

func TestAHeartNamesWhatIsStuckAndForHowLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, release := NewHeart(), make(chan struct{})
		h.Add("engine", func() error { <-release; return nil })
		h.Add("events", func() error { return errors.New("not taken") })
		h.Add("other", func() error { return nil })
		for _, want := range []string{"engine: stuck for 1s\nevents: not taken", "engine: stuck for 2s\nevents: not taken"} {
			if err := h.Beat(); err == nil || err.Error() != want {
				t.Errorf("stuck: %v, want %s", err, want)
			}
			time.Sleep(time.Second)
		}
		close(release)
		synctest.Wait()
		if err := h.Beat(); err == nil || err.Error() != "events: not taken" {
			t.Errorf("when it works again: %v", err)
		}
	})
}

func TestManyMayAskAHeartAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := NewHeart()
		var calls atomic.Int32
		h.Add("engine", func() error { calls.Add(1); time.Sleep(900 * time.Millisecond); return nil }) // a lock that is held for a while
		answers := make(chan error, 2)
		go func() { answers <- h.Beat() }()
		time.Sleep(500 * time.Millisecond)
		go func() { answers <- h.Beat() }()
		for range 2 {
			if err := <-answers; err != nil {
				t.Errorf("a heart that beats slowly: %v", err)
			}
		}
		if calls.Load() != 1 {
			t.Errorf("the organ was called %d times", calls.Load())
		}
	})
}

func TestRoomIsThereOrNot(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	sealed := filepath.Join(dir, "sealed")
	if err := os.Mkdir(sealed, 0o500); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		dir  string
		need uint64
		want string
	}{
		"a folder with room":            {dir, 1, ""},
		"a folder that is not there":    {filepath.Join(dir, "gone"), 1, "gone: no such file or directory"},
		"a file":                        {file, 1, "is no folder"},
		"a folder nobody may write to":  {sealed, 1, "nobody may write"},
		"a disk with too little room":   {dir, 1 << 62, "are needed"},
		"a disk that cannot be written": {"/proc", 1, "/proc"},
	} {
		t.Run(name, func(t *testing.T) {
			err := Room(c.dir, c.need)
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}
