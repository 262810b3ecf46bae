package policy

import (
	"strings"

	"clearline/lib/call"
)

// House is everything that decides about callers. Houses do not change: With...
// returns another, so that a house can be read by many while somebody makes the next.
type House struct {
	book    *Book
	windows Windows
	homes   map[call.LineID]*home
	other   *home // of lines nobody has told of
}

// Residence is a line with what its operator has decided for it.
type Residence struct {
	Line  call.Line
	Rules Rules
	Plan  *Plan // knows which numbers never call; nil knows none
}

// home is what a house knows of a line, made for looking it up.
type home struct {
	rules Rules
	own   map[string]bool   // the line's numbers
	never map[string]string // numbers that never call: the names of their services
}

// NewHouse makes a house of lines, without lists and windows. A line that is not among
// them has DefaultRules. What the rules hold belongs to the house from then on.
func NewHouse(lines ...Residence) *House {
	h := &House{homes: make(map[call.LineID]*home, len(lines)), other: &home{rules: DefaultRules()}}
	for _, r := range lines {
		own := make(map[string]bool, len(r.Line.Numbers))
		for _, n := range r.Line.Numbers {
			own[n] = true
		}
		h.homes[r.Line.ID] = &home{rules: r.Rules, own: own, never: r.Plan.neverCalling()}
	}
	return h
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
func (h *House) Rules(line call.LineID) Rules { return h.home(line).rules }

func (h *House) home(line call.LineID) *home {
	if known, ok := h.homes[line]; ok {
		return known
	}
	return h.other
}

// britishCode is what exchanges put in front of a short code when they take it for a
// number of the country.
const britishCode = "44"

// neverCalling lists the numbers that never call, as callers may show them, with the
// names of their services. Some gateways show a short code as if it were a national
// number.
func (p *Plan) neverCalling() map[string]string {
	if p == nil {
		return nil
	}
	names := map[string]string{}
	for _, s := range p.services {
		if !s.NeverCalls {
			continue
		}
		names[s.Number] = s.Name
		if strings.HasPrefix(s.Number, "+") {
			continue
		}
		names["0"+s.Number] = s.Name
		if p.region == "GB" {
			names[britishCode+s.Number], names["00"+britishCode+s.Number], names["+"+britishCode+s.Number] = s.Name, s.Name, s.Name
		}
	}
	return names
}
