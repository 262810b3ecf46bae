package console

import (
	"net/http"
	"time"

	"clearline/lib/call"
	"clearline/lib/desk"
)

// alarmed is how long an incident stands above everything else.
const alarmed = 12 * time.Hour

// nowPage is what goes on on every line.
type nowPage struct {
	Alarms  []alarm
	Waiting []waiting
	Lines   []lineNow
	Hidden  bool // nothing was found, because the person looks after no line
}

// alarm is an incident of the last hours, or one that goes on.
type alarm struct {
	call.Attempt
	Name string // of the line
	On   bool   // it goes on
}

// waiting is a caller about whom somebody has to decide.
type waiting struct {
	call.Underway
	Name    string // of the line
	Accepts bool   // a warden's yes counts
}

// lineNow is a line and what goes on on it.
type lineNow struct {
	desk.LineNow
	Calls []call.Underway
}

// now shows what goes on.
func (c *Console) now(v *visit) error {
	page := nowPage{}
	recent, err := c.opts.Desk.Incidents(v.Context(), v.person, desk.IncidentQuery{Since: time.Now().Add(-alarmed), Limit: 5})
	if err != nil {
		return err
	}
	names := map[call.LineID]string{}
	over := map[call.ID]bool{}
	lines := c.opts.Desk.Lines(v.person)
	for _, l := range lines {
		names[l.ID] = l.Name
	}
	for _, a := range recent.Items {
		over[a.ID] = a.Outcome != ""
		page.Alarms = append(page.Alarms, alarm{a, nameOf(names, a.Line), a.Outcome == ""})
	}
	for _, l := range lines {
		page.Lines = append(page.Lines, lineNow{l, l.Calls})
		for _, u := range l.Calls {
			_, listed := over[u.Attempt.ID]
			switch {
			case u.Attempt.ID != "" && u.Attempt.Urgency != call.Calm && !listed:
				page.Alarms = append([]alarm{{u.Attempt, l.Name, true}}, page.Alarms...)
			case u.Waits:
				page.Waiting = append(page.Waiting, waiting{u, l.Name, l.Approver != call.ApproverResident})
			}
		}
	}
	page.Hidden = len(lines) == 0
	c.show(v, http.StatusOK, "now", page)
	return nil
}

// nameOf is the name of a line, or what there is of one that is no longer there.
func nameOf(names map[call.LineID]string, id call.LineID) string {
	if name := names[id]; name != "" {
		return name
	}
	return string(id)
}

// names are those of the person's lines.
func (c *Console) names(p desk.Person) map[call.LineID]string {
	names := map[call.LineID]string{}
	for _, l := range c.opts.Desk.Lines(p) {
		names[l.ID] = l.Name
	}
	return names
}

// decide takes a decision about a caller who waits, and says which one holds.
func (c *Console) decide(v *visit) error {
	if err := v.form(formMost); err != nil {
		return err
	}
	choice := call.Choice(v.PostForm.Get("choice"))
	switch choice {
	case call.Accept, call.Refuse, call.Block:
	default:
		return &desk.WrongError{Field: "choice", Why: "accept, refuse or block"}
	}
	decided, err := c.opts.Desk.Decide(v.Context(), v.person, call.ID(v.PathValue("id")), choice)
	if err != nil {
		return err
	}
	said, bad := v.words.decided(choice, decided, v.person.Name)
	return c.tell(v, "/", said, bad)
}

// decided says which decision holds, and whether it is another than the one that was meant.
func (w *words) decided(choice call.Choice, d call.Decided, me string) (said string, bad bool) {
	switch {
	case d.Won, d.Holds.By == me && d.Holds.Choice == choice:
		return w.say("decided." + string(choice)), false
	case d.Why == call.NotAllowed:
		return w.say("decided.not-allowed"), true
	case d.Holds.By == "":
		return w.say("decided.not-waiting"), true
	}
	return w.say("decided.before", w.who(d.Holds.By), w.say("did."+string(d.Holds.Choice))), true
}

// who names somebody who has decided.
func (w *words) who(by string) string {
	if by == call.ByResident {
		return w.say("resident")
	}
	return by
}

// form reads the fields that were sent.
func (v *visit) form(most int64) error {
	v.Body = http.MaxBytesReader(v.w, v.Body, most)
	if err := v.ParseForm(); err != nil {
		return asWrong(err)
	}
	return nil
}
