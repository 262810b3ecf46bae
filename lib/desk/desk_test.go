package desk_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"clearline/lib/call"
	"clearline/lib/desk"
	"clearline/lib/store"
)

// TestWhoMayDoWhat goes through every method with every kind of person, on the line they look
// after, on another's, and on one that there is not.
func TestWhoMayDoWhat(t *testing.T) {
	type ask func(h *house, p desk.Person, line call.LineID, id call.ID) error
	asks := map[string]ask{
		"line": func(h *house, p desk.Person, line call.LineID, _ call.ID) error {
			_, err := h.Line(p, line)
			return err
		},
		"decide": func(h *house, p desk.Person, _ call.LineID, id call.ID) error {
			_, err := h.Decide(h.t.Context(), p, "up-"+id, call.Refuse)
			return err
		},
		"calls": func(h *house, p desk.Person, line call.LineID, _ call.ID) error {
			_, err := h.Calls(h.t.Context(), p, desk.CallQuery{Lines: []call.LineID{line}})
			return err
		},
		"call": func(h *house, p desk.Person, _ call.LineID, id call.ID) error {
			_, err := h.Call(h.t.Context(), p, id)
			return err
		},
		"incidents": func(h *house, p desk.Person, line call.LineID, _ call.ID) error {
			_, err := h.Incidents(h.t.Context(), p, desk.IncidentQuery{Lines: []call.LineID{line}})
			return err
		},
		"entries": func(h *house, p desk.Person, line call.LineID, _ call.ID) error {
			_, err := h.Entries(h.t.Context(), p, desk.EntryQuery{List: call.Blocks, Lines: []call.LineID{line}})
			return err
		},
		"put": func(h *house, p desk.Person, line call.LineID, _ call.ID) error {
			_, err := h.Put(h.t.Context(), p, desk.Draft{List: call.Blocks, Line: line, Number: "01632 960999"})
			return err
		},
		"remove": func(h *house, p desk.Person, line call.LineID, _ call.ID) error {
			return h.Remove(h.t.Context(), p, call.EntryKey{List: call.Contacts, Line: line, Pattern: "+441632960001"})
		},
		"import": func(h *house, p desk.Person, line call.LineID, _ call.ID) error {
			_, err := h.Import(h.t.Context(), p, desk.ImportFile{Reader: strings.NewReader("number\n01632 960123\n"), List: call.Contacts, Line: line})
			return err
		},
		"export": func(h *house, p desk.Person, line call.LineID, _ call.ID) error {
			_, err := h.Export(h.t.Context(), p, call.Contacts, []call.LineID{line}, "", io.Discard)
			return err
		},
		"play": func(h *house, p desk.Person, _ call.LineID, id call.ID) error {
			r, err := h.Play(h.t.Context(), p, id.Recording(3))
			if err == nil {
				err = r.Close()
			}
			return err
		},
		"erase": func(h *house, p desk.Person, _ call.LineID, id call.ID) error {
			err := h.Erase(h.t.Context(), p, id)
			if erased := slices.Contains(h.engine.erased, id); erased != (err == nil) {
				h.t.Errorf("%s is erased: %v", id, erased)
			}
			return err
		},
		"pause": func(h *house, p desk.Person, line call.LineID, _ call.ID) error {
			err := h.Pause(h.t.Context(), p, line, true)
			if paused := !h.engine.PausedUntil(line).IsZero(); paused != (err == nil) {
				h.t.Errorf("%s is paused: %v", line, paused)
			}
			return err
		},
		"audit": func(h *house, p desk.Person, _ call.LineID, _ call.ID) error {
			_, err := h.Deeds(h.t.Context(), p, "", 0)
			return err
		},
	}
	const fine, no, none = "fine", "not allowed", "not found"
	people := []struct {
		name                  string
		person                desk.Person
		own, foreign, nowhere string // what comes of asking
		but                   map[string][3]string
	}{
		{"an admin", admin, fine, fine, none, map[string][3]string{"audit": {fine, fine, fine}}},
		{"a warden of all lines", chief, fine, fine, none, map[string][3]string{"audit": {no, no, no}}},
		{"a warden", warden, fine, no, no, map[string][3]string{"audit": {no, no, no}}},
		{"a viewer", viewer, fine, no, no, map[string][3]string{
			"audit": {no, no, no}, "decide": {no, no, no}, "put": {no, no, no}, "remove": {no, no, no}, "import": {no, no, no}, "play": {no, no, no}, "pause": {no, no, no}, "erase": {no, no, no},
		}},
		{"nobody", desk.Person{}, no, no, no, nil},
	}
	for _, who := range people {
		for what, ask := range asks {
			wants := [3]string{who.own, who.foreign, who.nowhere}
			if but, ok := who.but[what]; ok {
				wants = but
			}
			t.Run(fmt.Sprintf("%s asks for %s", who.name, what), func(t *testing.T) {
				t.Parallel()
				h := furnished(t)
				for i, line := range []call.LineID{"flat-1", "flat-2", "flat-9"} {
					before := len(h.deeds())
					err := ask(h, who.person, line, call.ID(strings.ReplaceAll(string(line), "-", "")))
					if got := outcome(err); got != wants[i] {
						t.Errorf("of %s: %s, want %s (%v)", line, got, wants[i], err)
					}
					if noted := h.deeds()[before:]; wants[i] != fine && len(noted) > 0 {
						t.Errorf("of %s: noted although it was refused: %q", line, noted)
					}
				}
			})
		}
	}
}

