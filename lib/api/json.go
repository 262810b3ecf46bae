package api

import (
	"time"

	"clearline/lib/call"
	"clearline/lib/desk"
	"clearline/lib/feed"
	"clearline/lib/store"
)

// What programs read. Nothing is left out: what there is not is null, or empty.

type listJSON[T any] struct {
	Items []T     `json:"items"`
	Next  *string `json:"next"` // cursor of the next page
}

// listOf makes a page of what programs read.
func listOf[T, J any](page desk.Page[T], of func(T) J) listJSON[J] {
	list := listJSON[J]{Items: make([]J, 0, len(page.Items)), Next: some(page.Next)}
	for _, item := range page.Items {
		list.Items = append(list.Items, of(item))
	}
	return list
}

// some is nil for what there is not.
func some[T comparable](value T) *T {
	var none T
	if value == none {
		return nil
	}
	return &value
}

// instant is a time in UTC; nil for none.
func instant(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	return some(t.UTC().Format("2006-01-02T15:04:05.000Z07:00"))
}

// list is never null.
func list[T any](values []T) []T {
	if values == nil {
		return []T{}
	}
	return values
}

type partyJSON struct {
	Number       string            `json:"number"`
	Name         string            `json:"name"`
	Presentation call.Presentation `json:"presentation"`
	Trunk        string            `json:"trunk"`
}

func partyOf(c call.Caller) partyJSON { return partyJSON{c.Number, c.Name, c.Presentation, c.Trunk} }

type decisionJSON struct {
	By     string      `json:"by"` // a user, "token:" and a token's name, or "resident"
	Choice call.Choice `json:"choice"`
}

func decisionOf(d call.Decision) *decisionJSON {
	if d == (call.Decision{}) {
		return nil
	}
	return &decisionJSON{d.By, d.Choice}
}

type notesJSON struct {
	SpokeOver   bool `json:"spoke_over"`
	WrongDigits int  `json:"wrong_digits"`
	Silences    int  `json:"silences"`
	CodeMisses  int  `json:"code_misses"`
	KnewCode    bool `json:"knew_code"`
	WordMisses  int  `json:"word_misses"`
	KnewWord    bool `json:"knew_word"`
	KeysInCall  int  `json:"keys_in_call"`
}

func notesOf(n call.Notes) notesJSON {
	return notesJSON{n.SpokeOver, n.WrongDigits, n.Silences, n.CodeMisses, n.KnewCode, n.WordMisses, n.KnewWord, n.KeysInCall}
}

type callJSON struct {
	ID        call.ID           `json:"id"`
	Line      call.LineID       `json:"line"`
	State     string            `json:"state"` // "underway" or "ended"
	Stage     *string           `json:"stage"` // of one under way
	From      partyJSON         `json:"from"`
	Arrived   *string           `json:"arrived"`
	Ended     *string           `json:"ended"`
	Waits     bool              `json:"waits"`
	MayAccept bool              `json:"may_accept"`
	Decision  *decisionJSON     `json:"decision"`
	Approved  bool              `json:"approved"`
	Cause     *call.Cause       `json:"cause"`
	Recording *call.RecordingID `json:"recording"`
	Notes     notesJSON         `json:"notes"`
}

func callOf(u call.Underway) callJSON {
	return callJSON{
		ID: u.Call, Line: u.Line, State: stateUnderway, Stage: some(u.Stage), From: partyOf(u.From), Arrived: instant(u.Since),
		Waits: u.Waits, MayAccept: u.MayAccept, Decision: decisionOf(u.Decision), Approved: u.Decision.Choice == call.Accept,
		Recording: some(u.Recording), Notes: notesOf(u.Notes),
	}
}

func recordOf(r call.Record) callJSON {
	d := call.Decision{By: r.DecidedBy, Choice: call.Refuse}
	switch {
	case r.DecidedBy == "":
		d = call.Decision{}
	case r.Approved:
		d.Choice = call.Accept
	case r.Cause == call.RefusedBlocked:
		d.Choice = call.Block
	}
	return callJSON{
		ID: r.ID, Line: r.Line, State: stateEnded, From: partyOf(r.From), Arrived: instant(r.Arrived), Ended: instant(r.Ended),
		Decision: decisionOf(d), Approved: r.Approved, Cause: some(r.Cause), Recording: some(r.Recording), Notes: notesOf(r.Notes),
	}
}

