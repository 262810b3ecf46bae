package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"clearline/lib/testbed/redisserver"
)

// fault is something that breaks in the middle of a call.
type fault struct {
	name   string
	redis  bool // the store is a Redis
	strike func(context.Context, *scene) error
	last   time.Duration // until it is mended
	mend   func(context.Context, *scene) error
	away   bool // Clearline does nothing while it lasts
	ends   bool // every call ends with it
	loses  bool // what the store holds may be lost
	clock  bool // Clearline has a clock that can jump
	beside bool // there is another node
	agi    bool // the dialplan reaches the verdict server through a wire
}

func kill(_ context.Context, s *scene) error           { s.clearline.Kill(); return nil }
func freeze(_ context.Context, s *scene) error         { return s.clearline.Freeze() }
func thaw(_ context.Context, s *scene) error           { return s.clearline.Thaw() }
func start(ctx context.Context, s *scene) error        { return s.start(ctx) }
func nothing(context.Context, *scene) error            { return nil }
func resetWire(_ context.Context, s *scene) error      { return s.wire.reset() }
func muteWire(_ context.Context, s *scene) error       { return s.wire.mute() }
func healWire(_ context.Context, s *scene) error       { return s.wire.heal() }
func freezeAsterisk(_ context.Context, s *scene) error { return s.house.Bed.Asterisk.Freeze() }
func thawAsterisk(_ context.Context, s *scene) error   { return s.house.Bed.Asterisk.Thaw() }

// terminate tells Clearline to stop, and once more when it waits for calls.
func terminate(ctx context.Context, s *scene) error {
	begun := time.Now()
	if err := s.clearline.Terminate(); err != nil {
		return err
	}
	bounded, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	for !s.logged(begun, "msg=draining") && bounded.Err() == nil {
		_ = pass(bounded, 5*time.Millisecond)
	}
	if bounded.Err() != nil { // there was no call to wait for
		return s.clearline.Wait()
	}
	return s.clearline.Stop()
}

func restartAsterisk(ctx context.Context, s *scene) error {
	s.house.Bed.Asterisk.Kill()
	return s.house.Bed.Asterisk.Restart(ctx)
}

// suffers makes a fault of the way to Redis.
func suffers(troubles ...redisserver.Trouble) func(context.Context, *scene) error {
	return func(_ context.Context, s *scene) error { return s.redis.Suffer(troubles...) }
}

// fill puts a full disk in the place of the folder of recordings.
func fill(ctx context.Context, s *scene) error {
	dir := s.house.Bed.Asterisk.RecordingDir()
	if out, err := exec.CommandContext(ctx, "mount", "-t", "tmpfs", "-o", "size=4k", "tmpfs", dir).CombinedOutput(); err != nil {
		return fmt.Errorf("mount a small disk, which needs root: %w: %s", err, out)
	}
	return os.WriteFile(filepath.Join(dir, "full"), make([]byte, 4096), 0o600)
}

// empty takes the full disk away. Recordings in progress keep it busy: it goes with the last.
func empty(ctx context.Context, s *scene) error {
	out, err := exec.CommandContext(ctx, "umount", "--lazy", s.house.Bed.Asterisk.RecordingDir()).CombinedOutput()
	if err != nil {
		return fmt.Errorf("take the small disk away: %w: %s", err, out)
	}
	return nil
}

// damage overwrites the middle of the store's file.
func damage(_ context.Context, s *scene) error {
	path := s.house.Config.Store.Path
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("damage the store: %w", err)
	}
	info, err := file.Stat()
	if err == nil {
		_, err = file.WriteAt(make([]byte, 8192), info.Size()/2)
	}
	if closed := file.Close(); err == nil {
		err = closed
	}
	return err
}

// damageAndKill damages the file of a Clearline that is killed, so that the next run finds it.
func damageAndKill(ctx context.Context, s *scene) error {
	s.clearline.Kill()
	return damage(ctx, s)
}

