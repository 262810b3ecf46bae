// Package notify tells people what happens on the lines: wardens, carers, the operator. What
// is to be told becomes a letter for each receiver, which the store keeps until it is sent;
// when the store cannot, it is kept in memory. Nothing here ever waits for a call, and no
// call waits for anything here.
package notify

import (
	"context"
	"crypto/rand"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"clearline/lib/call"
	"clearline/lib/store"
)

// Event is a kind of thing that people are told of.
type Event string

// The events, as the configuration calls them.
const (
	Incident Event = "incident"
	PIN      Event = "pin"
	Approval Event = "approval"
	Message  Event = "message"
	Health   Event = "health"
)

// digest is what a letter is about that sums up others. Nobody can ask for it.
const digest Event = "digest"

// urgent reports whether an event is told in quiet times, too: somebody may be lying to a
// resident at this moment.
func (e Event) urgent() bool { return e == Incident || e == PIN }

// Times that hold for every receiver.
const (
	SendMax    = 30 * time.Second // for one try
	lease      = SendMax + 30*time.Second
	giveUp     = 24 * time.Hour  // after so long a letter is not tried any more
	waitersMax = 2 * time.Minute // the same for a caller who waits: they have gone by then
	pollEvery  = 5 * time.Second // letters that others have left, or that were to wait
	pause      = time.Second     // after a try that failed
	parting    = 5 * time.Second // for what is under way when Clearline ends
	queueMax   = 512             // news that are not written yet
)

// Receiver is somebody who is told.
type Receiver struct {
	Name  string
	Tells func(Event, call.LineID) bool                        // of an event of a line, empty for the house
	Quiet func(time.Time) (until time.Time, quiet bool)        // only what is urgent is told until then
	Send  func(ctx context.Context, letter store.Letter) error // what it says shows no secret
}

// Observer is told what becomes of letters. What is left out is told to nobody.
type Observer struct {
	Sent    func(Event)
	Failed  func(Event) // to be sent: it is tried again
	GivenUp func(Event)
	LeftOut func(Event) // because there were too many, or in a quiet time: it is summed up
	Waiting func(n int)
}

// Options are what a Notifier is made of.
type Options struct {
	Receivers []Receiver
	Outbox    store.Outbox
	Lines     []call.Line
	Region    string         // of numbers that are written nationally
	Zone      *time.Location // of the house
	Language  string         // of what is about no line
	Node      string         // of several Clearlines, which this one is; empty for one alone
	Log       *slog.Logger
	Observe   Observer
}

// Notifier tells people. Its methods may be called from many goroutines.
type Notifier struct {
	opts  Options
	lines map[call.LineID]call.Line
	box   *box
	in    chan notice
	run   string // unlike any other run's

	desks    []*desk // of the writer alone
	couriers []*courier
	lost     atomic.Int64 // news that nobody had time for

	stopping chan struct{}
	cancel   context.CancelFunc
	work     sync.WaitGroup
}

// notice is what is to be told: of a line, or of a part of Clearline.
type notice struct {
	news call.News
	part *Part
}

// Part is a part of Clearline that has failed, or is well again.
type Part struct {
	Name   string
	Failed bool
	Needed bool // without it callers are not screened
	Why    string
	Since  time.Time
}

// New makes a notifier that does nothing before Start.
func New(opts Options) *Notifier {
	opts.Observe = opts.Observe.complete()
	n := &Notifier{
		opts: opts, lines: map[call.LineID]call.Line{}, box: newBox(opts.Outbox), in: make(chan notice, queueMax),
		run: rand.Text(), stopping: make(chan struct{}),
	}
	for _, line := range opts.Lines {
		n.lines[line.ID] = line
	}
	for _, r := range opts.Receivers {
		n.desks = append(n.desks, newDesk(r))
		n.couriers = append(n.couriers, newCourier(n, r))
	}
	return n
}

// complete fills what was left out with functions that do nothing.
func (o Observer) complete() Observer {
	nothing := func(Event) {}
	for _, f := range []*func(Event){&o.Sent, &o.Failed, &o.GivenUp, &o.LeftOut} {
		if *f == nil {
			*f = nothing
		}
	}
	if o.Waiting == nil {
		o.Waiting = func(int) {}
	}
	return o
}

// Tell tells of news. It returns at once: what there is no room for is not told.
func (n *Notifier) Tell(news call.News) {
	if told(news) {
		n.take(notice{news: news})
	}
}

// Alarm tells that a part of Clearline has failed, or is well again. It returns at once.
func (n *Notifier) Alarm(p Part) { n.take(notice{part: &p}) }

func (n *Notifier) take(w notice) {
	select {
	case n.in <- w:
	default:
		if n.lost.Add(1) == 1 {
			n.opts.Log.Error("news not told, there are too many at once")
		}
	}
}

// Start begins to write and send.
func (n *Notifier) Start(ctx context.Context) {
	ctx, n.cancel = context.WithCancel(context.WithoutCancel(ctx))
	n.work.Go(func() { n.write(ctx) })
	for _, c := range n.couriers {
		n.work.Go(func() { c.run(ctx) })
	}
}

// Stop writes down what was told, and waits a moment for what is being sent. The rest is
// sent by the next run.
func (n *Notifier) Stop() {
	if n.cancel == nil {
		return
	}
	close(n.stopping)
	timer := time.AfterFunc(parting, n.cancel)
	n.work.Wait()
	timer.Stop()
	n.cancel()
}

// Well says which receiver has not been reached lately, if any.
func (n *Notifier) Well() error {
	for _, c := range n.couriers {
		if err := c.failing(); err != nil {
			return err
		}
	}
	return nil
}

// write makes letters of what is told until it is stopped, and then of what is left.
func (n *Notifier) write(ctx context.Context) {
	for {
		select {
		case w := <-n.in:
			n.letters(ctx, w)
		case <-n.stopping:
			if len(n.in) > 0 {
				n.letters(ctx, <-n.in)
				continue
			}
			return
		}
	}
}

// letters writes to everybody who is to be told of this and of all that has come meanwhile.
func (n *Notifier) letters(ctx context.Context, first notice) {
	batch := []notice{first}
	for len(n.in) > 0 && len(batch) < queueMax {
		batch = append(batch, <-n.in)
	}
	if lost := n.lost.Swap(0); lost > 0 {
		n.opts.Log.Error("news were not told", "count", lost)
	}
	for i, d := range n.desks {
		var letters []store.Letter
		for _, w := range batch {
			letters = append(letters, n.letter(d, w)...)
		}
		letters = append(letters, n.summary(d)...)
		if len(letters) == 0 {
			continue
		}
		if err := n.box.mail(ctx, letters); err != nil {
			n.opts.Log.Error("letters lost", "to", d.Name, "count", len(letters), "err", err)
		}
		n.couriers[i].wake()
	}
}
