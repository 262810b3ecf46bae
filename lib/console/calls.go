package console

import (
	"errors"
	"mime"
	"net/http"
	"net/url"
	"time"

	"clearline/lib/call"
	"clearline/lib/desk"
)

// perPage is how many calls, incidents and entries a page shows.
const perPage = 50

// outcomes are what calls can be looked for by: groups of causes.
var outcomes = []struct {
	Key    string
	Causes []call.Cause
}{
	{"talked", []call.Cause{call.Completed, call.Cleared}},
	{"refused", []call.Cause{call.Refused, call.RefusedBlocked}},
	{"message", []call.Cause{call.MessageLeft}},
	{"unanswered", []call.Cause{call.NoAnswer, call.LineInUse, call.Unreachable}},
	{"gone", []call.Cause{call.CallerHungUp, call.CheckFailed, call.NothingSaid}},
	{"blocked", []call.Cause{call.Blocked, call.TurnedAway, call.Crowded}},
	{"broken", []call.Cause{call.Taken, call.Fault, call.Lost, call.NoLine}},
}

// callsPage lists calls that are over.
type callsPage struct {
	Query    callQuery
	Lines    []desk.LineNow
	Outcomes []string
	Days     []callDay
	Next     string // address of the next page; empty on the last
}

// callQuery is what was asked for.
type callQuery struct {
	Text, Line, Outcome string
	Spoken              bool
}

// callDay are the calls of one day.
type callDay struct {
	Day   time.Time
	Calls []callRow
}

// callRow is a call in the list.
type callRow struct {
	call.Record
	Name string // of the line
}

// calls lists calls.
func (c *Console) calls(v *visit) error {
	given := v.URL.Query()
	q := callQuery{Text: given.Get("q"), Line: given.Get("line"), Outcome: given.Get("outcome"), Spoken: given.Get("spoken") != ""}
	asked := desk.CallQuery{Text: q.Text, Spoken: q.Spoken, Cursor: given.Get("after"), Limit: perPage}
	if q.Line != "" {
		asked.Lines = []call.LineID{call.LineID(q.Line)}
	}
	page := callsPage{Query: q, Lines: c.opts.Desk.Lines(v.person)}
	for _, o := range outcomes {
		page.Outcomes = append(page.Outcomes, o.Key)
		if o.Key == q.Outcome {
			asked.Causes = o.Causes
		}
	}
	found, err := c.opts.Desk.Calls(v.Context(), v.person, asked)
	if err != nil {
		return err
	}
	names := c.names(v.person)
	for _, r := range found.Items {
		page.Days = c.onDay(page.Days, callRow{r, nameOf(names, r.Line)})
	}
	if found.Next != "" {
		given.Set("after", found.Next)
		page.Next = "/calls?" + given.Encode()
	}
	c.show(v, http.StatusOK, "calls", page)
	return nil
}

// onDay puts a call behind the others, under its day.
func (c *Console) onDay(days []callDay, row callRow) []callDay {
	day := row.Arrived.In(c.opts.Desk.Zone())
	if n := len(days); n == 0 || days[n-1].Day.Format(time.DateOnly) != day.Format(time.DateOnly) {
		days = append(days, callDay{Day: day})
	}
	last := &days[len(days)-1]
	last.Calls = append(last.Calls, row)
	return days
}

// callPage shows one call.
type callPage struct {
	callRow
	Moments []moment
	Known   bool // there is a number to put on a list
	Asked   string
}

// call shows one call, and what can be done about it.
func (c *Console) call(v *visit) error {
	r, err := c.opts.Desk.Call(v.Context(), v.person, call.ID(v.PathValue("id")))
	if err != nil {
		return err
	}
	page := callPage{
		callRow: callRow{r, nameOf(c.names(v.person), r.Line)},
		Known:   r.From.Shown() != "" && r.Line != "",
		Moments: c.momentsOfCall(v.words, r),
	}
	c.show(v, http.StatusOK, "call", page)
	return nil
}

// erase removes what a caller has said.
func (c *Console) erase(v *visit) error {
	if err := v.form(formMost); err != nil {
		return err
	}
	id := v.PathValue("id")
	if err := c.opts.Desk.Erase(v.Context(), v.person, call.ID(id)); err != nil {
		return err
	}
	return c.back(v, "/calls/"+url.PathEscape(id), v.words.say("call.erased"))
}

// recording plays what a caller has said. Browsers may ask for pieces of it.
func (c *Console) recording(v *visit) error {
	id := call.RecordingID(v.PathValue("id"))
	r, err := c.opts.Desk.Play(v.Context(), v.person, id)
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }() // it was only read
	h := v.w.Header()
	h.Set("Content-Type", "audio/wav")
	h.Set("Content-Disposition", mime.FormatMediaType("inline", map[string]string{"filename": string(id) + ".wav"}))
	http.ServeContent(v.w, v.Request, "", r.Made, r)
	return nil
}

// asWrong makes what cannot be read of a request the fault of who has sent it.
func asWrong(err error) error {
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return err
	}
	return &desk.WrongError{Field: "form", Why: err.Error()}
}

// listPath is where a list is looked at.
func listPath(list call.List, line call.LineID) string {
	return "/people?" + url.Values{"list": {string(list)}, "line": {string(line)}}.Encode()
}
