package notify

import (
	"fmt"
	"time"

	"clearline/lib/call"
	"clearline/lib/store"
)

// draft is a letter that nobody is named in yet.
type draft struct {
	id          string
	event       Event
	line        call.LineID
	at          time.Time
	title, text string
	until       time.Time
}

// told reports whether anybody may be told of news at all.
func told(n call.News) bool {
	switch n.Kind {
	case call.AttemptBegan, call.AttemptEnded:
		return n.Attempt.Urgency != call.Calm
	case call.CallWaits, call.MessageTaken, call.PINSuspected:
		return true
	}
	return false
}

// draft puts a notice into words.
func (n *Notifier) draft(w notice) draft {
	if w.part != nil {
		return n.ofPart(*w.part)
	}
	line := n.lines[w.news.Line]
	say := in(n.language(line))
	d := n.ofNews(say, w.news, shown(line, w.news.Line))
	d.line, d.at = w.news.Line, w.news.At
	if d.until.IsZero() {
		d.until = d.at.Add(giveUp)
	}
	return d
}

// language is what is spoken on a line, or in the house.
func (n *Notifier) language(line call.Line) string {
	if line.Language == "" {
		return n.opts.Language
	}
	return line.Language
}

// shown is what people call a line.
func shown(line call.Line, id call.LineID) string {
	if line.Name != "" {
		return line.Name
	}
	return string(id)
}

func (n *Notifier) ofNews(say *words, news call.News, line string) draft {
	values := []string{
		"{line}", line, "{time}", say.moment(news.At.In(n.opts.Zone)),
		"{caller}", say.caller(news.From, n.opts.Region), "{keys}", keys(news.Keys),
	}
	d := draft{id: string(news.Call)}
	switch news.Kind {
	case call.CallWaits:
		d.event, d.title, d.text, d.until = Approval, say.approvalTitle, say.approval, news.At.Add(waitersMax)
	case call.MessageTaken:
		d.event, d.title, d.text = Message, say.messageTitle, say.message
	case call.PINSuspected:
		d.event, d.title, d.text = PIN, say.pinTitle, say.pin
	case call.AttemptBegan, call.AttemptEnded:
		return n.ofAttempt(say, news, line)
	}
	d.id = fmt.Sprintf("%s:%s", d.event, news.Call)
	d.title, d.text = fill(d.title, values...), fill(d.text, values...)
	return d
}

// ofAttempt tells of an incident twice: at once, and how it ended.
func (n *Notifier) ofAttempt(say *words, news call.News, line string) draft {
	a := news.Attempt
	values := []string{
		"{line}", line, "{time}", say.moment(a.At.In(n.opts.Zone)), "{number}", digitsOf(a.Dialled), "{service}", a.Service,
		"{caller}", say.caller(a.Suspect, n.opts.Region), "{when}", say.when[a.Way], "{outcome}", say.outcomes[a.Outcome],
	}
	if news.Kind == call.AttemptBegan {
		return draft{
			id: fmt.Sprintf("%s:%s:began", Incident, news.Call), event: Incident,
			title: fill(say.incidentTitle, values...), text: fill(say.incident, values...),
		}
	}
	return draft{
		id: fmt.Sprintf("%s:%s:ended", Incident, news.Call), event: Incident,
		title: fill(say.endTitle, values...), text: fill(say.end, values...),
	}
}

// ofPart tells how a part of Clearline is.
func (n *Notifier) ofPart(p Part) draft {
	say := in(n.opts.Language)
	name := p.Name
	if n.opts.Node != "" {
		name += " (" + n.opts.Node + ")"
	}
	values := []string{"{part}", name, "{time}", say.moment(p.Since.In(n.opts.Zone)), "{why}", bounded(p.Why, 300, false)}
	d := draft{
		id: fmt.Sprintf("%s:%s:%v:%d", Health, name, p.Failed, p.Since.UnixNano()), event: Health,
		at: p.Since, until: p.Since.Add(giveUp),
	}
	switch {
	case !p.Failed:
		d.title, d.text = fill(say.wellTitle, values...), fill(say.well, values...)
	case p.Needed:
		d.title, d.text = fill(say.failedTitle, values...), fill(say.failed, append(values, "{needed}", say.needed)...)
	default:
		d.title, d.text = fill(say.failedTitle, values...), fill(say.failed, append(values, "{needed}", say.unneeded)...)
	}
	return d
}

// letter addresses a notice to a receiver, if they are to be told of it one by one.
func (n *Notifier) letter(d *desk, w notice) []store.Letter {
	what := n.draft(w)
	now := time.Now()
	if !d.Tells(what.event, what.line) || !d.first(what.id) {
		return nil
	}
	if why, ok := d.restrained(what.event, now.In(n.opts.Zone)); ok {
		d.hold(what, why, now)
		n.opts.Observe.LeftOut(what.event)
		return nil
	}
	return []store.Letter{{
		ID: what.id, To: d.Name, Event: string(what.event), Urgent: what.event.urgent(),
		Title: bounded(what.title, longestTitle, false), Text: bounded(what.text, longestText, true),
		Posted: now, Until: what.until,
	}}
}

// Test is a letter that says it is a test.
func Test(to, language string) store.Letter {
	say := in(language)
	now := time.Now()
	return store.Letter{
		ID: "test:" + to, To: to, Event: "test", Title: say.testTitle, Text: fill(say.test, "{name}", to), Posted: now, Until: now,
	}
}
