package policy

import "clearline/lib/call"

// Service is a number people dial to get help or to check a story, or one that
// fraudsters tell them to dial.
type Service struct {
	Number     string // E.164, or the digits of a short code
	Role       call.Role
	Name       string // for people
	NeverCalls bool   // a caller who presents this number lies about it
}

// Meaning is what a dialled number means.
type Meaning struct {
	Role    call.Role
	Number  string // of the service; empty for Other
	Service string // its name
}

// Plan knows what the numbers dialled on a line mean, in every form they are dialled:
// short, national, international, behind the digits that ask for an outside line,
// that hide or show the own number, or that ask for text relay. Plans do not change.
type Plan struct{}

// Meaning looks up a number in any written form. A nil Plan knows none.
func (p *Plan) Meaning(dialled string) Meaning { return Meaning{Role: call.Other} }

// Keep returns the longest end of typed that begins a number of the plan, or is one.
// Empty means that nothing typed so far leads anywhere.
func (p *Plan) Keep(typed string) string { return "" }

// Typed looks up what was typed digit by digit. whole says that typed is a number of the
// plan; more, that a longer one begins with it.
func (p *Plan) Typed(typed string) (m Meaning, whole, more bool) { return Meaning{Role: call.Other}, false, false }
