package policy

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"clearline/lib/call"
	"clearline/lib/number"
)

// The longest outside prefix, and the longest number behind prefixes (ITU-T E.164).
const (
	longestOutside = 3
	longestService = 15
)

// NewPlan makes a plan for the telephones of a region (ISO 3166, "GB"). outside lists
// the digits that ask for an outside line, 1 to 3 each; people dial with and without
// them. In front of a number stand, in this order, an outside prefix, one that hides
// or shows the own number, and that of text relay, each or none.
//
// Where two forms are the same digits, an emergency comes first, then a number dialled
// without prefixes, then a trap, then the service that is listed first.
//
// The error names the service, or the outside prefix, that cannot be dialled.
func NewPlan(region string, outside []string, services ...Service) (*Plan, error) {
	known, err := readRegion(region)
	if err != nil {
		return nil, fmt.Errorf("make plan: %w", err)
	}
	for _, o := range outside {
		if o == "" || len(o) > longestOutside || strings.ContainsFunc(o, notDigit) {
			return nil, fmt.Errorf("make plan: outside prefix %q is not 1 to %d digits", o, longestOutside)
		}
	}
	p := &Plan{
		region: region,
		// Appended to nil, so that none is nil however it was given.
		outside:  append([]string(nil), outside...),
		services: append([]Service(nil), services...),
	}
	fronts := frontsOf(append([]string{""}, outside...), known.prefixes(ownNumber), known.prefixes(relay))
	for _, s := range services {
		numbers, err := s.dialled(region)
		if err != nil {
			return nil, fmt.Errorf("make plan: %w", err)
		}
		p.forms = append(p.forms, formsOf(s, numbers, fronts)...)
	}
	p.settle()
	return p, nil
}

// dialled lists the ways to dial a service without prefixes.
func (s Service) dialled(region string) ([]string, error) {
	if urgent(s.Role) < 0 {
		return nil, fmt.Errorf("service %q: no number has the role %q", s.Number, s.Role)
	}
	digits, international := strings.CutPrefix(s.Number, "+")
	switch {
	case digits == "" || len(digits) > longestService || strings.ContainsFunc(digits, notDigit):
		return nil, fmt.Errorf("service %q: not 1 to %d digits", s.Number, longestService)
	case !international:
		return []string{digits}, nil
	}
	n, err := number.Parse(s.Number, region)
	if err != nil || n.E164 != s.Number {
		return nil, fmt.Errorf("service %q: not a number of E.164", s.Number)
	}
	return n.Dialled(region), nil
}

// frontsOf combines prefixes in the order they are dialled.
func frontsOf(outside, own, relays []string) []Prefixes {
	var fronts []Prefixes
	for _, o := range outside {
		for _, w := range own {
			for _, r := range relays {
				fronts = append(fronts, Prefixes{Outside: o, OwnNumber: w, Relay: r})
			}
		}
	}
	return fronts
}

// formsOf puts each number behind each combination of prefixes. A "+" only ever leads.
func formsOf(s Service, numbers []string, fronts []Prefixes) []Form {
	m := Meaning{Role: s.Role, Number: s.Number, Service: s.Name}
	var forms []Form
	for _, n := range numbers {
		for _, b := range fronts {
			if n[0] != '+' || b == (Prefixes{}) {
				forms = append(forms, Form{Digits: b.Outside + b.OwnNumber + b.Relay + n, Meaning: m, Behind: b})
			}
		}
	}
	return forms
}

// settle sorts the forms and leaves one of those that are the same digits.
func (p *Plan) settle() {
	slices.SortStableFunc(p.forms, func(a, b Form) int {
		return cmp.Or(strings.Compare(a.Digits, b.Digits), cmp.Compare(a.precedence(), b.precedence()))
	})
	p.forms = slices.Clip(slices.CompactFunc(p.forms, func(a, b Form) bool { return a.Digits == b.Digits }))
	for _, f := range p.forms {
		p.longest = max(p.longest, len(f.Digits))
	}
}

// precedence orders forms of the same digits: the lowest is taken.
func (f Form) precedence() int {
	place := urgent(f.Meaning.Role)
	switch {
	case f.Behind == Prefixes{}:
		return 2 * place
	case f.Meaning.Role == call.Emergency:
		return 2*place + 1
	}
	return 2*len(roles) + place
}

// roles are those a service can have, the most urgent first.
var roles = [...]call.Role{call.Emergency, call.Trap, call.Verification}

// urgent is the place of a role among roles, or -1.
func urgent(r call.Role) int { return slices.Index(roles[:], r) }

// Equal says whether two plans give the same answers.
func (p *Plan) Equal(q *Plan) bool {
	if p == nil || q == nil {
		return p == q
	}
	return p.region == q.region && slices.Equal(p.outside, q.outside) && slices.Equal(p.services, q.services)
}

// frozenPlan is what a plan is made of.
type frozenPlan struct {
	Region   string
	Outside  []string `json:",omitempty"`
	Services []Service
}

// MarshalJSON writes what the plan was made of; a nil Plan is null.
func (p *Plan) MarshalJSON() ([]byte, error) {
	if p == nil {
		return []byte("null"), nil
	}
	return json.Marshal(frozenPlan{p.region, p.outside, p.services})
}

// UnmarshalJSON makes the plan anew.
func (p *Plan) UnmarshalJSON(text []byte) error {
	if string(text) == "null" {
		return nil
	}
	var f frozenPlan
	if err := json.Unmarshal(text, &f); err != nil {
		return fmt.Errorf("read plan: %w", err)
	}
	made, err := NewPlan(f.Region, f.Outside, f.Services...)
	if err != nil {
		return fmt.Errorf("read plan: %w", err)
	}
	*p = *made
	return nil
}
