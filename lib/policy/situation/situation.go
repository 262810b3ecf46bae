// Package situation reads calls as they happen to people, with what ought to become of
// each. Tests and the benchmark score policies with them.
package situation

import (
	"time"
	_ "time/tzdata" // situations take place in Britain, wherever they are read

	"clearline/lib/call"
	"clearline/lib/number"
	"clearline/lib/policy"
)

// Situation is one call to a house with one line.
type Situation struct {
	File  string
	Row   int    // of its title, from 1
	Title string // who calls, and why

	Legitimate bool // otherwise the caller is a fraudster, or a machine that sells something
	From       call.Caller
	At         time.Time // in London
	Recent     int       // as policy.Question.Recent
	Entries    []call.Entry
	Windows    []call.Window
	Night      []policy.Profile
	Endpoints  []string // that are always trusted

	Want Outcome
}

// Outcome is what becomes of a call.
type Outcome string

// The outcomes.
const (
	Trusted      Outcome = "trusted"      // the telephone rings as ever
	Unchallenged Outcome = "unchallenged" // it rings; the resident hears who it is, and decides
	Screened     Outcome = "screened"     // the caller must say who and why first
	AskedWord    Outcome = "asked-word"   // the caller must know a word first
	Message      Outcome = "message"      // the caller may leave a message
	Refused      Outcome = "refused"      // told so
	Blocked      Outcome = "blocked"      // not answered at all
)

// Lost says whether nothing of the call reaches anybody.
func (o Outcome) Lost() bool { return o == Refused || o == Blocked }

// Rings says whether the telephone rings although the caller was asked nothing.
func (o Outcome) Rings() bool { return o == Trusted || o == Unchallenged }

// OutcomeOf is what becomes of a caller after a decision.
func OutcomeOf(d policy.Decision) Outcome {
	switch d.Verdict {
	case policy.Trusted:
		return Trusted
	case policy.Blocked:
		return Blocked
	}
	return map[policy.Treatment]Outcome{
		policy.Screen: Screened, policy.AskWord: AskedWord, policy.TakeMessage: Message,
		policy.Unchallenged: Unchallenged, policy.Refuse: Refused,
	}[d.Treatment]
}

const region = "GB"

// line is the telephone that is called.
var line = call.Line{ID: "flat-1", Name: "Flat 1", Numbers: []string{"+441632960101"}}

// Question is what a policy is asked.
func (s Situation) Question() policy.Question {
	return policy.Question{Line: line.ID, From: s.From, Class: number.ClassOf(s.From, region), At: s.At, Recent: s.Recent}
}

// House is Clearline with its default rules, and what the situation says of the house.
func (s Situation) House(plan *policy.Plan) (*policy.House, error) {
	rules := policy.DefaultRules()
	rules.Night, rules.TrustedEndpoints = s.Night, s.Endpoints
	var lists policy.Loader
	for _, e := range s.Entries {
		if err := lists.Add(e); err != nil {
			return nil, err
		}
	}
	return policy.NewHouse(policy.Residence{Line: line, Rules: rules, Plan: plan}).
		WithBook(lists.Book()).WithWindows(policy.NewWindows(s.Windows)), nil
}

// Plan is that of the house.
func Plan() (*policy.Plan, error) {
	services, err := policy.Services(region)
	if err != nil {
		return nil, err
	}
	return policy.NewPlan(region, nil, services...)
}