type incidentJSON struct {
	ID      call.ID       `json:"id"`
	Line    call.LineID   `json:"line"`
	At      *string       `json:"at"`
	Urgency string        `json:"urgency"` // "calm", "raised" or "high"
	Role    call.Role     `json:"role"`
	Service string        `json:"service"`
	Number  string        `json:"number"`
	Dialled string        `json:"dialled"`
	Way     call.Way      `json:"way"`
	Suspect *partyJSON    `json:"suspect"`
	Found   int           `json:"legs_found"`
	Gone    int           `json:"legs_gone"`
	Took    int64         `json:"took_ms"`
	Outcome *call.Outcome `json:"outcome"` // null while it is under way
}

func incidentOf(a call.Attempt) incidentJSON {
	i := incidentJSON{
		ID: a.ID, Line: a.Line, At: instant(a.At), Urgency: string(a.Urgency), Role: a.Role, Service: a.Service, Number: a.Number,
		Dialled: a.Dialled, Way: a.Way, Found: a.Found, Gone: a.Gone, Took: a.Took.Milliseconds(), Outcome: some(a.Outcome),
	}
	if a.Urgency == call.Calm {
		i.Urgency = "calm"
	}
	if a.Suspect != (call.Caller{}) {
		i.Suspect = some(partyOf(a.Suspect))
	}
	return i
}

type lineJSON struct {
	ID       call.LineID    `json:"id"`
	Name     string         `json:"name"`
	Numbers  []string       `json:"numbers"`
	Language string         `json:"language"`
	Approver call.Approver  `json:"approver"`
	State    desk.State     `json:"state"`
	Calls    []callJSON     `json:"calls"`
	Attempts []incidentJSON `json:"attempts"`
}

func lineOf(l desk.LineNow) lineJSON {
	j := lineJSON{
		ID: l.ID, Name: l.Name, Numbers: list(l.Numbers), Language: l.Language, Approver: l.Approver, State: l.State,
		Calls: []callJSON{}, Attempts: []incidentJSON{},
	}
	for _, u := range l.Calls {
		if u.Attempt.ID != "" {
			j.Attempts = append(j.Attempts, incidentOf(u.Attempt))
			continue
		}
		j.Calls = append(j.Calls, callOf(u))
	}
	return j
}

type entryJSON struct {
	Line    call.LineID `json:"line"` // empty for the whole house
	Pattern string      `json:"pattern"`
	Name    string      `json:"name"`
	Verify  bool        `json:"verify"`
	Word    bool        `json:"word"` // a word is keyed; without one it is spoken
	Since   *string     `json:"since"`
	Expires *string     `json:"expires"`
	Source  string      `json:"source"`
}

func entryOf(e call.Entry) entryJSON {
	return entryJSON{e.Line, e.Pattern, e.Name, e.Verify, e.Word != "", instant(e.Since), instant(e.Until), e.Source}
}

type deedJSON struct {
	ID     uint64      `json:"id"`
	At     *string     `json:"at"`
	By     string      `json:"by"`
	Did    string      `json:"did"`
	Line   call.LineID `json:"line"`
	To     string      `json:"to"`
	Note   string      `json:"note"`
	Remote string      `json:"remote"`
}

func deedOf(d store.Deed) deedJSON {
	return deedJSON{d.ID, instant(d.At), d.By, d.Did, d.Line, d.To, d.Note, d.Remote}
}

type eventJSON struct {
	ID        feed.ID           `json:"id"`
	Kind      call.NewsKind     `json:"kind"`
	At        *string           `json:"at"`
	Line      call.LineID       `json:"line"`
	Call      *call.ID          `json:"call"`
	Stage     *string           `json:"stage"`
	From      *partyJSON        `json:"from"`
	Recording *call.RecordingID `json:"recording"`
	Decision  *decisionJSON     `json:"decision"`
	Cause     *call.Cause       `json:"cause"`
	Keys      int               `json:"keys"`
	Attempt   *incidentJSON     `json:"attempt"`
}

func eventOf(e feed.Event) eventJSON {
	n := e.News
	j := eventJSON{
		ID: e.ID, Kind: n.Kind, At: instant(n.At), Line: n.Line, Call: some(n.Call), Stage: some(n.Stage), Recording: some(n.Recording),
		Decision: decisionOf(n.Decision), Cause: some(n.Cause), Keys: n.Keys,
	}
	if n.From != (call.Caller{}) {
		j.From = some(partyOf(n.From))
	}
	if n.Attempt.ID != "" {
		j.Attempt = some(incidentOf(n.Attempt))
	}
	return j
}
