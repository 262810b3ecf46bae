package asterisk

import (
	"slices"
	"strings"
)

// web is how the legs of a listing are joined, by their ids.
type web struct {
	near   map[string][]string // who talks to a leg, and who listens to it
	half   map[string]string   // a Local channel's other half
	link   map[string]string   // a leg's linked id; empty when Asterisk does not show it
	linked map[string][]string // the legs with a linked id
}

func (l *listing) web() web {
	n := len(l.channels)
	w := web{
		near: make(map[string][]string, n), half: map[string]string{},
		link: make(map[string]string, n), linked: make(map[string][]string, n),
	}
	halves := map[string]string{} // by name
	for _, ch := range l.channels {
		if ch.over() {
			continue
		}
		link := ch.link()
		w.link[ch.ID] = link
		w.linked[link] = append(w.linked[link], ch.ID)
		if spied, snoop := ch.listens(); snoop {
			w.near[spied] = append(w.near[spied], ch.ID)
		}
		if strings.HasPrefix(ch.Name, "Local/") {
			halves[ch.Name] = ch.ID
		}
	}
	for name, id := range halves {
		base, first := strings.CutSuffix(name, ";1")
		if other, up := halves[base+";2"]; first && up {
			w.half[id], w.half[other] = other, id
		}
	}
	for _, b := range l.bridges {
		if one, two, private := w.talk(b); private {
			w.near[one] = append(w.near[one], two)
			w.near[two] = append(w.near[two], one)
		}
	}
	return w
}

// talk returns the two legs of a private talk. In a conference nobody belongs to another:
// who is hung up leaves, and the others stay among themselves. Nor do those who wait in
// the same holding bridge, such as a car park: they do not even hear each other.
func (w web) talk(b bridge) (one, two string, private bool) {
	if b.Type == "holding" {
		return "", "", false
	}
	up := 0
	for _, member := range b.Members {
		if _, known := w.link[member]; known {
			one, two = two, member
			up++
		}
	}
	return one, two, up == 2
}

// around are some legs and all that talk or listen to them, or are the same call by a
// Local channel. Those that are out are never among it, nor is what only they lead to.
func (w web) around(some []string, out map[string]bool) map[string]bool {
	call := make(map[string]bool, len(some))
	next := slices.Clone(some)
	for len(next) > 0 {
		id := next[0]
		next = next[1:]
		if call[id] || out[id] {
			continue
		}
		call[id] = true
		next = append(next, w.near[id]...)
		if half, local := w.half[id]; local {
			next = append(next, half)
		}
	}
	return call
}
