package storetest

import (
	"slices"
	"testing"

	"clearline/lib/call"
	"clearline/lib/store"
)

// messageKept is a message that is left, heard, and deleted: each time the record comes in the
// place of the one before, and outlives a restart.
func messageKept(t *testing.T, open func() store.Store) {
	s := open()
	left := record(1)
	left.Cause, left.Recording, left.Message = call.MessageLeft, "0001-message-2", call.NewMessage
	apply(t, s, store.Changes{Records: []call.Record{record(2), left, record(3)}})
	saved := left
	saved.Message, saved.Saved, saved.Instead = call.SavedMessage, left.Ended, call.NoAnswer
	deleted := left
	deleted.Message, deleted.Recording = call.Deleted, ""
	for _, now := range []call.Record{saved, deleted} {
		apply(t, s, store.Changes{Records: []call.Record{now}})
		must(t, s.Close())
		s = open()
		records, err := s.Records(t.Context(), 10)
		must(t, err)
		if len(records) != 3 || records[2] != now {
			t.Errorf("%d records, that of the message %+v, want %+v", len(records), records[len(records)-1], now)
		}
	}
	must(t, s.Close())
}

func recordedApart(t *testing.T, open func() store.Store) {
	s := opened(t, open)
	with, without, other := record(1), record(2), record(3)
	with.Recording, without.Recording, other.Recording = "0001-purpose-2", "", "0003-message-9"
	other.Line = "flat-9"
	apply(t, s, store.Changes{Records: []call.Record{with, without, other}})
	found := func(want ...call.ID) {
		t.Helper()
		records, err := s.Recorded(t.Context())
		must(t, err)
		var ids []call.ID
		for _, r := range records {
			ids = append(ids, r.ID)
		}
		slices.Sort(ids)
		if !slices.Equal(ids, want) {
			t.Errorf("recorded are %v, want %v", ids, want)
		}
	}
	found("0001", "0003")
	with.Recording = ""
	apply(t, s, store.Changes{Records: []call.Record{with}})
	found("0003")
}
