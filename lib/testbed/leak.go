package testbed

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Baseline is what was there before a scenario: the leak check compares with it.
type Baseline struct {
	goroutines map[string]int // by the function that was started
	handles    map[string]int // Asterisk's open files and sockets, by kind
	pid        int
}

// OfAsterisk is the baseline without this process's own goroutines: what else runs in it
// may change.
func (b Baseline) OfAsterisk() Baseline {
	b.goroutines = nil
	return b
}

// leakTime bounds how long things may take to be given back. The slowest is the socket of
// a leg whose phone never answered at all: SIP's timer B, 6.4 s here.
const leakTime = 10 * time.Second

// Baseline remembers what is there now, with no calls up.
func (b *Bed) Baseline() Baseline {
	if b.Asterisk == nil {
		return Baseline{goroutines: goroutines()}
	}
	pid := b.Asterisk.PID()
	return Baseline{goroutines(), handles(pid), pid}
}

// Settle waits until this process starts and ends no more goroutines, as it does for a
// moment after something has moved in: what a Baseline finds afterwards stays.
func (b *Bed) Settle(ctx context.Context) {
	const calm = 5 // looks in a row that find the same
	ctx, cancel := context.WithTimeout(ctx, leakTime)
	defer cancel()
	var before map[string]int
	same := 0
	_ = poll(ctx, 20*time.Millisecond, func() (bool, error) { // who never settles is noticed by a Baseline
		now := goroutines()
		if same++; !maps.Equal(now, before) {
			before, same = now, 0
		}
		return same >= calm, nil
	})
}

// CheckNothingLeft waits until everything since the baseline has been given back and
// otherwise says what has not: channels, bridges, SIP sessions, recordings in progress,
// goroutines of this process, files and sockets of Asterisk. Phones must have been
// stopped before. Handles are not compared when Asterisk was restarted since.
func (b *Bed) CheckNothingLeft(ctx context.Context, base Baseline) error {
	bounded, cancel := context.WithTimeout(ctx, leakTime)
	defer cancel()
	var left error
	err := poll(bounded, 100*time.Millisecond, func() (bool, error) {
		b.closeStopped()
		left = b.left(ctx, base) // not bounded: its end would look like a leak
		return left == nil, nil
	})
	if err == nil {
		b.forgetStopped()
		return nil
	}
	return fmt.Errorf("check that nothing is left: %w", left)
}

// left lists what is still there.
func (b *Bed) left(ctx context.Context, base Baseline) error {
	return errors.Join(
		b.leftInARI(ctx, "channels", "id", "name", "state"),
		b.leftInARI(ctx, "bridges", "id", "name", "bridge_class"),
		b.leftSessions(ctx),
		b.leftRecordings(),
		leftGoroutines(base.goroutines),
		b.leftHandles(base),
	)
}

func (b *Bed) leftInARI(ctx context.Context, what string, show ...string) error {
	var items []map[string]any
	if err := b.Asterisk.ari.get(ctx, "/"+what, &items); err != nil {
		return err
	}
	found := map[any]string{} // one whose state changes just now is listed in both states
	for _, item := range items {
		var words []string
		for _, key := range show {
			words = append(words, fmt.Sprint(item[key]))
		}
		found[item["id"]] = strings.Join(words, " ")
	}
	if len(found) > 0 {
		return fmt.Errorf("%d %s: %s", len(found), what, strings.Join(slices.Sorted(maps.Values(found)), "; "))
	}
	return nil
}

func (b *Bed) leftSessions(ctx context.Context) error {
	out, err := b.Asterisk.CLI(ctx, "pjsip show channels")
	if err != nil {
		return err
	}
	if !strings.Contains(out, "No objects found") {
		return fmt.Errorf("sip sessions: %s", strings.Join(strings.Fields(out), " "))
	}
	return nil
}

// leftRecordings finds recordings that Asterisk has open: those in progress.
func (b *Bed) leftRecordings() error {
	var open []string
	for _, target := range openFiles(b.Asterisk.PID()) {
		if strings.HasPrefix(target, b.Asterisk.RecordingDir()) {
			open = append(open, filepath.Base(target))
		}
	}
	if len(open) > 0 {
		return fmt.Errorf("recordings in progress: %s", strings.Join(open, ", "))
	}
	return nil
}

func (b *Bed) leftHandles(base Baseline) error {
	if b.Asterisk.PID() != base.pid {
		return nil
	}
	return more("asterisk's handles", base.handles, handles(base.pid))
}

// openFiles lists what a process's file handles point to.
func openFiles(pid int) []string {
	dir := fmt.Sprintf("/proc/%d/fd", pid)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	var targets []string
	for _, e := range entries {
		if target, err := os.Readlink(filepath.Join(dir, e.Name())); err == nil {
			targets = append(targets, target)
		}
	}
	return targets
}

// handles counts a process's handles by kind. TCP and unix connections do not count: they
// are HTTP and command line clients that come and go on their own.
func handles(pid int) map[string]int {
	media := mediaSockets(pid)
	count := map[string]int{}
	for _, target := range openFiles(pid) {
		inode, isSocket := strings.CutPrefix(target, "socket:")
		switch {
		case isSocket && media[strings.Trim(inode, "[]")]:
			count["RTP socket"]++
		case isSocket:
		case strings.HasPrefix(target, "pipe:"):
			count["pipe"]++
		default:
			count[target]++
		}
	}
	return count
}

// mediaSockets returns the inodes of the sockets that carry audio, by their ports: what
// Asterisk asks a name server is no leg's.
func mediaSockets(pid int) map[string]bool {
	set := map[string]bool{}
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/net/udp", pid))
	if err != nil {
		return set
	}
	for _, line := range strings.Split(string(text), "\n") {
		f := strings.Fields(line)
		if len(f) < 10 {
			continue
		}
		_, port, _ := strings.Cut(f[1], ":")
		if n, err := strconv.ParseUint(port, 16, 16); err == nil && rtpFirst <= n && n <= rtpLast {
			set[f[9]] = true
		}
	}
	return set
}

var createdBy = regexp.MustCompile(`(?m)^created by (\S+)`)

// ownGoroutine names what belongs to the testbed itself or to the Go runtime and may
// come and go: idle HTTP connections end by their own time-out, and so does what a test
// carries them with (tampering); what reads a command's output, a moment after the command.
var ownGoroutine = regexp.MustCompile(`^(net/http\.|os/signal\.|os/exec\.|runtime|testing\.|clearline/lib/app_test\.\(\*tampering\))`)

// goroutines counts this process's goroutines by the function that started them.
func goroutines() map[string]int {
	buf := make([]byte, 1<<20)
	for {
		n := runtime.Stack(buf, true)
		if n < len(buf) {
			buf = buf[:n]
			break
		}
		buf = make([]byte, 2*len(buf))
	}
	count := map[string]int{}
	for _, m := range createdBy.FindAllStringSubmatch(string(buf), -1) {
		if !ownGoroutine.MatchString(m[1]) {
			count[m[1]]++
		}
	}
	return count
}

func leftGoroutines(base map[string]int) error {
	if base == nil {
		return nil
	}
	return more("goroutines started by", base, goroutines())
}

// more names what there is more of now than before.
func more(what string, before, now map[string]int) error {
	var grown []string
	for _, key := range slices.Sorted(maps.Keys(now)) {
		if now[key] > before[key] {
			grown = append(grown, fmt.Sprintf("%s (%d, was %d)", key, now[key], before[key]))
		}
	}
	if len(grown) == 0 {
		return nil
	}
	return fmt.Errorf("%s: %s", what, strings.Join(grown, ", "))
}