func outcome(err error) string {
	switch {
	case err == nil:
		return "fine"
	case errors.Is(err, desk.ErrForbidden):
		return "not allowed"
	case errors.Is(err, desk.ErrNotFound):
		return "not found"
	}
	return err.Error()
}

// furnished is a house with something on both lines.
func furnished(t *testing.T) *house {
	h := newHouse(t)
	var changes store.Changes
	for n, line := range []call.LineID{"flat-1", "flat-2"} {
		id := call.ID(strings.ReplaceAll(string(line), "-", ""))
		changes.Records = append(changes.Records, record(id, line, n))
		changes.Attempts = append(changes.Attempts, call.Attempt{ID: "a" + id, Line: line, At: at, Urgency: call.High})
		changes.Put = append(changes.Put, call.Entry{Line: line, List: call.Contacts, Pattern: "+441632960001"})
		h.engine.calls = append(h.engine.calls, call.Underway{Call: "up-" + id, Line: line, Kind: "screening", Stage: "asking", Waits: true})
		h.says(id.Recording(3), "RIFF")
	}
	h.keep(changes)
	return h
}

func TestARestrictedWardenSeesOnlyTheirLines(t *testing.T) {
	h := furnished(t)
	h.keep(store.Changes{Records: []call.Record{record("stray", "", 5)}, Put: []call.Entry{{List: call.Contacts, Pattern: "+441632960002"}}})
	ctx := t.Context()
	for _, c := range []struct {
		person desk.Person
		want   []call.LineID // of calls, incidents, contacts, lines, and calls under way, in turn
	}{
		{warden, []call.LineID{"flat-1", "flat-1", "flat-1", "flat-1", "flat-1"}},
		{admin, []call.LineID{"", "flat-2", "flat-1", "flat-2", "flat-1", "", "flat-1", "flat-2", "flat-1", "flat-2", "flat-1", "flat-2"}},
		{desk.Person{}, nil},
	} {
		var seen []call.LineID
		calls, err1 := h.Calls(ctx, c.person, desk.CallQuery{})
		for _, r := range calls.Items {
			seen = append(seen, r.Line)
		}
		incidents, err2 := h.Incidents(ctx, c.person, desk.IncidentQuery{})
		for _, a := range incidents.Items {
			seen = append(seen, a.Line)
		}
		entries, err3 := h.Entries(ctx, c.person, desk.EntryQuery{List: call.Contacts})
		for _, e := range entries.Items {
			seen = append(seen, e.Line)
		}
		for _, l := range h.Lines(c.person) {
			seen = append(seen, l.ID)
		}
		for _, u := range h.Underway(c.person) {
			seen = append(seen, u.Line)
		}
		if err := errors.Join(err1, err2, err3); err != nil || !slices.Equal(seen, c.want) {
			t.Errorf("%q sees %q, want %q, error %v", c.person.Name, seen, c.want, err)
		}
	}
}

