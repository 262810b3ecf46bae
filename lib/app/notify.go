package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"clearline/lib/call"
	"clearline/lib/config"
	"clearline/lib/feed"
	"clearline/lib/notify"
	"clearline/lib/notify/carrier"
	"clearline/lib/store"
	"clearline/lib/telemetry"
)

// partNotify is the part that tells people.
const partNotify = "notify"

// carries is the command that sends one message, in a process of its own.
var carries = []string{"/proc/self/exe", "notify", "carry"}

// newNotifier makes who tells people what happens.
func newNotifier(a *App, cfg *config.Config) (*notify.Notifier, error) {
	outbox, ok := a.store.(store.Outbox)
	if !ok {
		return nil, fmt.Errorf("%T keeps no messages", a.store)
	}
	receivers, err := receivers(cfg)
	if err != nil {
		return nil, err
	}
	return notify.New(notify.Options{
		Receivers: receivers, Outbox: outbox, Lines: cfg.CallLines(), Region: cfg.Region, Zone: cfg.Timezone,
		Language: cfg.Language, Node: cfg.Node.Name, Log: a.log, Observe: a.watch.messages(),
	}), nil
}

// receivers are those of the configuration.
func receivers(cfg *config.Config) ([]notify.Receiver, error) {
	by := carrier.New(carries...)
	var all []notify.Receiver
	for _, n := range cfg.Notify {
		if err := carrier.Check(n.URL.Reveal()); err != nil {
			return nil, fmt.Errorf("notify %s: %w", n.Name, err)
		}
		all = append(all, notify.Receiver{
			Name:  n.Name,
			Tells: func(e notify.Event, line call.LineID) bool { return n.Tells(config.Event(e), line) },
			Quiet: n.Quiet.Holds,
			Send:  sends(by, n.URL),
		})
	}
	return all, nil
}

// sends sends letters to an address.
func sends(by *carrier.Carrier, to config.Secret) func(context.Context, store.Letter) error {
	return func(ctx context.Context, l store.Letter) error {
		return by.Send(ctx, carrier.Message{URL: to.Reveal(), ID: l.ID, Event: l.Event, Title: l.Title, Text: l.Text, Urgent: l.Urgent})
	}
}

// TestMessage sends a message that says it is a test to a receiver of the configuration. The
// error shows no secret.
func TestMessage(ctx context.Context, cfg *config.Config, to config.Notify) error {
	ctx, cancel := context.WithTimeout(ctx, notify.SendMax)
	defer cancel()
	return sends(carrier.New(carries...), to.URL)(ctx, notify.Test(to.Name, cfg.Language))
}

// messages is what is observed of messages to people.
func (w *watch) messages() notify.Observer {
	became := func(fate telemetry.Fate) func(notify.Event) {
		return func(e notify.Event) { w.metrics.Messaged(string(e), fate) }
	}
	return notify.Observer{
		Sent: became(telemetry.Sent), Failed: became(telemetry.Unsent),
		GivenUp: became(telemetry.GivenUp), LeftOut: became(telemetry.LeftOut), Waiting: w.metrics.Waiting,
	}
}

// alarmed tells people that a part has failed, or is well again.
func alarmed(n *notify.Notifier, p telemetry.Part) {
	n.Alarm(notify.Part{Name: p.Name, Failed: p.State == telemetry.Failed, Needed: p.Needed, Why: p.LastError, Since: p.Since})
}

// inform tells people what the feed tells, until it is closed.
func (a *App) inform(ctx context.Context) {
	everything := func(call.News) bool { return true }
	follower, _ := a.feed.Follow(0, everything)
	for {
		events, err := follower.Next(ctx)
		if errors.Is(err, feed.ErrBehind) {
			a.log.Error("people were not told of everything, there was too much at once")
			follower, _ = a.feed.Follow(0, everything)
			continue
		}
		if err != nil {
			return
		}
		for _, e := range events {
			a.people.Tell(e.News)
			if a.mqtt != nil {
				a.mqtt.Tell(e.News)
			}
		}
	}
}

// informing starts to tell people, and returns what ends it: everything that was told until
// then is written down first.
func (a *App) informing() (end func()) {
	done := make(chan struct{})
	ctx, cancel := context.WithCancel(context.Background())
	a.people.Start(ctx)
	published := a.publishing(ctx)
	go func() {
		defer close(done)
		a.inform(ctx)
	}()
	return func() {
		select {
		case <-done: // the feed is closed, and read to its end
		case <-time.After(informMax):
			cancel()
			<-done
		}
		a.people.Stop()
		published()
		cancel()
	}
}

// informMax is how long the end of the feed is waited for.
const informMax = time.Second
