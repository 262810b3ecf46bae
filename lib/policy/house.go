package policy

import (
	"clearline/lib/call"
)

// House is everything that decides about callers. Houses are values behind pointers:
// With... return another and leave the receiver as it was, so that it can be read by
// many while somebody makes the next.
type House struct {
	book    *Book
	windows Windows
}

// Residence is a line with what its operator has decided for it.
type Residence struct {
	Line  call.Line
	Rules Rules
	Plan  *Plan // knows which numbers never call; nil knows none
}

// NewHouse makes a house of lines, without lists and windows. A line that is not among
// them has DefaultRules.
func NewHouse(lines ...Residence) *House {
	return &House{}
}

// WithBook returns the house with other lists.
func (h *House) WithBook(b *Book) *House {
	next := *h
	next.book = b
	return &next
}

// WithWindows returns the house with other windows.
func (h *House) WithWindows(w Windows) *House {
	next := *h
	next.windows = w
	return &next
}

// Book returns the lists.
func (h *House) Book() *Book { return h.book }

// Windows returns the windows.
func (h *House) Windows() Windows { return h.windows }

// Rules returns the rules of a line.
func (h *House) Rules(line call.LineID) Rules { return DefaultRules() }

// Decide decides about a caller. It does not allocate.
func (h *House) Decide(q Question) Decision { return Decision{Verdict: Unknown, Treatment: Screen, Rule: RuleDefault} }

// Explain lists the rules that were asked, in order; the last one decided as Decide does.
func (h *House) Explain(q Question) []Step { return nil }

// Reason is a sentence for a warden.
func (d Decision) Reason() string { return "" }

// DefaultRules are those of a line that nothing was decided for.
func DefaultRules() Rules { return Rules{} }
