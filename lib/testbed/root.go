package testbed

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// rootName names the private root's folder; the number rises when its contents change.
const rootName = "asterisk-sid-1"

// sharedCache is where root builds, so that every user of the machine finds it.
const sharedCache = "/var/cache/clearline"

// privateRoot returns the folder of the private Asterisk: the user's own, or the one that
// root built for everybody. It builds one when there is neither. Parallel test binaries
// wait for the one that builds.
func privateRoot(ctx context.Context, progress io.Writer) (string, error) {
	dir := sharedCache
	if cache, err := os.UserCacheDir(); err == nil {
		if own := filepath.Join(cache, "clearline", rootName); isWhole(own) {
			return own, nil
		}
		if os.Geteuid() != 0 {
			dir = filepath.Join(cache, "clearline")
		}
	}
	if shared := filepath.Join(sharedCache, rootName); isWhole(shared) {
		return shared, nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("make cache folder: %w", err)
	}
	root := filepath.Join(dir, rootName)
	unlock, err := lockFile(ctx, root+".lock", func() {
		say(progress, "waiting for another process that builds %s\n", root)
	})
	if err != nil {
		return "", err
	}
	defer unlock()
	if isWhole(root) {
		return root, nil
	}
	return root, buildRoot(ctx, root, progress)
}

func isWhole(root string) bool {
	_, err := os.Stat(filepath.Join(root, "usr/sbin/asterisk"))
	return err == nil
}

// buildRoot runs debootstrap into a temporary name beside root and renames it when whole.
func buildRoot(ctx context.Context, root string, progress io.Writer) error {
	tool, err := exec.LookPath("debootstrap")
	if err != nil {
		return errors.New("build a private asterisk: debootstrap is missing; install it (apt-get install debootstrap), or install asterisk itself at a supported version")
	}
	if os.Geteuid() != 0 {
		return errors.New("build a private asterisk: debootstrap needs root; run once: sudo scripts/demo, or install asterisk itself at a supported version")
	}
	part, err := os.MkdirTemp(filepath.Dir(root), rootName+".part-*")
	if err != nil {
		return fmt.Errorf("make folder for the private asterisk: %w", err)
	}
	defer func() { _ = os.RemoveAll(part) }()
	say(progress, "building a private asterisk in %s, about a minute and 500 MB\n", root)
	begin := time.Now()
	last, err := runDebootstrap(ctx, tool, part, progress)
	if err != nil {
		return fmt.Errorf("build a private asterisk: debootstrap: %w (last words: %s); is the network there?", err, last)
	}
	if !isWhole(part) {
		return fmt.Errorf("build a private asterisk: debootstrap left no asterisk in %s", part)
	}
	if err := os.Chmod(part, 0o755); err != nil {
		return fmt.Errorf("open the private asterisk's folder: %w", err)
	}
	if err := os.Rename(part, root); err != nil {
		return fmt.Errorf("put the private asterisk in place: %w", err)
	}
	say(progress, "private asterisk ready after %s\n", time.Since(begin).Round(time.Second))
	return nil
}

// runDebootstrap reports each of debootstrap's stages once and returns its last line.
func runDebootstrap(ctx context.Context, tool, dir string, progress io.Writer) (last string, err error) {
	cmd := exec.CommandContext(ctx, tool, "--variant=minbase", "--include=asterisk,asterisk-core-sounds-en-gsm", "sid", dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		return "", fmt.Errorf("read its output: %w", err)
	}
	cmd.Stderr = cmd.Stdout
	cmd.WaitDelay = 5 * time.Second
	if err := cmd.Start(); err != nil {
		return "", fmt.Errorf("start: %w", err)
	}
	told := map[string]bool{} // it goes to and fro between retrieving and validating
	for lines := bufio.NewScanner(out); lines.Scan(); {
		last = lines.Text()
		words := strings.Fields(last)
		if len(words) > 1 && words[0] == "I:" && !told[words[1]] {
			told[words[1]] = true
			say(progress, "debootstrap: %s\n", strings.ToLower(words[1]))
		}
	}
	return last, cmd.Wait()
}

// lockFile takes an exclusive lock on the file at path, which it creates. When another
// process holds it, waiting is called once and the lock is asked for again until ctx ends.
func lockFile(ctx context.Context, path string, waiting func()) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("open lock: %w", err)
	}
	told := false
	err = poll(ctx, 200*time.Millisecond, func() (bool, error) {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if errors.Is(err, syscall.EWOULDBLOCK) {
			if !told && waiting != nil {
				told = true
				waiting()
			}
			return false, nil
		}
		return err == nil, err
	})
	if err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	return func() { _ = f.Close() }, nil // closing gives the lock back
}
