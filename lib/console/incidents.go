package console

import (
	"cmp"
	"net/http"
	"slices"
	"time"

	"clearline/lib/call"
	"clearline/lib/desk"
)

// incidentsPage lists attempts to reach a number for help.
type incidentsPage struct {
	Calm      bool // also those that no unknown caller had anything to do with
	Incidents []alarm
	Next      string
}

// incidents lists what happened, the latest first.
func (c *Console) incidents(v *visit) error {
	given := v.URL.Query()
	page := incidentsPage{Calm: given.Get("calm") != ""}
	found, err := c.opts.Desk.Incidents(v.Context(), v.person, desk.IncidentQuery{Calm: page.Calm, Cursor: given.Get("after"), Limit: perPage})
	if err != nil {
		return err
	}
	names := c.names(v.person)
	if given.Get("after") == "" {
		page.Incidents = c.goingOn(v.person, page.Calm, found.Items)
	}
	for _, a := range found.Items {
		page.Incidents = append(page.Incidents, alarm{a, nameOf(names, a.Line), a.Outcome == ""})
	}
	if found.Next != "" {
		given.Set("after", found.Next)
		page.Next = "/incidents?" + given.Encode()
	}
	c.show(v, http.StatusOK, "incidents", page)
	return nil
}

// goingOn are attempts under way that are not in the history yet.
func (c *Console) goingOn(p desk.Person, calm bool, listed []call.Attempt) (found []alarm) {
	for _, l := range c.opts.Desk.Lines(p) {
		for _, u := range l.Calls {
			known := slices.ContainsFunc(listed, func(a call.Attempt) bool { return a.ID == u.Attempt.ID })
			if u.Attempt.ID != "" && !known && (calm || u.Attempt.Urgency != call.Calm) {
				found = append(found, alarm{u.Attempt, l.Name, true})
			}
		}
	}
	return found
}

// incidentPage shows one attempt, second by second.
type incidentPage struct {
	alarm
	Moments []moment
}

// moment is something that happened, in words.
type moment struct {
	At      time.Time
	Text    string
	Hear    call.RecordingID // what can be listened to; empty for nothing
	Call    call.ID          // the call it belongs to, when it is over; empty for the incident's own
	Weighty bool
}

// incident shows one attempt. IDs sort by time: the page that begins with it holds it.
func (c *Console) incident(v *visit) error {
	id := call.ID(v.PathValue("id"))
	a, found, err := c.attempt(v, id)
	if err != nil {
		return err
	}
	if !found {
		return missing(v.person)
	}
	page := incidentPage{alarm: alarm{a, nameOf(c.names(v.person), a.Line), a.Outcome == ""}}
	page.Moments, err = c.momentsOf(v, a)
	if err != nil {
		return err
	}
	c.show(v, http.StatusOK, "incident", page)
	return nil
}

// missing is the error for what is not there, as far as the person may know.
func missing(p desk.Person) error {
	if p.Everything() {
		return desk.ErrNotFound
	}
	return desk.ErrForbidden
}

// attempt looks for one among those under way and those of the history.
func (c *Console) attempt(v *visit, id call.ID) (call.Attempt, bool, error) {
	q := desk.IncidentQuery{Calm: true, Limit: desk.MostLimit}
	for {
		found, err := c.opts.Desk.Incidents(v.Context(), v.person, q)
		if err != nil {
			return call.Attempt{}, false, err
		}
		for _, a := range found.Items {
			if a.ID == id {
				return a, true, nil
			}
		}
		if q.Cursor = found.Next; q.Cursor == "" {
			break
		}
	}
	for _, a := range c.goingOn(v.person, true, nil) {
		if a.ID == id {
			return a.Attempt, true, nil
		}
	}
	return call.Attempt{}, false, nil
}

// before and after an attempt what happened on its line belongs to it.
const (
	momentsBefore = 15 * time.Minute
	momentsAfter  = 2 * time.Minute
)

