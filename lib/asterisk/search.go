package asterisk

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"clearline/lib/call"
)

// What the dialplan and Clearline mark legs with. Asterisk shows variables in a list of
// channels only when ari.conf names them: channelvars=CLEARLINE_LINE,CLEARLINE_ROLE,
// CHANNEL(linkedid).
const (
	lineMark = "CLEARLINE_LINE"    // of callers and residents
	roleMark = "CLEARLINE_ROLE"    // of a resident who dials a service
	linkMark = "CHANNEL(linkedid)" // the same for all that were ever joined
)

// LegsOf lists the legs of a line that are up, other than the one that dials: a union of
// everything that may belong together, because each single sign misses something. The
// answer is as of a moment after the question was asked. An emergency call under way is
// never among it.
//
// The error wraps [call.ErrLegTaken] when the leg that dials is in Clearline's hands no
// longer, [ErrGone] when it is not up.
func (c *Client) LegsOf(ctx context.Context, s call.Search) ([]call.LegID, error) {
	l, err := c.list(ctx)
	if err != nil {
		return nil, fmt.Errorf("list the legs of line %s: %w", s.Line, err)
	}
	own, up := l.channel(s.Own)
	switch {
	case !up:
		return nil, fmt.Errorf("list the legs of line %s: leg %s: %w", s.Line, s.Own, ErrGone)
	case own.Dialplan.AppName != "Stasis":
		return nil, fmt.Errorf("list the legs of line %s: leg %s: %w", s.Line, s.Own, call.ErrLegTaken)
	}
	return l.legsOf(s, own), nil
}

// legsOf finds the union: it begins with what shows by itself that it belongs to the
// line, and adds what is joined to it until nothing more is found.
func (l *listing) legsOf(s call.Search, own channel) []call.LegID {
	spared := l.spared(own)
	if s.Way == call.WayFresh {
		spared[own.link()] = true // its own group: it has been joined to nobody
	}
	belongs := map[string]bool{}
	links := map[string]bool{}
	add := func(ch channel) bool {
		if ch.ID == own.ID || belongs[ch.ID] || ch.link() != "" && spared[ch.link()] {
			return false
		}
		belongs[ch.ID] = true
		links[ch.link()] = true
		return true
	}
	if s.Way != call.WayFresh {
		links[own.link()] = true
	}
	for _, ch := range l.channels {
		if ch.ofLine(s) {
			add(ch)
		}
	}
	for grown := true; grown; {
		grown = false
		for _, ch := range l.channels {
			joined := ch.link() != "" && links[ch.link()] || l.bridged(ch, belongs) || spies(ch, belongs, own.ID)
			grown = joined && add(ch) || grown
		}
	}
	legs := make([]call.LegID, 0, len(belongs))
	for id := range belongs {
		legs = append(legs, call.LegID(id))
	}
	slices.Sort(legs)
	return legs
}

// spared are the groups of legs that are emergency calls under way.
func (l *listing) spared(own channel) map[string]bool {
	links := map[string]bool{}
	for _, ch := range l.channels {
		if ch.ID != own.ID && ch.Vars[roleMark] == string(call.Emergency) && ch.Dialplan.AppName != "Stasis" {
			links[ch.link()] = true
		}
	}
	delete(links, "") // not known: nothing can be told apart
	return links
}

// ofLine says whether a channel shows by itself that it belongs to the line.
func (ch channel) ofLine(s call.Search) bool {
	if ch.Vars[lineMark] == string(s.Line) && s.Line != "" || slices.Contains(s.Known, call.LegID(ch.ID)) {
		return true
	}
	return slices.Contains(s.Endpoints, ch.endpoint())
}

// endpoint is what a channel is named after: "PJSIP/101" of "PJSIP/101-0000001f".
func (ch channel) endpoint() string {
	if dash := strings.LastIndexByte(ch.Name, '-'); dash >= 0 {
		return ch.Name[:dash]
	}
	return ch.Name
}

func (ch channel) link() string { return ch.Vars[linkMark] }

// bridged says whether a channel shares a bridge with one that belongs to the line.
func (l *listing) bridged(ch channel, belongs map[string]bool) bool {
	for _, b := range l.bridges {
		if slices.Contains(b.Members, ch.ID) && slices.ContainsFunc(b.Members, func(m string) bool { return belongs[m] }) {
			return true
		}
	}
	return false
}

// spies says whether a channel listens to one that belongs to the line, or to the one
// that dials: "Snoop/ID-0000001f".
func spies(ch channel, belongs map[string]bool, own string) bool {
	spied, ok := strings.CutPrefix(ch.endpoint(), "Snoop/")
	return ok && (belongs[spied] || spied == own)
}
