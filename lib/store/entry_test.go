package store_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"clearline/lib/call"
	"clearline/lib/store"
)

var entries = []call.Entry{
	{},
	{Line: "flat-1", List: call.Contacts, Pattern: "+441632960123"},
	{
		List: call.Blocks, Pattern: "name:*parcel*", Name: "Siân \x00\xff", Verify: true, Word: "7426", Source: strings.Repeat("by hand ", 100),
		Since: time.Date(2026, 3, 29, 1, 2, 3, 456789, time.UTC), Until: time.Date(9999, 12, 31, 0, 0, 0, 0, time.FixedZone("", 20700)),
	},
	{Until: time.Date(2026, 3, 29, 1, 2, 3, 0, time.UTC)},
	{Verify: true},
}

func TestAnEntryIsReadAsItWasWritten(t *testing.T) {
	for _, e := range entries {
		text, err := store.AppendEntry([]byte("before"), e)
		if err != nil || !bytes.HasPrefix(text, []byte("before")) {
			t.Fatalf("%+v is written as %q, error %v", e, text, err)
		}
		for _, later := range []string{"", "\x03new"} { // a field that a later version adds
			got, err := store.ReadEntry(e.Key(), append(text[len("before"):], later...))
			if err != nil || !got.Since.Equal(e.Since) || !got.Until.Equal(e.Until) {
				t.Errorf("%+v is read as %+v, error %v", e, got, err)
			}
			_, wrote := e.Until.Zone()
			if _, read := got.Until.Zone(); wrote != read {
				t.Errorf("the zone %d of %+v has become %d", wrote, e, read)
			}
			got.Since, got.Until = e.Since, e.Until
			if got != e {
				t.Errorf("%+v is read as %+v", e, got)
			}
		}
	}
}

func TestDamagedEntriesAreRefused(t *testing.T) {
	whole, err := store.AppendEntry(nil, entries[2])
	if err != nil {
		t.Fatal(err)
	}
	refused := 0
	for n := range whole {
		if _, err := store.ReadEntry(call.EntryKey{}, whole[:n]); err != nil {
			refused++
		}
	}
	if refused < len(whole)-8 { // between two fields an entry may end
		t.Errorf("%d of %d beginnings are refused", refused, len(whole))
	}
}

func FuzzReadEntry(f *testing.F) {
	for _, e := range entries {
		text, err := store.AppendEntry(nil, e)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01x"))
	f.Fuzz(func(t *testing.T, text []byte) {
		e, err := store.ReadEntry(call.EntryKey{Line: "flat-1", List: call.Blocks, Pattern: "+441632*"}, text)
		if err != nil {
			return
		}
		again, err := store.AppendEntry(nil, e)
		if err != nil {
			return // a time that can be read and not written
		}
		if twice, err := store.ReadEntry(e.Key(), again); err != nil || !twice.Until.Equal(e.Until) || twice.Name != e.Name {
			t.Errorf("%+v becomes %+v, error %v", e, twice, err)
		}
	})
}