// momentsOf are what led to an attempt and became of it, in order.
func (c *Console) momentsOf(v *visit, a call.Attempt) ([]moment, error) {
	from, to := a.At.Add(-momentsBefore), a.At.Add(a.Took+momentsAfter)
	found, err := c.opts.Desk.Calls(v.Context(), v.person, desk.CallQuery{
		Lines: []call.LineID{a.Line}, Since: a.At.Add(-time.Hour), Until: to, Limit: desk.MostLimit,
	})
	if err != nil {
		return nil, err
	}
	news := c.events.of(a.Line, from, to)
	var moments []moment
	for _, r := range found.Items {
		if !r.Ended.Before(from) && string(r.ID) != string(a.ID) {
			moments = append(moments, c.record(v.words, r, told(news, r.ID))...)
		}
	}
	moments = append(moments, c.tries(v.words, a)...)
	for _, n := range news {
		if m, ok := c.newsMoment(v.words, n); ok && n.Call != a.ID {
			moments = append(moments, m)
		}
	}
	return inOrder(moments), nil
}

// told reports whether the moments of a call are among the news.
func told(news []call.News, id call.ID) bool {
	return slices.ContainsFunc(news, func(n call.News) bool { return n.Call == id && n.Kind == call.CallBegan })
}

// momentsOfCall are what happened in one call.
func (c *Console) momentsOfCall(w *words, r call.Record) []moment {
	news := c.events.of(r.Line, r.Arrived.Add(-time.Second), r.Ended.Add(time.Minute))
	news = slices.DeleteFunc(news, func(n call.News) bool { return n.Call != r.ID })
	moments := c.record(w, r, told(news, r.ID))
	for _, n := range news {
		if m, ok := c.newsMoment(w, n); ok {
			moments = append(moments, m)
		}
	}
	return inOrder(moments)
}

// inOrder leaves what is told twice out, and offers each recording once.
func inOrder(moments []moment) []moment {
	slices.SortStableFunc(moments, func(a, b moment) int { return a.At.Compare(b.At) })
	offered := map[call.RecordingID]bool{}
	for i, m := range moments {
		if offered[m.Hear] {
			moments[i].Hear = ""
		}
		offered[m.Hear] = true
	}
	return slices.CompactFunc(moments, func(a, b moment) bool { return a.Text == b.Text && b.At.Sub(a.At) < time.Second })
}

// record is what the history says of a call. What the chronicle tells in more words is left
// out.
func (c *Console) record(w *words, r call.Record, told bool) []moment {
	f := c.formatOf(w)
	moments := []moment{{At: r.Ended, Text: w.or("cause", string(r.Cause)), Hear: r.Recording, Call: r.ID}}
	if !told {
		moments = append(moments, moment{At: r.Arrived, Text: w.say("moment.call-began", f.caller(r.From)), Call: r.ID})
	}
	if r.DecidedBy != "" && !told {
		verb := "refused"
		if r.Approved {
			verb = "accepted"
		}
		moments[0].Text = w.say("moment."+verb, w.who(r.DecidedBy)) + " " + moments[0].Text
	}
	return moments
}

// tries is what the history says of an attempt.
func (c *Console) tries(w *words, a call.Attempt) []moment {
	key := cmp.Or(string(a.Way), string(call.WayFresh))
	moments := []moment{{At: a.At, Text: w.say("moment.dialled-"+key, a.Dialled, a.Service), Weighty: true}}
	if a.Outcome == "" {
		return moments
	}
	end := a.At.Add(a.Took)
	if a.Found > 0 {
		moments = append(moments, moment{At: end, Text: w.say("moment.legs", a.Found, a.Gone)})
	}
	return append(moments, moment{At: end, Text: w.or("outcome", string(a.Outcome)), Weighty: true})
}

// newsMoment is a piece of news in words; not every one is a moment.
func (c *Console) newsMoment(w *words, n call.News) (moment, bool) {
	m := moment{At: n.At, Call: n.Call}
	switch n.Kind {
	case call.CallBegan:
		m.Text = w.say("moment.call-began", c.formatOf(w).caller(n.From))
	case call.CallMoved:
		text, there := w.texts["stage-moment."+n.Stage]
		m.Text = text
		return m, there
	case call.CallWaits:
		m.Text, m.Hear = w.say("moment.call-waits"), n.Recording
	case call.CallDecided:
		m.Text = w.say("moment.decided", w.who(n.Decision.By), w.say("did."+string(n.Decision.Choice)))
	case call.PINSuspected:
		m.Text, m.Weighty = w.say("moment.pin", n.Keys), true
	case call.AttemptBegan, call.AttemptEnded, call.CallEnded, call.MessageTaken, call.ListsChanged, call.ScreeningChanged:
		return m, false // the history has these
	}
	return m, m.Text != ""
}
