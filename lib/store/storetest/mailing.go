package storetest

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"clearline/lib/store"
)

// box is a store that keeps letters.
type box struct {
	t *testing.T
	o store.Outbox
}

// boxOf opens a store as the Outbox it must be.
func boxOf(t *testing.T, open func() store.Store) box {
	t.Helper()
	s := opened(t, open)
	if p, ok := s.(patient); ok {
		s = p.Store
	}
	o, ok := s.(store.Outbox)
	if !ok {
		t.Fatalf("%T keeps no letters", s)
	}
	return box{t, o}
}

// again asks as often as a busy machine needs.
func (b box) again(ask func(context.Context) error) {
	b.t.Helper()
	_, err := waiting(b.t.Context(), func() (struct{}, error) { return struct{}{}, ask(b.t.Context()) })
	must(b.t, err)
}

func (b box) post(letters ...store.Letter) {
	b.t.Helper()
	b.again(func(ctx context.Context) error { return b.o.Mail(ctx, letters...) })
}

func (b box) giveBack(l store.Letter) {
	b.t.Helper()
	b.again(func(ctx context.Context) error { return b.o.ReturnMail(ctx, l) })
}

func (b box) remove(l store.Letter) {
	b.t.Helper()
	b.again(func(ctx context.Context) error { return b.o.RemoveMail(ctx, l) })
}

// take takes letters and returns their ids.
func (b box) take(to string, lease time.Duration, limit int) []string {
	b.t.Helper()
	var ids []string
	for _, l := range b.letters(to, lease, limit) {
		ids = append(ids, l.ID)
	}
	return ids
}

func (b box) letters(to string, lease time.Duration, limit int) (taken []store.Letter) {
	b.t.Helper()
	b.again(func(ctx context.Context) (err error) {
		taken, err = b.o.TakeMail(ctx, to, lease, limit)
		return err
	})
	return taken
}

func (b box) hands(what string, got []string, want ...string) {
	b.t.Helper()
	if !slices.Equal(got, want) {
		b.t.Errorf("%s: %q is handed out, want %q", what, got, want)
	}
}

func letter(n int) store.Letter {
	return store.Letter{
		ID: fmt.Sprintf("%04d", n), To: "night-desk", Event: "message", Title: "Flat 1: Siân", Text: "\"one\"\nline \x01",
		Tries: n, Posted: at, Until: at.Add(24 * time.Hour),
	}
}

const lease = time.Hour

func mailKept(t *testing.T, open func() store.Store) {
	s := open()
	b := box{t, s.(patient).Store.(store.Outbox)}
	b.post(letter(1), letter(2))
	b.hands("the first", b.take("night-desk", lease, 1), "0001")
	must(t, s.Close())
	b = boxOf(t, open)
	got := slices.DeleteFunc(b.letters("night-desk", lease, 10), func(l store.Letter) bool { return l.ID == "0001" }) // see TakeMail
	if len(got) != 1 || !got[0].Posted.Equal(at) || !got[0].Until.Equal(at.Add(24*time.Hour)) {
		t.Fatalf("after a restart %+v is handed out", got)
	}
	got[0].Posted, got[0].Until = letter(2).Posted, letter(2).Until
	if !reflect.DeepEqual(got[0], letter(2)) {
		t.Errorf("%+v has become %+v", letter(2), got[0])
	}
}

func mailTakenOnce(t *testing.T, open func() store.Store) {
	b := boxOf(t, open)
	var letters []store.Letter
	for n := range 40 {
		letters = append(letters, letter(n))
	}
	b.post(letters...)
	var mu sync.Mutex
	var all []string
	var work sync.WaitGroup
	for range 8 {
		work.Go(func() {
			for {
				taken := b.take("night-desk", lease, 3)
				if len(taken) == 0 {
					return
				}
				mu.Lock()
				all = append(all, taken...)
				mu.Unlock()
			}
		})
	}
	work.Wait()
	slices.Sort(all)
	if len(all) != 40 || len(slices.Compact(all)) != 40 {
		t.Errorf("%d letters were handed out: %q", len(all), all)
	}
}

func mailUrgentFirst(t *testing.T, open func() store.Store) {
	b := boxOf(t, open)
	urgent, other := letter(3), letter(4)
	urgent.Urgent, other.To = true, "carer"
	b.post(letter(1), letter(2))
	b.post(urgent, other)
	b.hands("to the night desk", b.take("night-desk", lease, 2), "0003", "0001")
	b.hands("what is left", b.take("night-desk", lease, 2), "0002")
	b.hands("to the carer", b.take("carer", lease, 2), "0004")
	b.hands("to a stranger", b.take("night", lease, 2))
}

func mailWaits(t *testing.T, open func() store.Store) {
	b := boxOf(t, open)
	later := letter(1)
	later.Wait = time.Hour
	b.post(later, letter(2))
	b.hands("those that need not wait", b.take("night-desk", 0, 5), "0002")
	b.hands("one whose lease is over", b.take("night-desk", lease, 5), "0002")
	b.hands("none, as one is taken and one waits", b.take("night-desk", lease, 5))
	later.Wait, later.Urgent = 0, true
	b.post(later)
	b.hands("one that need not wait any more", b.take("night-desk", lease, 5), "0001")
}

func mailReturned(t *testing.T, open func() store.Store) {
	b := boxOf(t, open)
	b.post(letter(1), letter(2))
	taken := b.letters("night-desk", lease, 5)
	if len(taken) != 2 {
		t.Fatalf("%+v was taken", taken)
	}
	taken[0].Tries, taken[1].Wait = 7, time.Hour
	b.giveBack(taken[0])
	b.giveBack(taken[1])
	again := b.letters("night-desk", lease, 5)
	if len(again) != 1 || again[0].ID != "0001" || again[0].Tries != 7 {
		t.Errorf("%+v is handed out", again)
	}
}

func mailRemoved(t *testing.T, open func() store.Store) {
	b := boxOf(t, open)
	other := letter(1)
	other.To = "carer"
	b.post(letter(1), letter(2), other)
	b.remove(letter(1))
	b.remove(letter(9))
	b.post(letter(1), letter(9))
	b.giveBack(letter(1))
	b.hands("what was not removed", b.take("night-desk", 0, 5), "0002")
	var counts map[string]int
	b.again(func(ctx context.Context) (err error) {
		counts, err = b.o.CountMail(ctx)
		return err
	})
	if !reflect.DeepEqual(counts, map[string]int{"night-desk": 1, "carer": 1}) {
		t.Errorf("there wait %v", counts)
	}
}

func mailStrange(t *testing.T, open func() store.Store) {
	b := boxOf(t, open)
	odd := letter(1)
	odd.ID, odd.To, odd.Title, odd.Text = hostile, "{a} b*", hostile, hostile
	b.post(odd, letter(2))
	got := b.letters("{a} b*", lease, 5)
	if len(got) != 1 || got[0].ID != hostile || got[0].Text != hostile {
		t.Errorf("%+v is handed out", got)
	}
	b.remove(odd)
	b.hands("the other", b.take("night-desk", lease, 5), "0002")
}
