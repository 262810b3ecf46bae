package main

import (
	"fmt"

	"clearline/lib/call"
	"clearline/lib/number"
	"clearline/lib/policy/situation"
)

// score is what becomes of all calls by one policy.
type score struct {
	Policy       string   `json:"policy"`
	Legitimate   tally    `json:"legitimate"`
	Fraudulent   tally    `json:"fraudulent"`
	LostCalls    []string `json:"lost"`    // the legitimate ones
	RingingCalls []string `json:"ringing"` // the fraudulent ones
}

// tally counts outcomes.
type tally struct {
	Trusted      int `json:"trusted"`      // the telephone rings as ever
	Unchallenged int `json:"unchallenged"` // it rings, and the resident hears first who it is
	Asked        int `json:"asked"`        // screened, or asked for a word
	Message      int `json:"message"`
	Lost         int `json:"lost"` // refused, or not answered
}

func (t *tally) add(o situation.Outcome) {
	switch {
	case o == situation.Trusted:
		t.Trusted++
	case o == situation.Unchallenged:
		t.Unchallenged++
	case o == situation.Message:
		t.Message++
	case o.Lost():
		t.Lost++
	default:
		t.Asked++
	}
}

func (t *tally) all() int { return t.Trusted + t.Unchallenged + t.Asked + t.Message + t.Lost }

func (t *tally) rings() string {
	if t.Unchallenged == 0 {
		return fmt.Sprint(t.Trusted)
	}
	return fmt.Sprintf("%d (%d)", t.Trusted+t.Unchallenged, t.Unchallenged)
}

// contender is a policy.
type contender struct {
	name   string
	decide func(situation.Situation) situation.Outcome
}

// scoreAll puts all calls before all policies, Clearline's first.
func scoreAll(calls []situation.Situation) ([]score, error) {
	plan, err := situation.Plan()
	if err != nil {
		return nil, err
	}
	var bad error
	defaults := func(s situation.Situation) situation.Outcome {
		house, err := s.House(plan)
		if err != nil {
			bad = err
			return situation.Blocked
		}
		return situation.OutcomeOf(house.Decide(s.Question()))
	}
	var scores []score
	for _, c := range []contender{
		{"Clearline's defaults", defaults},
		{"block withheld and unknown, and a block list", blockUnnumbered},
		{"a plain block list", blockListed},
		{"contacts only", contactsOnly},
	} {
		one := score{Policy: c.name, LostCalls: []string{}, RingingCalls: []string{}}
		for _, s := range calls {
			one.add(s, c.decide(s))
		}
		scores = append(scores, one)
	}
	return scores, bad
}

func (c *score) add(s situation.Situation, o situation.Outcome) {
	title := fmt.Sprintf("%s:%d: %s", s.File, s.Row, s.Title)
	if !s.Legitimate {
		c.Fraudulent.add(o)
		if o.Rings() {
			c.RingingCalls = append(c.RingingCalls, title)
		}
		return
	}
	c.Legitimate.add(o)
	if o.Lost() {
		c.LostCalls = append(c.LostCalls, title)
	}
}

// blockUnnumbered is what most call blockers on sale do when told to be strict.
func blockUnnumbered(s situation.Situation) situation.Outcome {
	switch {
	case inside(s), listed(s, call.Contacts):
		return situation.Trusted
	case s.From.Presentation != call.Allowed || s.From.Number == "", listed(s, call.Blocks):
		return situation.Blocked
	}
	return situation.Trusted
}

func blockListed(s situation.Situation) situation.Outcome {
	if !inside(s) && listed(s, call.Blocks) {
		return situation.Blocked
	}
	return situation.Trusted
}

func contactsOnly(s situation.Situation) situation.Outcome {
	if inside(s) || listed(s, call.Contacts) {
		return situation.Trusted
	}
	return situation.Blocked
}

// inside says whether the call never came by the trunk, where a blocker stands.
func inside(s situation.Situation) bool {
	for _, e := range s.Endpoints {
		if e == s.From.Trunk {
			return true
		}
	}
	return false
}

// listed says whether a list holds the caller, whoever wrote the entry.
func listed(s situation.Situation, list call.List) bool {
	if s.From.Presentation != call.Allowed {
		return false
	}
	k, _ := number.KeyOf(s.From.Number)
	for _, e := range s.Entries {
		p, _ := number.Canonical(e.Pattern)
		if e.List == list && e.Holds(s.At) && (p.HasKey(k) || p.HasName(s.From.Name)) {
			return true
		}
	}
	return false
}