func TestAFollowerHearsOnlyOfTheirLines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		f, _ := h.Follow(warden, 0)
		for _, n := range []call.News{
			{Kind: call.CallWaits, Line: "flat-2", Call: "theirs"},
			{Kind: call.CallEnded, Line: "", Call: "stray"},
			{Kind: call.ListsChanged, Line: "flat-2", Call: "lists of theirs"},
			{Kind: call.ListsChanged, Line: "", Call: "lists of the house"},
			{Kind: call.CallWaits, Line: "flat-1", Call: "mine"},
		} {
			h.feed.Tell(n)
		}
		events, err := f.Next(t.Context())
		var heard []call.ID
		for _, e := range events {
			heard = append(heard, e.News.Call)
		}
		if want := []call.ID{"lists of the house", "mine"}; err != nil || !slices.Equal(heard, want) {
			t.Errorf("heard %q, want %q, error %v", heard, want, err)
		}
	})
}

func TestALineShowsWhatMattersMost(t *testing.T) {
	attempt := call.Attempt{ID: "attempt"}
	for _, c := range []struct {
		name  string
		calls []call.Underway
		want  desk.State
	}{
		{"with no call", nil, desk.Idle},
		{"while a caller is greeted", []call.Underway{{Stage: "greeting"}}, desk.Screening},
		{"while the resident is asked", []call.Underway{{Stage: "asking"}, {Stage: "message"}}, desk.Consulting},
		{"while the two talk", []call.Underway{{Stage: "guarded"}, {Stage: "greeting"}}, desk.Guarded},
		{"while it is cleared", []call.Underway{{Stage: "guarded"}, {Stage: "searching", Attempt: attempt}}, desk.Clearing},
		{"while the last sentence is said", []call.Underway{{Stage: "closing"}}, desk.Idle},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHouse(t)
			for i, u := range c.calls {
				u.Call, u.Line = call.ID(fmt.Sprint(i)), "flat-1"
				h.engine.calls = append(h.engine.calls, u)
			}
			lines := h.Lines(admin)
			if lines[0].State != c.want || len(lines[0].Calls) != len(c.calls) || lines[1].State != desk.Idle {
				t.Errorf("shown as %s and %s, want %s", lines[0].State, lines[1].State, c.want)
			}
		})
	}
}

func TestADecisionNamesWhoMadeIt(t *testing.T) {
	h := furnished(t)
	got, err := h.Decide(t.Context(), warden, "up-flat1", call.Block)
	want := call.Decision{By: "night-desk", Choice: call.Block}
	if err != nil || !got.Won || got.Holds != want || !slices.Equal(h.engine.decided, []call.Decision{want}) {
		t.Errorf("%+v, %v; the engine was told %+v", got, err, h.engine.decided)
	}
	if got, want := h.deeds(), []string{"night-desk block flat-1 up-flat1"}; !slices.Equal(got, want) {
		t.Errorf("noted %q, want %q", got, want)
	}
}

func TestADecisionThatDoesNotCountIsNoErrorAndNoDeed(t *testing.T) {
	for _, why := range []call.Unheeded{call.TooLate, call.NotWaiting, call.NotAllowed} {
		h := furnished(t)
		other := call.Decision{By: "resident", Choice: call.Accept}
		h.engine.answer = func(call.ID, call.Decision) call.Decided { return call.Decided{Holds: other, Why: why} }
		got, err := h.Decide(t.Context(), warden, "up-flat1", call.Accept)
		if err != nil || got.Won || got.Why != why || got.Holds != other || len(h.deeds()) > 0 {
			t.Errorf("%+v, %v, noted %q", got, err, h.deeds())
		}
	}
}

