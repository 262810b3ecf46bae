package notify

import (
	"fmt"
	"strings"
	"time"

	"clearline/lib/store"
)

// reason says why something is not told one by one.
type reason string

const (
	forQuiet reason = "quiet"
	forFlood reason = "flood"
)

// What a receiver is told at once, before the rest is summed up.
const (
	urgentAtOnce = 20
	othersAtOnce = 10
	oneMore      = time.Minute     // for one more letter
	summedUp     = 5 * time.Minute // what was left out, after so long
	titlesShown  = 8               // of what was left out
	remembered   = 512             // ids of what was told
	settled      = 2 * time.Second // a digest that is sent so soon is not changed any more
)

// desk is where letters to one receiver are written. It belongs to the writer.
type desk struct {
	Receiver
	urgent, others allowance
	held           *held
	digests        int
	known, before  map[string]bool // ids of what was told, in two generations
}

func newDesk(r Receiver) *desk {
	return &desk{Receiver: r, urgent: allowance{most: urgentAtOnce}, others: allowance{most: othersAtOnce}, known: map[string]bool{}}
}

// first reports whether something is told for the first time.
func (d *desk) first(id string) bool {
	if d.known[id] || d.before[id] {
		return false
	}
	if len(d.known) >= remembered {
		d.known, d.before = map[string]bool{}, d.known
	}
	d.known[id] = true
	return true
}

// allowance is how many letters may be written: so many at once, and one more after a time.
type allowance struct {
	most int
	used int
	at   time.Time // when one was last given back
}

// spend reports whether there is one left, and uses it.
func (a *allowance) spend(now time.Time) bool {
	if back := int(now.Sub(a.at) / oneMore); back > 0 {
		a.used = max(0, a.used-back)
		a.at = a.at.Add(time.Duration(back) * oneMore)
	}
	if a.used == 0 {
		a.at = now
	}
	if a.used >= a.most {
		return false
	}
	a.used++
	return true
}

// restrained reports whether an event is not told by itself, and why.
func (d *desk) restrained(e Event, now time.Time) (reason, bool) {
	if e.urgent() {
		return forFlood, !d.urgent.spend(now)
	}
	if _, quiet := d.Quiet(now); quiet {
		return forQuiet, true
	}
	return forFlood, !d.others.spend(now)
}

// held is what was not told by itself. It is told together.
type held struct {
	n       int // of the digests of this run
	why     reason
	urgent  bool
	since   time.Time
	due     time.Time
	count   int
	titles  []string // of the first
	changed bool
}

// hold adds to what is told together.
func (d *desk) hold(what draft, why reason, now time.Time) {
	if d.held != nil && (d.held.why != why || now.After(d.held.due.Add(-settled))) {
		d.held = nil
	}
	if d.held == nil {
		d.digests++
		d.held = &held{n: d.digests, why: why, since: what.at, due: now.Add(summedUp)}
	}
	h := d.held
	if len(h.titles) < titlesShown {
		h.titles = append(h.titles, what.title)
	}
	h.count, h.changed = h.count+1, true
	h.urgent = h.urgent || what.event.urgent()
}

// summary is the letter about what is held, when that has changed.
func (n *Notifier) summary(d *desk) []store.Letter {
	h, now := d.held, time.Now()
	if h == nil || !h.changed {
		return nil
	}
	h.changed = false
	if until, quiet := d.Quiet(now.In(n.opts.Zone)); quiet && !h.urgent {
		h.due = until
	}
	say := in(n.opts.Language)
	var titles strings.Builder
	for _, title := range h.titles {
		titles.WriteString("\n– " + title)
	}
	if more := h.count - len(h.titles); more > 0 {
		fmt.Fprintf(&titles, "\n– … (+%d)", more)
	}
	values := []string{
		"{n}", fmt.Sprint(h.count), "{time}", say.moment(h.since.In(n.opts.Zone)), "{reason}", say.reasons[h.why], "{kinds}", titles.String(),
	}
	return []store.Letter{{
		ID: fmt.Sprintf("digest:%s:%d", n.run, h.n), To: d.Name, Event: string(digest), Urgent: h.urgent,
		Title: bounded(fill(say.digestTitle, values...), longestTitle, false), Text: bounded(fill(say.digest, values...), longestText, true),
		Wait: max(0, h.due.Sub(now)), Posted: now, Until: h.due.Add(giveUp),
	}}
}
