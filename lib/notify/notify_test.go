package notify_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"clearline/lib/call"
	"clearline/lib/notify"
	"clearline/lib/store"
)

// phone is a receiver's end: what has arrived there, and how it is.
type phone struct {
	mu    sync.Mutex
	got   []store.Letter
	at    []time.Time
	tries int
	send  func(context.Context) error // nil while it is well
}

func (p *phone) take(ctx context.Context, l store.Letter) error {
	p.mu.Lock()
	p.tries++
	send := p.send
	p.mu.Unlock()
	if send != nil {
		if err := send(ctx); err != nil {
			return err
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.got, p.at = append(p.got, l), append(p.at, time.Now())
	return nil
}

func (p *phone) is(send func(context.Context) error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.send = send
}

// titles are of what has arrived, in order.
func (p *phone) titles() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var all []string
	for _, l := range p.got {
		all = append(all, l.Title)
	}
	return strings.Join(all, " | ")
}

// pass lets time go by, and then lets everybody do what they have to.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

var errDown = errors.New("connection refused")

func down(context.Context) error { return errDown }

// mute is a server that never answers.
func mute(ctx context.Context) error {
	<-ctx.Done()
	return ctx.Err()
}

func never(time.Time) (time.Time, bool) { return time.Time{}, false }

// nights is quiet from 22:00 to 07:00.
func nights(t time.Time) (time.Time, bool) {
	if t.Hour() >= 7 && t.Hour() < 22 {
		return time.Time{}, false
	}
	end := time.Date(t.Year(), t.Month(), t.Day(), 7, 0, 0, 0, t.Location())
	if t.Hour() >= 22 {
		end = end.AddDate(0, 0, 1)
	}
	return end, true
}

func receiver(p *phone) notify.Receiver {
	return notify.Receiver{
		Name: "night-desk", Tells: func(notify.Event, call.LineID) bool { return true }, Quiet: never, Send: p.take,
	}
}

// options are of a house of two lines, one of them Welsh.
func options(box store.Outbox, log *strings.Builder, receivers ...notify.Receiver) notify.Options {
	handler := slog.DiscardHandler
	if log != nil {
		handler = slog.NewTextHandler(log, nil)
	}
	return notify.Options{
		Receivers: receivers, Outbox: box, Region: "GB", Zone: time.UTC, Language: "en_GB", Log: slog.New(handler),
		Lines: []call.Line{{ID: "flat-1", Name: "Flat 1", Language: "en_GB"}, {ID: "flat-2", Name: "Fflat 2", Language: "cy_GB"}},
	}
}

// started runs a notifier until the test ends.
func started(t *testing.T, o notify.Options) *notify.Notifier {
	t.Helper()
	n := notify.New(o)
	n.Start(t.Context())
	t.Cleanup(n.Stop)
	return n
}

var stranger = call.Caller{Number: "+441632960123", Name: "Parcel <b>Service</b>", Presentation: call.Allowed}

func attempt(kind call.NewsKind, id call.ID, outcome call.Outcome) call.News {
	return call.News{
		Kind: kind, At: time.Now(), Line: "flat-1", Call: id, From: stranger,
		Attempt: call.Attempt{
			ID: id, Line: "flat-1", Dialled: "999", Number: "999", Service: "Emergency services", Role: call.Emergency,
			Way: call.WayGuarded, At: time.Now(), Suspect: stranger, Urgency: call.High, Outcome: outcome,
		},
	}
}

func left(n int) call.News {
	return call.News{Kind: call.MessageTaken, At: time.Now(), Line: "flat-1", Call: call.ID(fmt.Sprint("m", n)), From: stranger}
}

func TestAnIncidentIsToldAtOnceAndOnceMoreWhenItIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &phone{}
		n := started(t, options(notify.NewShelf(), nil, receiver(p)))
		began := time.Now()
		for range 3 {
			n.Tell(attempt(call.AttemptBegan, "a", ""))
		}
		calm := attempt(call.AttemptBegan, "b", "")
		calm.Attempt.Urgency = call.Calm
		n.Tell(calm)
		synctest.Wait()
		if got := p.titles(); got != "Flat 1: somebody may be under attack" || !p.at[0].Equal(began) {
			t.Fatalf("told are %s at %v", got, p.at)
		}
		want := "999 (Emergency services) was dialled on the telephone of Flat 1 at 00:00 on 1 January, in the middle of a call with somebody unknown."
		if l := p.got[0]; !strings.HasPrefix(l.Text, want) || !strings.Contains(l.Text, "The caller: 01632 960 123, who calls themselves “Parcel b Service b”.") || !l.Urgent {
			t.Errorf("%+v", l)
		}
		for range 3 {
			n.Tell(attempt(call.AttemptEnded, "a", call.OutcomeCleared))
		}
		pass(time.Hour)
		if got := p.titles(); got != "Flat 1: somebody may be under attack | Flat 1: what became of the call to 999" {
			t.Errorf("told are %s", got)
		}
	})
}

