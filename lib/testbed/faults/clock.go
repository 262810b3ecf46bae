package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// clockEnv names the file that holds how far a clock has jumped.
const clockEnv = "CLEARLINE_TEST_CLOCK"

// A machine's clock cannot be set for one program. So the program is built with a time.Now
// that adds what a file says, as a sign and one digit of hours: "+1" or "-1". The monotonic
// part, which timers go by, is as it was: that is what a jump of the clock does.
const (
	trueClock    = "	sec, nsec, mono := runtimeNow()\n"
	jumpingClock = trueClock + "	sec += jumped.Load()\n"
	jump         = `
var jumped atomic.Int64 // seconds

// The file is read beside everything else: Now is also called where nothing may block.
func init() {
	file, set := syscall.Getenv("` + clockEnv + `")
	if !set {
		return
	}
	go func() {
		for ; ; Sleep(10 * Millisecond) {
			jumped.Store(readJump(file))
		}
	}()
}

func readJump(file string) int64 {
	fd, err := syscall.Open(file, syscall.O_RDONLY, 0)
	if err != nil {
		return 0
	}
	var text [2]byte
	n, _ := syscall.Read(fd, text[:])
	_ = syscall.Close(fd)
	if n != len(text) {
		return 0
	}
	hours := int64(text[1] - '0')
	if text[0] == '-' {
		hours = -hours
	}
	return hours * 3600
}
`
)

// jumping is the name of the program whose clock can jump.
const jumping = "clearline-jumping"

// buildJumping compiles the program with a clock that can jump.
func buildJumping(ctx context.Context, dir string) error {
	root, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
	if err != nil {
		return fmt.Errorf("find Go: %w", err)
	}
	original := filepath.Join(strings.TrimSpace(string(root)), "src/time/time.go")
	text, err := os.ReadFile(original)
	if err != nil {
		return err
	}
	whole := strings.Replace(string(text), trueClock, jumpingClock, 1)
	if whole == string(text) {
		return errors.New("this Go reads the clock in another way: mend lib/testbed/faults/clock.go")
	}
	whole = strings.Replace(whole, "import (\n", "import (\n\t\"sync/atomic\"\n\t\"syscall\"\n", 1)
	changed := filepath.Join(dir, "time.go")
	overlay, err := json.Marshal(map[string]map[string]string{"Replace": {original: changed}})
	if err != nil {
		return err
	}
	list, binary := filepath.Join(dir, "overlay.json"), filepath.Join(dir, jumping)
	if err := errors.Join(os.WriteFile(changed, []byte(whole+jump), 0o600), os.WriteFile(list, overlay, 0o600)); err != nil {
		return err
	}
	out, err := exec.CommandContext(ctx, "go", "build", "-overlay", list, "-o", binary, "clearline/ari-app").CombinedOutput()
	if err != nil {
		return fmt.Errorf("build clearline with a clock that jumps: %w\n%s", err, out)
	}
	return nil
}

// jumps makes a fault of a clock that jumps by a sign and a digit of hours, and jumps back.
func jumps(hours string) (strike, mend func(context.Context, *scene) error) {
	strike = func(_ context.Context, s *scene) error { return os.WriteFile(s.clock, []byte(hours), 0o600) }
	mend = func(_ context.Context, s *scene) error { return os.Remove(s.clock) }
	return strike, mend
}
