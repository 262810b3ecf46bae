package engine_test

import (
	"errors"
	"testing"
	"time"

	"clearline/lib/call"
	"clearline/lib/engine"
)

// shelf is a folder of recordings.
type shelf map[call.RecordingID]bool // true: it cannot be removed

func (s shelf) Has(id call.RecordingID) bool {
	_, there := s[id]
	return there
}

func (s shelf) Remove(id call.RecordingID) error {
	if s[id] {
		return errors.New("the disk is read-only")
	}
	delete(s, id)
	return nil
}

func (s shelf) Each(each func(call.RecordingID, time.Time)) error {
	for id := range s {
		each(id, time.Now())
	}
	return nil
}

func TestWhatACallerSaidIsErasedForGood(t *testing.T) {
	in(t, func(t *testing.T) {
		files := shelf{"call8-purpose-3": false, "call9-message-4": false, "call7-purpose-3": true}
		r := newRig(t, func(o *engine.Options, m *memory) {
			o.Boxes.Files = files
			o.Boxes.Keep, o.Boxes.KeepAccepted, o.Boxes.KeepRefused = time.Hour, time.Hour, time.Hour
			for id := range files {
				m.records = append(m.records, call.Record{
					ID: call.ID(id[:5]), Line: "flat-1", Arrived: time.Now(), Ended: time.Now(), Cause: call.Refused, Recording: id,
				})
			}
		})
		settle()
		for _, id := range []call.ID{"call8", "call9", "call8", "call1"} {
			if err := r.Erase(id); err != nil {
				t.Errorf("erasing %s: %v", id, err)
			}
		}
		if err := r.Erase("call7"); !errors.Is(err, engine.ErrStays) {
			t.Errorf("erasing what cannot be removed gives %v", err)
		}
		if len(files) != 1 || !files.Has("call7-purpose-3") {
			t.Errorf("left are %v", files)
		}
		last := map[call.ID]call.Record{}
		for _, record := range r.store.history() {
			last[record.ID] = record
		}
		for id, want := range map[call.ID]call.Record{
			"call7": {Recording: "call7-purpose-3"}, "call8": {}, "call9": {Message: call.Deleted},
		} {
			if got := last[id]; got.Recording != want.Recording || got.Message != want.Message || got.Cause != call.Refused {
				t.Errorf("the history has %+v", got)
			}
		}
		r.Close()
	})
}
