package engine

import (
	"context"
	"time"

	"clearline/lib/call"
	"clearline/lib/flow"
)

// whispers performs what is whispered to a resident beside the call's goroutine, one order
// after another: nothing that the exchange is slow at holds up what else happens in the call,
// and what ends a whisper does not wait for its beginning.
type whispers struct {
	last <-chan struct{}    // closed when the latest order has been carried out; nil before the first
	quit context.CancelFunc // of the latest whisper
}

// A whisper that cannot be stopped is tried again: the resident may dial for help meanwhile.
const (
	hushTries = 50
	hushPause = 100 * time.Millisecond
)

// whispered performs an effect that concerns a whisper, and says whether e is one.
func (l *live) whispered(e flow.Effect, lost map[call.LegID]bool) bool {
	ctx := l.engine.ctx
	switch e := e.(type) {
	case flow.Whisper:
		if lost[e.Leg] {
			return true
		}
		ctx, l.whispers.quit = context.WithCancel(ctx)
	case flow.StopWhisper:
		if l.whispers.quit != nil {
			l.whispers.quit()
		}
	default:
		return false
	}
	before, done := l.whispers.last, make(chan struct{})
	l.whispers.last = done
	l.engine.work.Go(func() {
		defer close(done)
		if before != nil {
			<-before
		}
		err := l.contained(e, func() error { return l.whisper(ctx, e) })
		if ctx.Err() == nil { // otherwise it was stopped before it began
			l.failed(e, err)
		}
	})
	return true
}

func (l *live) whisper(ctx context.Context, e flow.Effect) (err error) {
	_, stops := e.(flow.StopWhisper)
	for range hushTries {
		if err = l.engine.opts.Exchange.Perform(ctx, e); err == nil || !stops {
			return err
		}
		select {
		case <-time.After(hushPause):
		case <-l.engine.closing:
			return err
		}
	}
	return err
}