func TestALetterIsTriedAgainUntilItArrives(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, log := &phone{send: down}, &strings.Builder{}
		n := started(t, options(notify.NewShelf(), log, receiver(p)))
		n.Tell(attempt(call.AttemptBegan, "a", ""))
		pass(2 * time.Minute)
		if n.Well() == nil || !strings.Contains(n.Well().Error(), "night-desk was not reached") {
			t.Errorf("it is taken for well: %v", n.Well())
		}
		if p.tries < 4 || p.tries > 6 { // after 0, 5, 15, 35, 75 seconds, and as long as it takes to look
			t.Errorf("%d tries in two minutes", p.tries)
		}
		p.is(nil)
		pass(time.Hour)
		if got := p.titles(); got != "Flat 1: somebody may be under attack" {
			t.Errorf("told are %s", got)
		}
		if n.Well() != nil || !strings.Contains(log.String(), "connection refused") {
			t.Errorf("well: %v, log %s", n.Well(), log)
		}
	})
}

func TestALetterIsGivenUpAfterADay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, log, given := &phone{send: down}, &strings.Builder{}, 0
		o := options(notify.NewShelf(), log, receiver(p))
		o.Observe.GivenUp = func(notify.Event) { given++ }
		n := started(t, o)
		n.Tell(left(1))
		waits := left(2)
		waits.Kind = call.CallWaits
		n.Tell(waits)
		pass(3 * time.Minute)
		if given != 1 {
			t.Errorf("%d are given up after three minutes, want the one about a caller who waited", given)
		}
		pass(25 * time.Hour)
		tries := p.tries
		if given != 2 || !strings.Contains(log.String(), `msg="message given up"`) {
			t.Errorf("%d are given up: %s", given, log)
		}
		p.is(nil)
		pass(25 * time.Hour)
		if p.tries != tries || len(p.got) > 0 {
			t.Errorf("it is tried again: %s", p.titles())
		}
	})
}

func TestAMuteReceiverIsLeftAfterATimeAndHoldsUpNobodyElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		silent, well := &phone{send: mute}, &phone{}
		other := receiver(well)
		other.Name = "carer"
		n := started(t, options(notify.NewShelf(), nil, receiver(silent), other))
		began := time.Now()
		n.Tell(attempt(call.AttemptBegan, "a", ""))
		synctest.Wait()
		if len(well.got) != 1 {
			t.Error("the carer has to wait")
		}
		pass(notify.SendMax + time.Minute)
		if silent.tries < 2 {
			t.Errorf("%d tries", silent.tries)
		}
		silent.is(nil)
		pass(5 * time.Minute)
		if got := silent.titles(); got != "Flat 1: somebody may be under attack" || !well.at[0].Equal(began) {
			t.Errorf("told are %s", got)
		}
	})
}

func TestQuietTimesHoldAllButWhatIsUrgent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // it begins at midnight
		p := &phone{}
		r := receiver(p)
		r.Quiet = nights
		n := started(t, options(notify.NewShelf(), nil, r))
		for i := range 12 {
			n.Tell(left(i))
			pass(10 * time.Minute)
		}
		n.Alarm(notify.Part{Name: "store", Failed: true, Needed: true, Why: "no answer", Since: time.Now()})
		pin := left(99)
		pin.Kind, pin.Keys = call.PINSuspected, 4
		n.Tell(pin)
		n.Tell(attempt(call.AttemptBegan, "a", ""))
		pass(time.Minute)
		if got := p.titles(); got != "Flat 1: somebody may be under attack | Flat 1: a PIN may have been keyed in" {
			t.Errorf("at night are told: %s", got)
		}
		pass(8 * time.Hour)
		if len(p.got) != 3 || p.at[2].Hour() != 7 || p.at[2].Minute() != 0 {
			t.Fatalf("told are %s at %v", p.titles(), p.at)
		}
		digest := p.got[2]
		if digest.Title != "Clearline: 13 more messages" || !strings.Contains(digest.Text, "it was a quiet time: 13.\n– Flat 1: a message was left\n") {
			t.Errorf("%+v", digest)
		}
		n.Tell(left(100))
		synctest.Wait()
		if got := p.got[len(p.got)-1].Title; got != "Flat 1: a message was left" {
			t.Errorf("in the morning is told: %s", got)
		}
	})
}

func TestAFloodIsSummedUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, leftOut := &phone{}, 0
		o := options(notify.NewShelf(), nil, receiver(p))
		o.Observe.LeftOut = func(notify.Event) { leftOut++ }
		n := started(t, o)
		for i := range 1000 {
			n.Tell(left(i))
			if i%100 == 0 {
				synctest.Wait()
			}
		}
		for i := range 100 {
			n.Tell(attempt(call.AttemptBegan, call.ID(fmt.Sprint(i)), ""))
			n.Tell(attempt(call.AttemptEnded, call.ID(fmt.Sprint(i)), call.OutcomeCleared))
		}
		pass(time.Hour)
		if len(p.got) < 31 || len(p.got) > 34 {
			t.Errorf("%d letters: %s", len(p.got), p.titles())
		}
		last := p.got[len(p.got)-1]
		if leftOut != 1000-10+200-20 || !strings.Contains(last.Title, "more messages") || !strings.Contains(last.Text, "there were too many") {
			t.Errorf("%d were left out, the last letter is %+v", leftOut, last)
		}
	})
}

