package testbed

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"time"
)

// FollowLog hands each new line of Asterisk's log to line, with the time Asterisk gave
// it, until ctx ends. It begins at the end of the log as it is now.
func (a *Asterisk) FollowLog(ctx context.Context, line func(at time.Time, text string)) error {
	f, err := os.Open(a.LogPath())
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	if _, err := f.Seek(0, io.SeekEnd); err != nil {
		return err
	}
	r := bufio.NewReader(f)
	part := ""
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		text, err := r.ReadString('\n')
		part += text
		switch {
		case err == nil:
			line(splitLog(strings.TrimSuffix(part, "\n")))
			part = ""
			continue
		case !errors.Is(err, io.EOF):
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// splitLog separates the time from a line such as
// "[2026-11-22 02:06:18.912] VERBOSE[29811][C-00000001] pbx.c: Executing ...".
func splitLog(line string) (time.Time, string) {
	stamp, text, found := strings.Cut(strings.TrimPrefix(line, "["), "] ")
	at, err := time.ParseInLocation("2006-01-02 15:04:05.000", stamp, time.Local)
	if !found || err != nil {
		return time.Now(), line
	}
	return at, text
}

// LogTail returns the last n lines of Asterisk's log.
func (a *Asterisk) LogTail(n int) []string {
	text, err := os.ReadFile(a.LogPath())
	if err != nil {
		return nil
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return lines[max(0, len(lines)-n):]
}
