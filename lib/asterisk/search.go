package asterisk

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"clearline/lib/call"
)

// What the dialplan and Clearline mark legs with. Asterisk shows variables in a list of
// channels only when channelvars= in ari.conf names them.
const (
	lineMark = "CLEARLINE_LINE"    // of callers and residents
	roleMark = "CLEARLINE_ROLE"    // of a resident who dials a service
	linkMark = "CHANNEL(linkedid)" // the same for all that were ever joined
)

// LegsOf lists the legs of a line that are up, other than the one that dials: a union of
// everything that may belong together, because each single sign misses something. The
// answer is as of a moment after the question was asked. An emergency call is never among
// it, be it under way or about to be made.
//
// The error wraps [call.ErrLegTaken] when the leg that dials is in Clearline's hands no
// longer, [ErrGone] when it is not up. Without one, because it is up elsewhere, there are
// no such errors.
func (c *Client) LegsOf(ctx context.Context, s call.Search) ([]call.LegID, error) {
	l, err := c.list(ctx)
	if err != nil {
		return nil, fmt.Errorf("list the legs of line %s: %w", s.Line, err)
	}
	l = l.without(c.whispers.has) // they are taken away as it is, and nobody speaks or hears through them
	own, up := l.channel(s.Own)
	switch {
	case s.Own == "":
		return l.legsOf(s, channel{}), nil
	case !up:
		return nil, fmt.Errorf("list the legs of line %s: leg %s: %w", s.Line, s.Own, ErrGone)
	case own.Dialplan.Exten == hangupExtension:
		return nil, fmt.Errorf("list the legs of line %s: leg %s: %w", s.Line, s.Own, call.ErrLegEnding)
	case own.Dialplan.AppName != stasis:
		return nil, fmt.Errorf("list the legs of line %s: leg %s: %w", s.Line, s.Own, call.ErrLegTaken)
	}
	if channelvars := own.lackingVars(); channelvars != "" {
		c.blind.Do(func() {
			c.log.WarnContext(ctx, "asterisk does not show whose a leg is, and a caller may be overlooked: "+
				"write the line into section [general] of ari.conf and reload res_ari", "line", channelvars)
		})
	}
	return l.legsOf(s, own), nil
}

// lackingVars is the line that ari.conf needs so that marks are shown, or nothing. The
// leg that dials has them all: one that it does not show is not configured. What is
// configured beside them stays.
func (ch channel) lackingVars() string {
	marks := []string{lineMark, roleMark, linkMark}
	lacking := slices.ContainsFunc(marks, func(m string) bool { _, shown := ch.Vars[m]; return !shown })
	if !lacking {
		return ""
	}
	for _, name := range slices.Sorted(maps.Keys(ch.Vars)) {
		if !slices.Contains(marks, name) {
			marks = append(marks, name)
		}
	}
	return "channelvars=" + strings.Join(marks, ",")
}

// stasis is the application a leg runs that is some ARI application's.
const stasis = "Stasis"

// legsOf finds the union. It begins with the legs that show by themselves that they
// belong to the line, and adds what is joined to one of them until nothing more is found.
//
// Whoever talks to a leg of the line, or listens to it, belongs to it in any case. The
// linked id says less, because it outlives what it came from: it adds nobody who is in a
// call of another line by now, and it says nothing about the legs that were linked to an
// emergency call, or to a leg that is dialled afresh and has been joined to nobody.
func (l *listing) legsOf(s call.Search, own channel) []call.LegID {
	w, of := l.web(), l.whose(s, own)
	spared := w.around(of.emergencies, of.line)
	elsewhere := w.around(of.others, of.line)
	dumb := map[string]bool{} // linked ids that say nothing, and those that have been followed
	for _, id := range of.emergencies {
		dumb[w.link[id]] = true
	}
	if s.Way == call.WayFresh {
		dumb[own.link()] = true
	}
	found := map[string]bool{own.ID: true}
	var legs []call.LegID
	next := []string{own.ID}
	add := func(id string) {
		if !found[id] && !spared[id] {
			found[id] = true
			legs, next = append(legs, call.LegID(id)), append(next, id)
		}
	}
	for id := range of.line {
		add(id)
	}
	for len(next) > 0 {
		id := next[0]
		next = next[1:]
		for _, joined := range w.near[id] {
			add(joined)
		}
		if half, local := w.half[id]; local && id != own.ID { // its own other half is how it came
			add(half)
		}
		link := w.link[id]
		if link == "" || dumb[link] {
			continue
		}
		dumb[link] = true
		for _, linked := range w.linked[link] {
			if !elsewhere[linked] {
				add(linked)
			}
		}
	}
	slices.Sort(legs)
	return legs
}

// whose says what the legs of a listing show by themselves.
type whose struct {
	line        map[string]bool // legs of the line, the one that dials among them
	emergencies []string        // legs of any line on which an emergency number was dialled
	others      []string        // legs that bear another line's mark
}

func (l *listing) whose(s call.Search, own channel) whose {
	of := whose{line: map[string]bool{own.ID: true}}
	known := make(map[string]bool, len(s.Known))
	for _, leg := range s.Known {
		known[string(leg)] = true
	}
	for _, ch := range l.channels {
		line := ch.Vars[lineMark]
		switch {
		case ch.ID == own.ID, ch.over():
		case ch.Vars[roleMark] == string(call.Emergency), slices.Contains(s.Spared, call.LegID(ch.ID)):
			of.emergencies = append(of.emergencies, ch.ID)
		case known[ch.ID], line != "" && line == string(s.Line), slices.Contains(s.Endpoints, ch.endpoint()):
			of.line[ch.ID] = true
		case line != "":
			of.others = append(of.others, ch.ID)
		}
	}
	return of
}

// over says whether a channel that listened has been hung up: it has left its application,
// the only one it can be in. Asterisk lists it as long as the leg is up that it listened
// to, and does not find it any more when it is to be hung up again.
func (ch channel) over() bool {
	_, snoop := ch.listens()
	return snoop && ch.Dialplan.AppName != stasis
}

// listens returns the id of the leg that a channel listens to.
func (ch channel) listens() (to string, ok bool) {
	return strings.CutPrefix(ch.endpoint(), "Snoop/")
}

// endpoint is what a channel is named after: "PJSIP/101" of "PJSIP/101-0000001f".
func (ch channel) endpoint() string {
	if dash := strings.LastIndexByte(ch.Name, '-'); dash >= 0 {
		return ch.Name[:dash]
	}
	return ch.Name
}

func (ch channel) link() string { return ch.Vars[linkMark] }