func TestWhatWasNotSentIsSentByTheNextRun(t *testing.T) {
	for name, is := range map[string]func(context.Context) error{"down": down, "mute": mute} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p, shelf := &phone{send: is}, notify.NewShelf()
				n := notify.New(options(shelf, nil, receiver(p)))
				n.Start(t.Context())
				n.Tell(attempt(call.AttemptBegan, "a", ""))
				n.Tell(left(1))
				n.Stop()
				p.is(nil)
				again := started(t, options(shelf, nil, receiver(p)))
				again.Tell(attempt(call.AttemptBegan, "a", ""))
				pass(time.Hour)
				if got := p.titles(); got != "Flat 1: somebody may be under attack | Flat 1: a message was left" {
					t.Errorf("told are %s", got)
				}
			})
		})
	}
}

func TestTwoWhoShareAStoreSendALetterOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, shelf := &phone{}, notify.NewShelf()
		slow := receiver(p)
		slow.Send = func(ctx context.Context, l store.Letter) error {
			time.Sleep(time.Second)
			return p.take(ctx, l)
		}
		one, other := started(t, options(shelf, nil, slow)), started(t, options(shelf, nil, slow))
		for i := range 8 {
			one.Tell(left(i))
			other.Tell(left(i)) // both may know of it
			other.Tell(attempt(call.AttemptBegan, call.ID(fmt.Sprint(i)), ""))
		}
		pass(time.Hour)
		seen := map[string]int{}
		for _, l := range p.got {
			seen[l.ID]++
		}
		if len(seen) != 16 || len(p.got) != 16 {
			t.Errorf("%d letters are sent: %v", len(p.got), seen)
		}
	})
}

// broken is a store that fails, or hangs.
type broken struct {
	store.Outbox
	hangs chan struct{}
}

func (b broken) wait() error {
	if b.hangs != nil {
		<-b.hangs
	}
	return store.ErrUnreachable
}

func (b broken) Mail(context.Context, ...store.Letter) error { return b.wait() }

func (b broken) TakeMail(context.Context, string, time.Duration, int) ([]store.Letter, error) {
	return nil, b.wait()
}
func (b broken) ReturnMail(context.Context, store.Letter) error    { return b.wait() }
func (b broken) RemoveMail(context.Context, store.Letter) error    { return b.wait() }
func (b broken) CountMail(context.Context) (map[string]int, error) { return nil, b.wait() }

func TestThatTheStoreHasFailedIsToldWithoutIt(t *testing.T) {
	for name, box := range map[string]broken{"down": {}, "hanging": {hangs: make(chan struct{})}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				if box.hangs != nil {
					box.hangs = make(chan struct{})
					defer close(box.hangs)
				}
				p := &phone{send: down}
				n := notify.New(options(box, nil, receiver(p)))
				n.Start(t.Context())
				defer n.Stop()
				n.Alarm(notify.Part{Name: "store", Failed: true, Needed: true, Why: "no\nanswer", Since: time.Now()})
				pass(time.Minute)
				p.is(nil)
				pass(time.Hour)
				if got := p.titles(); got != "Clearline: store has failed" || !strings.Contains(p.got[0].Text, "on 1 January: no answer. Until it is,") {
					t.Errorf("told are %s: %+v", got, p.got)
				}
			})
		})
	}
}

func TestALetterThatTheStoreHandsOutAgainIsNotSentAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &phone{}
		n := started(t, options(forgetful{notify.NewShelf()}, nil, receiver(p)))
		n.Tell(left(1))
		pass(time.Hour)
		if len(p.got) != 1 {
			t.Errorf("it is sent %d times", len(p.got))
		}
	})
}

// forgetful is a store that does not remove anything.
type forgetful struct{ *notify.Shelf }

func (forgetful) RemoveMail(context.Context, store.Letter) error { return store.ErrUnreachable }

func TestWelshLinesAreToldOfInWelsh(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &phone{}
		n := started(t, options(notify.NewShelf(), nil, receiver(p)))
		news := left(1)
		news.Line, news.From = "flat-2", call.Caller{Presentation: call.Withheld}
		n.Tell(news)
		synctest.Wait()
		if len(p.got) != 1 || p.got[0].Title != "Fflat 2: gadawyd neges" ||
			!strings.HasPrefix(p.got[0].Text, "Gadawodd galwr sy'n cuddio ei rif neges i Fflat 2 am 00:00 ar 1 Ionawr.") {
			t.Errorf("%+v", p.got)
		}
	})
}

func TestTellingNeverWaits(t *testing.T) {
	log := &strings.Builder{}
	n := notify.New(options(notify.NewShelf(), log, receiver(&phone{}))) // nobody takes what it is told
	for i := range 10_000 {
		n.Tell(left(i))
	}
	if got := strings.Count(log.String(), "too many at once"); got != 1 {
		t.Errorf("it is logged %d times", got)
	}
}
