package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

const consolesHelp = `How soon does every warden see that something has happened, and what do open consoles
cost? A house of many lines has some of them in guarded calls, and some consoles are open:
each does what the console's script does, follows the events and asks for its page again.
Then callers ring other lines, one after the other, and give up. The time is the one

  rings     from the caller's INVITE until the page shows the line as screening
  gives up  from the caller's CANCEL or BYE until the page shows it as idle

in each console: it includes Asterisk, the dialplan and the verdict. The same is done with
nobody looking, and what Clearline takes of a processor in both is printed beside.

  scripts/bench consoles                    200 lines, 50 guarded calls, 5 consoles
  scripts/bench consoles --changes 100      more callers
  scripts/bench consoles --json             for machines; progress is on stderr

The target is 300 ms at the median. Other work on the machine shows in the numbers: look at
the load, and repeat. One table of results is in docs/benchmarks.md.`

type consolesOptions struct {
	Lines    int  `help:"Lines of the house." default:"200" placeholder:"N"`
	Active   int  `help:"Lines that are in a guarded call." default:"50" placeholder:"N"`
	Consoles int  `help:"Consoles that are open." default:"5" placeholder:"N"`
	Changes  int  `help:"Callers who ring and give up, each of two times." default:"40" placeholder:"N"`
	JSON     bool `help:"Print every sample as JSON."`
}

// Help implements kong's HelpProvider.
func (consolesOptions) Help() string { return consolesHelp }

// mostLines is how many numbers for lines, and for their callers, are set aside.
const mostLines = 200

// Validate is called by kong.
func (o consolesOptions) Validate() error {
	for _, c := range []struct {
		name            string
		value, from, to int
	}{
		{"lines", o.Lines, 2, mostLines},
		{"active", o.Active, 0, min(mostCalls, o.Lines-1)},
		{"consoles", o.Consoles, 1, 20},
		{"changes", o.Changes, 1, 1000},
	} {
		if c.value < c.from || c.value > c.to {
			return fmt.Errorf("--%s %d: want %d to %d", c.name, c.value, c.from, c.to)
		}
	}
	return nil
}

// Run measures and prints.
func (o consolesOptions) Run(ctx context.Context) (err error) {
	progress := newProgress(os.Stderr)
	h, err := openHall(ctx, hallOptions{size: o.Lines}, progress)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	r, err := o.measure(ctx, h, progress)
	if err != nil {
		return err
	}
	if o.JSON {
		return r.json(os.Stdout)
	}
	return r.table(os.Stdout)
}

// measure lets things happen twice: with nobody looking, then with all consoles open.
func (o consolesOptions) measure(ctx context.Context, h *hall, progress *progress) (*viewReport, error) {
	r := &viewReport{asterisk: h.house.Bed.Asterisk.Install.Version, options: o, loadBefore: load()}
	if err := h.beginAnew(ctx); err != nil {
		return nil, err
	}
	if err := h.addWarden(ctx); err != nil {
		return nil, err
	}
	watch := watchStandstills()
	defer watch.close()
	progress.say("setting up %d guarded calls", o.Active)
	if err := h.setUp(ctx, clearline, h.pairs[:o.Active]); err != nil {
		return nil, err
	}
	quiet := h.pairs[o.Active:]
	progress.say("%d callers with nobody looking", o.Changes)
	before := h.gauge()
	if _, err := h.ringAndGiveUp(ctx, quiet, o.Changes, nil); err != nil {
		return nil, err
	}
	r.unseen.add(before, h.gauge(), 0)
	consoles, err := h.openConsoles(ctx, o.Consoles)
	defer consoles.close()
	if err != nil {
		return nil, err
	}
	progress.say("%d callers with %d consoles open", o.Changes, o.Consoles)
	before = h.gauge()
	if r.changes, err = h.ringAndGiveUp(ctx, quiet, o.Changes, consoles); err != nil {
		return nil, err
	}
	r.seen.add(before, h.gauge(), 0)
	r.pages, r.bytes = consoles.read()
	for i, c := range r.changes {
		r.changes[i].disturbed = watch.during(c.from, c.from.Add(seenWithin))
	}
	r.standstills, r.longest = watch.longest()
	r.loadAfter = load()
	return r, nil
}

// wardenPassword is that of the only user.
const wardenPassword = "correct horse battery"

// addWarden makes the user whose consoles are open.
func (h *hall) addWarden(ctx context.Context) error {
	file := filepath.Join(h.dir, "password")
	if err := os.WriteFile(file, []byte(wardenPassword+"\n"), 0o600); err != nil {
		return fmt.Errorf("write the password: %w", err)
	}
	add := exec.CommandContext(ctx, h.binary, "user", "add", "warden", "--config", h.house.ConfigPath, "--role", "admin", "--password-file", file)
	if out, err := add.CombinedOutput(); err != nil {
		return fmt.Errorf("add a user: %w\n%s", err, out)
	}
	return nil
}

// change is something that happened on a line, and when each console showed it.
type change struct {
	kind      string // rings or gives up
	from      time.Time
	seen      []time.Duration // by each console that showed it within seenWithin
	missed    int             // consoles that did not
	disturbed bool            // the machine stood still meanwhile
}

const (
	ringsChange, givesUpChange = "rings", "gives up"

	// seenWithin is how long a console may take.
	seenWithin = 5 * time.Second
	// changesApart is the time from one change to the next.
	changesApart = 400 * time.Millisecond
)

// ringAndGiveUp lets callers ring quiet lines and give up, one after the other.
func (h *hall) ringAndGiveUp(ctx context.Context, quiet []*pair, times int, consoles *consoles) ([]change, error) {
	var all []change
	for n := range times {
		p := quiet[n%len(quiet)]
		up := consoles.expect(p.line, "screening")
		call, err := p.caller.Call(ctx, p.guardedNumber())
		if err != nil {
			return all, err
		}
		all = append(all, up.wait(ctx, ringsChange, call.Started()))
		if err := pause(ctx, changesApart); err != nil {
			return all, err
		}
		down := consoles.expect(p.line, "idle")
		gaveUp := time.Now()
		if err := call.HangUp(ctx); err != nil {
			return all, err
		}
		all = append(all, down.wait(ctx, givesUpChange, gaveUp))
		if _, err := call.WaitEnded(ctx); err != nil {
			return all, err
		}
		if err := pause(ctx, changesApart); err != nil {
			return all, err
		}
	}
	return all, nil
}

// sights are the moments at which consoles show what is expected.
type sights struct {
	wg    sync.WaitGroup
	mu    sync.Mutex
	at    []time.Time
	give  context.CancelFunc
	until context.Context
}

// wait waits for every console.
func (s *sights) wait(ctx context.Context, kind string, from time.Time) change {
	c := change{kind: kind, from: from}
	if s == nil {
		return c
	}
	stop := time.AfterFunc(seenWithin, s.give)
	defer stop.Stop()
	defer context.AfterFunc(ctx, s.give)()
	s.wg.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, at := range s.at {
		if at.IsZero() {
			c.missed++
		} else {
			c.seen = append(c.seen, at.Sub(from))
		}
	}
	return c
}

// lineState is what a page shows of a line.
func lineState(page, line string) string {
	_, rest, found := strings.Cut(page, `data-key="line-`+line+`" class="line `)
	if !found {
		return ""
	}
	state, _, _ := strings.Cut(rest, `"`)
	return state
}
