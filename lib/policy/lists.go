package policy

import "clearline/lib/call"

// Lists are the numbers an operator or a resident has decided about. The zero
// value holds none. Lists are values: With leaves the receiver as it was.
type Lists struct {
	blocked map[call.LineID]map[string]bool
}

// NewLists makes lists of blocked numbers, by line.
func NewLists(blocked map[call.LineID][]string) Lists {
	l := Lists{blocked: make(map[call.LineID]map[string]bool, len(blocked))}
	for line, numbers := range blocked {
		set := make(map[string]bool, len(numbers))
		for _, n := range numbers {
			if n != "" {
				set[n] = true
			}
		}
		l.blocked[line] = set
	}
	return l
}

// With returns the lists with one more blocked number, in the form Caller.Number
// has. An empty number is not added: it would block everybody who shows none.
func (l Lists) With(line call.LineID, number string) Lists {
	if number == "" {
		return l
	}
	next := Lists{blocked: make(map[call.LineID]map[string]bool, len(l.blocked)+1)}
	for id, numbers := range l.blocked {
		next.blocked[id] = numbers
	}
	copied := make(map[string]bool, len(l.blocked[line])+1)
	for n := range l.blocked[line] {
		copied[n] = true
	}
	copied[number] = true
	next.blocked[line] = copied
	return next
}

// Verdict decides about a caller of a line and says why in words for a warden.
// A number that may not be shown is not looked up: it proves nothing.
func (l Lists) Verdict(line call.LineID, from call.Caller) (Verdict, string) {
	if from.Number == "" || from.Presentation != call.Allowed {
		return Unknown, "the caller shows no number"
	}
	switch {
	case l.blocked[line][from.Number]:
		return Blocked, "the number is blocked on this line"
	case l.blocked[everyLine][from.Number]:
		return Blocked, "the number is blocked in the whole house"
	}
	return Unknown, "the number is on no list"
}