func muteAGI(_ context.Context, s *scene) error { return s.agi.mute() }
func healAGI(_ context.Context, s *scene) error { return s.agi.heal() }
func closeAGI(_ context.Context, s *scene) error {
	s.agi.close()
	return nil
}
func openAGI(_ context.Context, s *scene) error { return s.agi.reset() }

var (
	ahead, backAgain     = jumps("+1")
	behind, forwardAgain = jumps("-1")
)

// faults are the rows of the matrix.
var faults = []fault{
	{name: "nothing", strike: nothing, mend: nothing},
	{name: "killed, back at once", strike: kill, mend: start, away: true},
	{name: "killed, back after 12 s", strike: kill, last: 12 * time.Second, mend: start, away: true},
	{name: "frozen for 1 s", strike: freeze, last: time.Second, mend: thaw, away: true},
	{name: "frozen for 4 s", strike: freeze, last: 4 * time.Second, mend: thaw, away: true},
	{name: "frozen for 30 s", strike: freeze, last: 30 * time.Second, mend: thaw, away: true},
	{name: "told to stop, back at once", strike: terminate, mend: start, away: true},
	{name: "connection to Asterisk reset", strike: resetWire, mend: nothing},
	{name: "connection to Asterisk half open for 4 s", strike: muteWire, last: 4 * time.Second, mend: healWire, away: true},
	{name: "Asterisk frozen for 3 s", strike: freezeAsterisk, last: 3 * time.Second, mend: thawAsterisk, away: true},
	{name: "Asterisk killed, back at once", strike: restartAsterisk, mend: nothing, ends: true},
	{name: "verdict server gone for 4 s", agi: true, strike: closeAGI, last: 4 * time.Second, mend: openAGI},
	{name: "verdict server silent for 4 s", agi: true, strike: muteAGI, last: 4 * time.Second, mend: healAGI},
	{name: "clock jumps an hour ahead for 4 s", clock: true, strike: ahead, last: 4 * time.Second, mend: backAgain},
	{name: "clock jumps an hour back for 4 s", clock: true, strike: behind, last: 4 * time.Second, mend: forwardAgain},
	{name: "no room for recordings", strike: fill, last: 8 * time.Second, mend: empty},
	{name: "store's file damaged", strike: damage, mend: nothing, loses: true},
	{name: "store's file damaged, killed, back at once", strike: damageAndKill, mend: start, away: true, loses: true},
	{
		name: "Redis gone", redis: true, mend: func(ctx context.Context, s *scene) error { return s.redis.Restart(ctx) },
		strike: func(_ context.Context, s *scene) error { return s.redis.Stop() }, last: 4 * time.Second,
	},
	{name: "Redis silent for 4 s", redis: true, strike: suffers(redisserver.Mute()...), last: 4 * time.Second, mend: suffers()},
	{name: "Redis 2 s late", redis: true, strike: suffers(redisserver.Late(2 * time.Second)), last: 4 * time.Second, mend: suffers()},
	{
		name: "Redis answers errors for 4 s", redis: true, last: 4 * time.Second,
		strike: func(ctx context.Context, s *scene) error { return s.redis.Fail(ctx, true) },
		mend:   func(ctx context.Context, s *scene) error { return s.redis.Fail(ctx, false) },
	},
	{
		name: "Redis gone, killed, back at once", redis: true, away: true, last: 500 * time.Millisecond,
		strike: func(_ context.Context, s *scene) error {
			s.clearline.Kill()
			return s.redis.Stop()
		},
		mend: func(ctx context.Context, s *scene) error {
			if err := s.start(ctx); err != nil {
				return err
			}
			return s.redis.Restart(ctx)
		},
	},
	{name: "another node frozen for 4 s", redis: true, beside: true, strike: freezeBeside, last: 4 * time.Second, mend: thawBeside},
	{name: "another node killed", redis: true, beside: true, strike: killBeside, mend: nothing},
}