func TestADecisionAboutACallThatIsOverIsGone(t *testing.T) {
	h := furnished(t)
	h.engine.over["ended"] = "flat-1" // and not in the history yet
	h.engine.answer = func(id call.ID, _ call.Decision) call.Decided {
		h.engine.calls, h.engine.over[id] = nil, "flat-1"
		return call.Decided{Why: call.TooLate}
	}
	for name, id := range map[string]call.ID{
		"in the history": "flat1", "since a moment": "ended", "as it is decided": "up-flat1",
	} {
		if _, err := h.Decide(t.Context(), warden, id, call.Accept); !errors.Is(err, desk.ErrGone) {
			t.Errorf("%s: %v", name, err)
		}
	}
	h.engine.over["theirs"] = "flat-2"
	for _, id := range []call.ID{"flat2", "theirs", "nowhere"} { // all the same to who may not know
		if _, err := h.Decide(t.Context(), warden, id, call.Accept); !errors.Is(err, desk.ErrForbidden) || errors.Is(err, desk.ErrGone) {
			t.Errorf("of %s: %v", id, err)
		}
	}
}

func TestADecisionCountsAlthoughItCannotBeWrittenDown(t *testing.T) {
	h := furnished(t)
	broken := desk.New(h.options(func(o *desk.Options) { o.Audit = unwritable{} }))
	if got, err := broken.Decide(t.Context(), warden, "up-flat1", call.Refuse); err != nil || !got.Won {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := broken.Play(t.Context(), warden, "flat1-purpose-3"); err == nil {
		t.Error("a recording is played to somebody who cannot be noted")
	}
	if _, err := broken.Put(t.Context(), warden, desk.Draft{List: call.Blocks, Line: "flat-1", Number: "01632 960999"}); err == nil {
		t.Error("a list is changed by somebody who cannot be noted")
	}
}

// unwritable is an audit log on a disk that is full.
type unwritable struct{ store.Audit }

func (unwritable) AddDeed(context.Context, store.Deed) error { return errors.New("the disk is full") }

func TestWhatACallerSaidIsPlayedOnceInTheLog(t *testing.T) {
	h := furnished(t)
	h.says("flat1-purpose-3", "RIFF hello")
	for range 3 {
		r, err := h.Play(t.Context(), warden, "flat1-purpose-3")
		if err != nil {
			t.Fatal(err)
		}
		said, err := io.ReadAll(r)
		if err := errors.Join(err, r.Close()); err != nil || string(said) != "RIFF hello" || r.Bytes != 10 {
			t.Errorf("played %q, %d bytes, %v", said, r.Bytes, err)
		}
	}
	if got, want := h.deeds(), []string{"night-desk play flat-1 flat1-purpose-3"}; !slices.Equal(got, want) {
		t.Errorf("noted %q, want %q", got, want)
	}
}

func TestWhatAWaitingCallerSaidIsPlayed(t *testing.T) {
	h := newHouse(t)
	h.engine.calls = []call.Underway{
		{Call: "now", Line: "flat-1", Recording: "now-purpose-2"}, {Call: "other", Line: "flat-2", Recording: "other-purpose-2"}, {Call: "mute", Line: "flat-1"},
	}
	h.says("now-purpose-2", "RIFF")
	h.says("other-purpose-2", "RIFF")
	r, err := h.Play(t.Context(), warden, "now-purpose-2")
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	for _, id := range []call.RecordingID{"other-purpose-2", ""} {
		if _, err := h.Play(t.Context(), warden, id); !errors.Is(err, desk.ErrForbidden) {
			t.Errorf("of %q: %v", id, err)
		}
	}
}

func TestNoRecordingIsPlayedFromElsewhere(t *testing.T) {
	h := newHouse(t)
	secret := filepath.Join(filepath.Dir(h.folder), "secret.wav")
	if err := os.WriteFile(secret, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(secret, filepath.Join(h.folder, "linked-purpose-1.wav")); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(h.folder, "folder-purpose-1.wav"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, id := range []call.RecordingID{
		"../secret", "..%2fsecret", secretID(secret), "linked-purpose-1", "folder-purpose-1", "missing-purpose-1", "", ".", "a\x00b", "x/../../secret",
	} {
		of, _, _ := strings.Cut(string(id), "-")
		if of != "" { // the history itself has such a thing
			r := record(call.ID(of), "flat-1", 0)
			r.Recording = id
			h.keep(store.Changes{Records: []call.Record{r}})
		}
		if r, err := h.Play(t.Context(), admin, id); err == nil {
			said, _ := io.ReadAll(r)
			t.Errorf("%q is played: %q", id, said)
		}
	}
}

func secretID(path string) call.RecordingID {
	return call.RecordingID(strings.TrimSuffix(path, ".wav"))
}

func TestTheHistoryIsSearched(t *testing.T) {
	h := newHouse(t)
	odd := record("0003", "flat-1", 3)
	odd.From = call.Caller{Number: "+447700900123", Name: "Dai", Presentation: call.Allowed}
	odd.Cause, odd.Recording = call.MessageLeft, ""
	h.keep(store.Changes{Records: []call.Record{record("0001", "flat-1", 1), record("0002", "flat-1", 2), odd, record("0004", "flat-2", 4)}})
	for _, c := range []struct {
		name  string
		query desk.CallQuery
		want  []call.ID
	}{
		{"for everything", desk.CallQuery{}, []call.ID{"0004", "0003", "0002", "0001"}},
		{"for a piece of a number", desk.CallQuery{Text: "7700900"}, []call.ID{"0003"}},
		{"for a name in any case", desk.CallQuery{Text: "dAI"}, []call.ID{"0003"}},
		{"for a cause", desk.CallQuery{Causes: []call.Cause{call.MessageLeft, call.Fault}}, []call.ID{"0003"}},
		{"for what was recorded", desk.CallQuery{Spoken: true}, []call.ID{"0004", "0002", "0001"}},
		{"for a line", desk.CallQuery{Lines: []call.LineID{"flat-2"}}, []call.ID{"0004"}},
		{"for a time", desk.CallQuery{Since: at.Add(2 * time.Second), Until: at.Add(4 * time.Second)}, []call.ID{"0003", "0002"}},
		{"for what there is not", desk.CallQuery{Text: "nobody"}, nil},
	} {
		page, err := h.Calls(t.Context(), admin, c.query)
		var got []call.ID
		for _, r := range page.Items {
			got = append(got, r.ID)
		}
		if err != nil || !slices.Equal(got, c.want) || page.Next != "" {
			t.Errorf("%s: %v, want %v, then %q, error %v", c.name, got, c.want, page.Next, err)
		}
	}
}

func TestPagesFollowEachOtherToTheEnd(t *testing.T) {
	h := newHouse(t)
	var changes store.Changes
	for n := range 23 {
		line := []call.LineID{"flat-1", "flat-2"}[n%2]
		changes.Records = append(changes.Records, record(call.ID(fmt.Sprintf("%04d", n)), line, n))
		changes.Attempts = append(changes.Attempts, call.Attempt{ID: call.ID(fmt.Sprintf("%04d", n)), Line: line, At: at, Urgency: call.High})
		changes.Put = append(changes.Put, call.Entry{Line: line, List: call.Blocks, Pattern: fmt.Sprintf("+44163296%04d", n)})
		if err := h.Note(t.Context(), admin, store.Deed{To: fmt.Sprintf("%04d", n)}); err != nil {
			t.Fatal(err)
		}
	}
	h.keep(changes)
	ctx := t.Context()
	for name, list := range map[string]func(cursor string) (ids []string, next string, err error){
		"calls": func(cursor string) (ids []string, next string, err error) {
			page, err := h.Calls(ctx, warden, desk.CallQuery{Limit: 5, Cursor: cursor})
			for _, r := range page.Items {
				ids = append(ids, string(r.ID))
			}
			return ids, page.Next, err
		},
		"incidents": func(cursor string) (ids []string, next string, err error) {
			page, err := h.Incidents(ctx, warden, desk.IncidentQuery{Limit: 5, Cursor: cursor})
			for _, a := range page.Items {
				ids = append(ids, string(a.ID))
			}
			return ids, page.Next, err
		},
		"blocks": func(cursor string) (ids []string, next string, err error) {
			page, err := h.Entries(ctx, warden, desk.EntryQuery{List: call.Blocks, Limit: 5, Cursor: cursor})
			for _, e := range page.Items {
				ids = append(ids, e.Pattern)
			}
			return ids, page.Next, err
		},
		"deeds": func(cursor string) (ids []string, next string, err error) {
			page, err := h.Deeds(ctx, admin, cursor, 5)
			for _, d := range page.Items {
				ids = append(ids, d.To)
			}
			return ids, page.Next, err
		},
	} {
		want, pages := 12, 3 // of the warden's line
		if name == "deeds" {
			want, pages = 23, 5
		}
		seen, asked, cursor := map[string]bool{}, 0, ""
		for {
			ids, next, err := list(cursor)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			for _, id := range ids {
				seen[id] = true
			}
			asked++
			if cursor = next; cursor == "" || asked > 10 {
				break
			}
		}
		if len(seen) != want || asked != pages {
			t.Errorf("%s: %d are seen on %d pages, want %d on %d", name, len(seen), asked, want, pages)
		}
	}
}

func TestACursorIsNobodysToRead(t *testing.T) {
	h := newHouse(t)
	var changes store.Changes
	for n := range 10 {
		changes.Records = append(changes.Records, record(call.ID(fmt.Sprintf("secret%04d", n)), "flat-1", n))
	}
	h.keep(changes)
	page, err := h.Calls(t.Context(), warden, desk.CallQuery{Limit: 3})
	if err != nil || page.Next == "" || strings.Contains(page.Next, "secret") {
		t.Fatalf("%q, %v", page.Next, err)
	}
	var wrong *desk.WrongError
	for _, forged := range []string{"x", page.Next + "AA", page.Next[:len(page.Next)-4] + "AAAA", "AAAA", strings.Repeat("A", 100_000)} {
		if _, err := h.Calls(t.Context(), warden, desk.CallQuery{Cursor: forged}); !errors.As(err, &wrong) || wrong.Field != "cursor" {
			t.Errorf("a forged cursor gives %v", err)
		}
	}
	if _, err := h.Incidents(t.Context(), warden, desk.IncidentQuery{Cursor: page.Next}); !errors.As(err, &wrong) {
		t.Errorf("the cursor of another list gives %v", err)
	}
	for _, most := range []int{-1, desk.MostLimit + 1} {
		if _, err := h.Calls(t.Context(), warden, desk.CallQuery{Limit: most}); !errors.As(err, &wrong) || wrong.Field != "limit" {
			t.Errorf("a limit of %d gives %v", most, err)
		}
	}
}

func TestEntriesArePutAndRemoved(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	got, err := h.Put(ctx, warden, desk.Draft{List: call.Contacts, Line: "flat-1", Number: "01632 960 123", Name: "Siân\x07", Word: "7426"})
	want := call.Entry{
		Line: "flat-1", List: call.Contacts, Pattern: "+441632960123", Name: "Siân", Verify: true, Word: "-",
		Since: got.Since, Source: "by night-desk",
	}
	if err != nil || got != want {
		t.Fatalf("put %+v, want %+v, error %v", got, want, err)
	}
	page, err := h.Entries(ctx, warden, desk.EntryQuery{List: call.Contacts, Text: "siân"})
	if err != nil || len(page.Items) != 1 || page.Items[0] != want {
		t.Errorf("listed %+v, error %v", page.Items, err)
	}
	if err := h.Remove(ctx, warden, call.EntryKey{List: call.Contacts, Line: "flat-1", Pattern: "01632 960123"}); err != nil {
		t.Error(err)
	}
	if page, err := h.Entries(ctx, warden, desk.EntryQuery{List: call.Contacts}); err != nil || len(page.Items) != 0 {
		t.Errorf("after the removal there is %+v, error %v", page.Items, err)
	}
	want2 := []string{"night-desk put flat-1 +441632960123", "night-desk remove flat-1 +441632960123"}
	if got := h.deeds(); !slices.Equal(got, want2) {
		t.Errorf("noted %q, want %q", got, want2)
	}
}

func TestWhatIsNoEntryIsRefusedWithAReason(t *testing.T) {
	h := newHouse(t)
	soon := time.Now().Add(time.Hour)
	for _, c := range []struct {
		name  string
		draft desk.Draft
		field string
	}{
		{"no number", desk.Draft{List: call.Blocks, Line: "flat-1", Number: "hello"}, "number"},
		{"everybody", desk.Draft{List: call.Blocks, Line: "flat-1", Number: "+44*"}, "number"},
		{"a contact by name", desk.Draft{List: call.Contacts, Line: "flat-1", Number: "name:*mum*"}, "number"},
		{"a contact with a number nobody can have", desk.Draft{List: call.Contacts, Line: "flat-1", Number: "01632 96"}, "number"},
		{"a list that there is not", desk.Draft{List: "friends", Line: "flat-1", Number: "01632 960123"}, "list"},
		{"a word that is none", desk.Draft{List: call.Contacts, Line: "flat-1", Number: "01632 960123", Word: "12a"}, "word"},
		{"a word for a block", desk.Draft{List: call.Blocks, Line: "flat-1", Number: "01632 960123", Word: "1234"}, "verify"},
		{"an end that is over", desk.Draft{List: call.Blocks, Line: "flat-1", Number: "01632 960123", Until: soon.Add(-2 * time.Hour)}, "expires"},
	} {
		var wrong *desk.WrongError
		if _, err := h.Put(t.Context(), warden, c.draft); !errors.As(err, &wrong) || wrong.Field != c.field || wrong.Why == "" {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if _, err := h.Put(t.Context(), admin, desk.Draft{List: call.Blocks, Number: "+44*", Wide: true, Until: soon}); err != nil {
		t.Errorf("a wide block that is meant: %v", err)
	}
}

func TestTheHousesListsAreForWhoLooksAfterTheHouse(t *testing.T) {
	h := newHouse(t)
	for _, c := range []struct {
		person desk.Person
		want   string
	}{{admin, "fine"}, {chief, "fine"}, {warden, "not allowed"}, {viewer, "not allowed"}} {
		_, err := h.Put(t.Context(), c.person, desk.Draft{List: call.Blocks, Number: "01632 960123"})
		if got := outcome(err); got != c.want {
			t.Errorf("%s: %s, want %s", c.person.Name, got, c.want)
		}
	}
}

func TestAFileIsPreviewedAndImported(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	h.keep(store.Changes{Put: []call.Entry{
		{Line: "flat-1", List: call.Contacts, Pattern: "+441632960001", Name: "Old"}, {Line: "flat-1", List: call.Blocks, Pattern: "+441632960002"},
	}})
	file := func() desk.ImportFile {
		return desk.ImportFile{
			Reader: strings.NewReader("number,name\n01632 960001,New\n01632 960002,Both\nnonsense,x\n"), Name: "family.csv", List: call.Contacts, Line: "flat-1",
		}
	}
	for _, do := range []func(context.Context, desk.Person, desk.ImportFile) (desk.Import, error){h.Preview, h.Import} {
		got, err := do(ctx, warden, file())
		if err != nil || got.Added != 1 || got.Changed != 1 || got.Other != 1 || len(got.Rejected) != 1 {
			t.Errorf("%d added, %d changed, %d on the other list, rejected %v, error %v", got.Added, got.Changed, got.Other, got.Rejected, err)
		}
		page, err := h.Entries(ctx, warden, desk.EntryQuery{List: call.Contacts, Text: "import of family.csv by night-desk"})
		if want := len(h.deeds()) * 2; err != nil || len(page.Items) != want {
			t.Errorf("%d entries are there, want %d, error %v", len(page.Items), want, err)
		}
	}
	if got, want := h.deeds(), []string{"night-desk import flat-1 family.csv"}; !slices.Equal(got, want) {
		t.Errorf("noted %q, want %q", got, want)
	}
}

func TestAFileReachesNoOtherLine(t *testing.T) {
	h := newHouse(t)
	file := desk.ImportFile{Reader: strings.NewReader("number,line\n01632 960001,flat-2\n"), Name: "f.csv", List: call.Contacts, Line: "flat-1"}
	got, err := h.Import(t.Context(), warden, file)
	for _, e := range got.Put {
		if e.Line != "flat-1" {
			t.Errorf("an entry for %s is put, error %v", e.Line, err)
		}
	}
	file = desk.ImportFile{Reader: strings.NewReader("number\n01632 960001\n"), List: call.Contacts}
	if _, err := h.Import(t.Context(), warden, file); !errors.Is(err, desk.ErrForbidden) {
		t.Errorf("for the whole house: %v", err)
	}
	file = desk.ImportFile{Reader: strings.NewReader("number,line\n01632 960001,flat-9\n"), List: call.Contacts}
	if _, err := h.Import(t.Context(), admin, file); !errors.Is(err, desk.ErrNotFound) {
		t.Errorf("for a line that there is not: %v", err)
	}
}

func TestAnExportHoldsNoWordAndNoFormula(t *testing.T) {
	h := newHouse(t)
	h.keep(store.Changes{Put: []call.Entry{
		{Line: "flat-1", List: call.Contacts, Pattern: "+441632960001", Name: "=cmd()", Word: "7426", Verify: true},
		{Line: "flat-2", List: call.Contacts, Pattern: "+441632960002"},
	}})
	var out strings.Builder
	if _, err := h.Export(t.Context(), warden, call.Contacts, nil, "", &out); err != nil {
		t.Fatal(err)
	}
	if text := out.String(); strings.Contains(text, "7426") || strings.Contains(text, "960002") || strings.Contains(text, ",=cmd") || !strings.Contains(text, "960001") {
		t.Errorf("exported %q", text)
	}
}

func TestOnlyFewReadTheListsAtOnce(t *testing.T) {
	h := newHouse(t)
	hold, held := make(chan struct{}), make(chan struct{})
	slow := desk.New(h.options(func(o *desk.Options) { o.Lists = stuck{o.Lists, hold, held} }))
	ended := make(chan error)
	ask := func() { _, err := slow.Entries(t.Context(), admin, desk.EntryQuery{List: call.Blocks}); ended <- err }
	for range 4 {
		go ask()
		<-held
	}
	go ask()
	if err := <-ended; !errors.Is(err, desk.ErrBusy) {
		t.Errorf("the fifth is told %v", err)
	}
	close(hold)
	for range 4 {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}

// stuck are lists that are read as long as it pleases the test.
type stuck struct {
	desk.Lists
	hold, held chan struct{}
}

func (s stuck) Entries(context.Context, func(call.Entry) error) error {
	s.held <- struct{}{}
	<-s.hold
	return nil
}

func TestAnAnswerTakesAsLongWhateverOthersHave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, slow := range []time.Duration{0, time.Millisecond, 30 * time.Millisecond} {
			d := desk.New(desk.Options{Engine: &engine{}, History: slowHistory{slow: slow}})
			began := time.Now()
			_, _ = d.Call(t.Context(), warden, "theirs")
			if took := time.Since(began); took != 50*time.Millisecond {
				t.Errorf("with a search of %v it takes %v", slow, took)
			}
			began = time.Now()
			_, _ = d.Call(t.Context(), admin, "theirs")
			if took := time.Since(began); took != slow {
				t.Errorf("who may know waits %v", took)
			}
		}
	})
}

type slowHistory struct {
	store.Pages
	slow time.Duration
}

func (s slowHistory) Record(context.Context, call.ID) (call.Record, bool, error) {
	time.Sleep(s.slow)
	return call.Record{}, false, nil
}
