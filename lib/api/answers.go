package api

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"clearline/lib/call"
	"clearline/lib/desk"
)

// The states of a call.
const (
	stateUnderway = "underway"
	stateEnded    = "ended"
)

// lines answers with the lines of the token, and what goes on on each.
func (a *API) lines(w http.ResponseWriter, r *http.Request, p desk.Person) error {
	if _, err := asked(r); err != nil {
		return err
	}
	return say(w, http.StatusOK, listOf(desk.Page[desk.LineNow]{Items: a.opts.Desk.Lines(p)}, lineOf))
}

// calls answers with calls under way, on the first page, and calls that are over.
func (a *API) calls(w http.ResponseWriter, r *http.Request, p desk.Person) error {
	q, err := asked(r, "line", "state", "cause", "text", "recorded", "since", "until", "cursor", "limit")
	if err != nil {
		return err
	}
	state := q.values.Get("state")
	if state != "" && state != stateUnderway && state != stateEnded {
		return &desk.WrongError{Field: "state", Why: "write underway or ended"}
	}
	var causes []call.Cause
	for _, cause := range q.values["cause"] {
		causes = append(causes, call.Cause(cause))
	}
	query := desk.CallQuery{
		Lines: q.lines(), Text: q.values.Get("text"), Causes: causes, Spoken: q.yes("recorded"),
		Since: q.time("since"), Until: q.time("until"), Cursor: q.values.Get("cursor"), Limit: q.number("limit"),
	}
	if q.wrong != nil {
		return q.wrong
	}
	ctx, cancel := context.WithTimeout(r.Context(), answerMax)
	defer cancel()
	page, err := a.opts.Desk.Calls(ctx, p, query)
	if err != nil {
		return err
	}
	if state == stateUnderway {
		page = desk.Page[call.Record]{}
	}
	answer := listOf(page, recordOf)
	filtered := len(causes) > 0 || query.Text != "" || !query.Since.IsZero() || !query.Until.IsZero() || query.Spoken
	if state != stateEnded && query.Cursor == "" && !filtered {
		answer.Items = append(a.underway(p, query.Lines), answer.Items...)
	}
	return say(w, http.StatusOK, answer)
}

// underway are the callers' calls that go on, the latest first.
func (a *API) underway(p desk.Person, lines []call.LineID) []callJSON {
	items := []callJSON{}
	for _, u := range slices.Backward(a.opts.Desk.Underway(p)) {
		if u.Attempt.ID == "" && (len(lines) == 0 || slices.Contains(lines, u.Line)) {
			items = append(items, callOf(u))
		}
	}
	return items
}

// call answers with one call, under way or over.
func (a *API) call(w http.ResponseWriter, r *http.Request, p desk.Person) error {
	id := call.ID(r.PathValue("id"))
	if _, err := asked(r); err != nil {
		return err
	}
	for _, u := range a.opts.Desk.Underway(p) {
		if u.Call == id && u.Attempt.ID == "" {
			return say(w, http.StatusOK, callOf(u))
		}
	}
	record, err := a.opts.Desk.Call(r.Context(), p, id)
	if err != nil {
		return err
	}
	return say(w, http.StatusOK, recordOf(record))
}

// decide makes a choice about a caller who waits.
func (a *API) decide(choice call.Choice) handler {
	return func(w http.ResponseWriter, r *http.Request, p desk.Person) error {
		if _, err := asked(r); err != nil {
			return err
		}
		if _, err := io.Copy(io.Discard, r.Body); err != nil { // there is nothing to say in it
			return err
		}
		decided, err := a.opts.Desk.Decide(r.Context(), p, call.ID(r.PathValue("id")), choice)
		if errors.Is(err, desk.ErrGone) {
			gone := problemGone
			gone.Decision = decisionOf(decided.Holds)
			return gone
		}
		if err != nil {
			return err
		}
		refusal := map[call.Unheeded]problem{
			call.TooLate: problemDecided, call.NotWaiting: problemWaits, call.NotAllowed: problemOwn,
		}
		if why, no := refusal[decided.Why]; no {
			why.Decision = decisionOf(decided.Holds)
			return why
		}
		return say(w, http.StatusOK, map[string]any{"decision": decisionOf(decided.Holds)})
	}
}

// recording answers with what a caller has said, or a piece of it.
func (a *API) recording(w http.ResponseWriter, r *http.Request, p desk.Person) error {
	if _, err := asked(r); err != nil {
		return err
	}
	said, err := a.opts.Desk.Play(r.Context(), p, call.RecordingID(r.PathValue("id")))
	if err != nil {
		return err
	}
	defer func() { _ = said.Close() }() // it was only read
	w.Header().Set("Content-Type", "audio/wav")
	http.ServeContent(w, r, "", said.Made, said)
	return nil
}

// incidents answers with attempts to dial a number for help.
func (a *API) incidents(w http.ResponseWriter, r *http.Request, p desk.Person) error {
	q, err := asked(r, "line", "calm", "since", "until", "cursor", "limit")
	if err != nil {
		return err
	}
	query := desk.IncidentQuery{
		Lines: q.lines(), Calm: q.yes("calm"), Since: q.time("since"), Until: q.time("until"),
		Cursor: q.values.Get("cursor"), Limit: q.number("limit"),
	}
	if q.wrong != nil {
		return q.wrong
	}
	ctx, cancel := context.WithTimeout(r.Context(), answerMax)
	defer cancel()
	page, err := a.opts.Desk.Incidents(ctx, p, query)
	if err != nil {
		return err
	}
	return say(w, http.StatusOK, listOf(page, incidentOf))
}

