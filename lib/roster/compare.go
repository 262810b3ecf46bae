package roster

import (
	"slices"
	"time"

	"clearline/lib/call"
	"clearline/lib/number"
)

// Plan is what entries that were read from a file do to a list.
type Plan struct {
	Put     []call.Entry // what is new, or not as it was
	Added   int
	Changed int
	Same    int
	Other   int // of Put, that stand on the other list for the same callers
}

// Compare compares entries of one list that were read with all there are.
func Compare(read, all []call.Entry, list call.List, now time.Time) Plan {
	mine, others := map[call.EntryKey]call.Entry{}, map[string][]call.Entry{}
	for _, e := range all {
		if e.List == list {
			mine[e.Key()] = e
		} else if e.Holds(now) {
			others[e.Pattern] = append(others[e.Pattern], e)
		}
	}
	var p Plan
	for _, e := range read {
		was, there := mine[e.Key()]
		if there {
			e = merged(was, e)
		}
		switch {
		case !there:
			p.Added++
		case same(was, e):
			p.Same++
			continue
		default:
			p.Changed++
		}
		p.Put = append(p.Put, e)
		if slices.ContainsFunc(others[e.Pattern], func(o call.Entry) bool { return Meets(e, o) }) {
			p.Other++
		}
	}
	return p
}

// merged is an entry as a file has it, with what the file does not know from before: a
// word is in no file, and a name or a check is not taken away by one without.
func merged(was, e call.Entry) call.Entry {
	e.Word, e.Verify, e.Since = was.Word, e.Verify || was.Verify, was.Since
	if e.Name == "" {
		e.Name = was.Name
	}
	return e
}

// same says whether an entry means the same as it did. How it came to be may differ.
func same(was, e call.Entry) bool {
	was.Source, was.Since, e.Source, e.Since = "", time.Time{}, "", time.Time{}
	ends := was.Until.Equal(e.Until)
	was.Until, e.Until = time.Time{}, time.Time{}
	return ends && was == e
}

// Meets says whether two entries can be about the same call.
func Meets(a, b call.Entry) bool {
	if a.Line != b.Line && a.Line != "" && b.Line != "" {
		return false
	}
	if a.Pattern == b.Pattern {
		return true
	}
	p, pOK := number.Canonical(a.Pattern)
	q, qOK := number.Canonical(b.Pattern)
	if !pOK || !qOK || p.Kind() != number.Exact || q.Kind() == number.Name {
		return false
	}
	key, _ := p.Bounds()
	return q.HasKey(key)
}
