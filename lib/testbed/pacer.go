package testbed

import (
	"sync"
	"sync/atomic"
	"time"
)

// frameTime is the length of one RTP packet's audio, frameSize its samples.
const (
	frameTime = 20 * time.Millisecond
	frameSize = 160
)

// Pacer sends everybody's audio: one ticker for all calls, so that a hundred phones in
// one process keep pace.
type Pacer struct {
	mu    sync.Mutex
	lines map[*mouth]struct{}
	stop  chan struct{}
	done  chan struct{}

	worst   atomic.Int64 // nanoseconds
	skipped atomic.Int64
	stalls  []stall // guarded by mu
}

// stall is a time in which this process did not run though it was due: the machine was
// paused, or others had it.
type stall struct{ from, to time.Time }

// leastStall is more than a machine at work delays a tick.
const leastStall = 60 * time.Millisecond

// leastKeyTime lies between two frames of a key, also when frames are made good: no
// telephone presses keys much faster than its owner does, and Asterisk takes keys without
// a pause between them for others.
const leastKeyTime = 3 * frameTime / 4

// catchUp is how many frames late the pacer makes good; older ones are dropped.
const catchUp = 25

// NewPacer starts pacing. The caller closes it.
func NewPacer() *Pacer {
	p := &Pacer{lines: map[*mouth]struct{}{}, stop: make(chan struct{}), done: make(chan struct{})}
	go p.run()
	return p
}

// Close ends pacing.
func (p *Pacer) Close() {
	close(p.stop)
	<-p.done
}

// Worst is the longest a frame was late since the last call to Worst, and how many frames
// were dropped altogether because the machine was too slow.
func (p *Pacer) Worst() (late time.Duration, dropped int) {
	return time.Duration(p.worst.Swap(0)), int(p.skipped.Load())
}

// Stalled is how much of the time between two moments this process stood still. What a
// test measures of something else holds for a machine that runs: it takes this off.
func (p *Pacer) Stalled(from, to time.Time) (sum time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range p.stalls {
		begin, end := s.from, s.to
		if begin.Before(from) {
			begin = from
		}
		if end.After(to) {
			end = to
		}
		sum += max(0, end.Sub(begin))
	}
	return sum
}

func (p *Pacer) add(m *mouth) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lines[m] = struct{}{}
}

func (p *Pacer) drop(m *mouth) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.lines, m)
}

func (p *Pacer) run() {
	defer close(p.done)
	tick := time.NewTicker(frameTime)
	defer tick.Stop()
	begin := time.Now()
	woke := begin
	sent := 0
	var pressed time.Time // when keys were given a frame
	for {
		select {
		case <-p.stop:
			return
		case <-tick.C:
		}
		now := time.Now()
		if now.Sub(woke) > leastStall {
			p.mu.Lock()
			p.stalls = append(p.stalls, stall{woke.Add(frameTime), now})
			p.mu.Unlock()
		}
		woke = now
		elapsed := now.Sub(begin)
		due := int(elapsed / frameTime)
		if late := elapsed - time.Duration(sent+1)*frameTime; late > time.Duration(p.worst.Load()) {
			p.worst.Store(int64(late))
		}
		if behind := due - sent; behind > catchUp {
			p.skipped.Add(int64(behind - catchUp))
			sent = due - catchUp
		}
		for ; sent < due; sent++ {
			now := time.Now()
			keys := now.Sub(pressed) >= leastKeyTime
			if keys {
				pressed = now
			}
			p.mu.Lock()
			for m := range p.lines {
				m.tick(keys)
			}
			p.mu.Unlock()
		}
	}
}
