package engine

import (
	"maps"
	"strings"
	"time"

	"clearline/lib/call"
)

const (
	sweepEvery  = time.Minute
	straysEvery = time.Hour
)

// sweep removes recordings whose time is over, until the engine is closed.
func (e *Engine) sweep() {
	ticker := time.NewTicker(sweepEvery)
	defer ticker.Stop()
	var strays time.Time
	for {
		now := time.Now()
		e.sweepKept(now)
		if now.Sub(strays) >= straysEvery && e.sweepStrays(now) {
			strays = now
		}
		select {
		case <-ticker.C:
		case <-e.closing:
			return
		}
	}
}

// sweepKept removes recordings that records point to.
func (e *Engine) sweepKept(now time.Time) {
	e.mu.Lock()
	maps.DeleteFunc(e.gone, func(_ call.ID, since time.Time) bool { return now.Sub(since) > straysEvery })
	var over []call.Record
	for _, r := range e.kept {
		if !now.Before(e.opts.Boxes.until(r)) {
			over = append(over, r)
		}
	}
	e.mu.Unlock()
	for _, r := range over {
		if !e.remove(r.Recording) {
			continue
		}
		if r.Message != call.NoMessage && r.Message != call.Deleted {
			r.Message = call.Expired
		}
		e.forgotten(r)
		e.opts.Log.Info("recording removed, its time is over", "line", r.Line, "call", r.ID)
	}
}

// until is when the time of a recording is over. That of a message which is deleted is.
func (b *Boxes) until(r call.Record) time.Time {
	switch {
	case r.Message == call.Deleted:
		return time.Time{}
	case r.Message == call.SavedMessage && r.Saved.After(r.Ended):
		return r.Saved.Add(b.Keep)
	case r.Recording.IsMessage():
		return r.Ended.Add(b.Keep)
	case r.Approved:
		return r.Ended.Add(b.KeepAccepted)
	}
	return r.Ended.Add(b.KeepRefused)
}

// sweepStrays removes recordings that no record points to: of calls that are no longer in the
// history, or that were cut short. It reports whether it could: before the store has been
// read it is not known what records point to.
func (e *Engine) sweepStrays(now time.Time) bool {
	e.mu.Lock()
	read := e.early == nil
	used := make(map[call.RecordingID]bool, len(e.kept))
	for _, r := range e.kept {
		used[r.Recording] = true
	}
	for id := range e.calls {
		used[call.RecordingID(id)] = true
	}
	for _, s := range e.asleep {
		used[call.RecordingID(s.saved.ID)] = true
	}
	e.mu.Unlock()
	if !read {
		return false
	}
	boxes := &e.opts.Boxes
	var over []call.RecordingID
	err := boxes.Files.Each(func(id call.RecordingID, written time.Time) {
		keep := max(boxes.KeepAccepted, boxes.KeepRefused)
		switch {
		case id.IsMessage():
			keep = boxes.Keep
		case id.IsTake(): // nobody has said that it is to be kept, or it is by now
			keep = straysEvery
		}
		of, _, _ := strings.Cut(string(id), "-")
		if !used[id] && !used[call.RecordingID(of)] && now.Sub(written) >= keep {
			over = append(over, id)
		}
	})
	if err != nil {
		e.opts.Log.Warn("old recordings are not looked for", "err", err)
		return false
	}
	for _, id := range over {
		if e.remove(id) {
			e.opts.Log.Info("recording of no call removed, its time is over", "recording", id)
		}
	}
	return true
}