// entries answers with a list that people keep.
func (a *API) entries(of call.List) handler {
	return func(w http.ResponseWriter, r *http.Request, p desk.Person) error {
		q, err := asked(r, "line", "house", "text", "over", "cursor", "limit")
		if err != nil {
			return err
		}
		query := desk.EntryQuery{
			List: of, Lines: q.lines(), House: q.yes("house"), Text: q.values.Get("text"), Over: q.yes("over"),
			Cursor: q.values.Get("cursor"), Limit: q.number("limit"),
		}
		if q.wrong != nil {
			return q.wrong
		}
		ctx, cancel := context.WithTimeout(r.Context(), answerMax)
		defer cancel()
		page, err := a.opts.Desk.Entries(ctx, p, query)
		if err != nil {
			return err
		}
		return say(w, http.StatusOK, listOf(page, entryOf))
	}
}

// draftJSON is an entry as a program writes it.
type draftJSON struct {
	Line    call.LineID `json:"line"`
	Number  string      `json:"number"`
	Name    string      `json:"name"`
	Verify  bool        `json:"verify"`
	Word    string      `json:"word"`
	Expires *time.Time  `json:"expires"`
	Wide    bool        `json:"wide"`
}

// put puts an entry on a list.
func (a *API) put(of call.List) handler {
	return func(w http.ResponseWriter, r *http.Request, p desk.Person) error {
		if _, err := asked(r); err != nil {
			return err
		}
		var d draftJSON
		decoder := json.NewDecoder(r.Body)
		decoder.DisallowUnknownFields()
		err := decoder.Decode(&d)
		if err == nil {
			if _, err = decoder.Token(); err == nil {
				err = errors.New("there is something behind the object")
			} else if errors.Is(err, io.EOF) {
				err = nil
			}
		}
		var size *http.MaxBytesError
		switch {
		case errors.As(err, &size):
			return err
		case err != nil:
			return &desk.WrongError{Field: "body", Why: "it is no entry as JSON: " + err.Error()}
		}
		draft := desk.Draft{List: of, Line: d.Line, Number: d.Number, Name: d.Name, Verify: d.Verify, Word: d.Word, Wide: d.Wide}
		if d.Expires != nil {
			draft.Until = *d.Expires
		}
		e, err := a.opts.Desk.Put(r.Context(), p, draft)
		if err != nil {
			return err
		}
		return say(w, http.StatusOK, entryOf(e))
	}
}

// remove takes an entry off a list.
func (a *API) remove(of call.List) handler {
	return func(w http.ResponseWriter, r *http.Request, p desk.Person) error {
		q, err := asked(r, "line", "number")
		if err != nil {
			return err
		}
		if len(q.values["line"]) > 1 || !q.values.Has("number") {
			return &desk.WrongError{Field: "number", Why: "name one number as the list has it, and the line it is for, if it is for one"}
		}
		key := call.EntryKey{List: of, Line: call.LineID(q.values.Get("line")), Pattern: q.values.Get("number")}
		if err := a.opts.Desk.Remove(r.Context(), p, key); err != nil {
			return err
		}
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
}

// deeds answers with the audit log.
func (a *API) deeds(w http.ResponseWriter, r *http.Request, p desk.Person) error {
	q, err := asked(r, "cursor", "limit")
	if err != nil {
		return err
	}
	most := q.number("limit")
	if q.wrong != nil {
		return q.wrong
	}
	page, err := a.opts.Desk.Deeds(r.Context(), p, q.values.Get("cursor"), most)
	if err != nil {
		return err
	}
	return say(w, http.StatusOK, listOf(page, deedOf))
}

// query is what stands behind the path of a request.
type query struct {
	values url.Values
	wrong  error // the first thing that could not be understood
}

// asked reads the query of a request. One that the path does not know is an error: a filter
// with a slip must not list everything.
func asked(r *http.Request, fields ...string) (*query, error) {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, &desk.WrongError{Field: "query", Why: err.Error()}
	}
	for field := range values {
		if !slices.Contains(fields, field) {
			return nil, &desk.WrongError{Field: field, Why: "the path does not know it"}
		}
	}
	return &query{values: values}, nil
}

func (q *query) lines() (lines []call.LineID) {
	for _, id := range q.values["line"] {
		lines = append(lines, call.LineID(id))
	}
	return lines
}

func (q *query) fail(field, why string) {
	if q.wrong == nil {
		q.wrong = &desk.WrongError{Field: field, Why: why}
	}
}

func (q *query) yes(field string) bool {
	switch q.values.Get(field) {
	case "", "false":
		return false
	case "true":
		return true
	}
	q.fail(field, "write true or false")
	return false
}

func (q *query) number(field string) int {
	text := q.values.Get(field)
	if text == "" {
		return 0
	}
	n, err := strconv.Atoi(text)
	if err != nil || n == 0 {
		q.fail(field, "write a number from 1 to 500")
	}
	return n
}

func (q *query) time(field string) time.Time {
	text := q.values.Get(field)
	if text == "" {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		q.fail(field, "write a time such as 2026-12-24T18:00:00Z")
	}
	return t
}
