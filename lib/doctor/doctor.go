// Package doctor judges an installation: whether Asterisk, its files, and what Clearline
// keeps are such that a resident is protected. It is told facts and looks at nothing itself;
// [clearline/lib/doctor/visit] gathers them.
package doctor

import (
	"fmt"
	"slices"
	"strings"
)

// State says how bad a finding is.
type State string

// The states.
const (
	OK   State = "ok"
	Warn State = "warn" // works, but somebody may be surprised
	Fail State = "fail" // a resident is not protected
)

// Finding is what one check has to say.
type Finding struct {
	Check string `json:"check"` // its name, which does not change
	State State  `json:"state"`
	What  string `json:"what"`          // what is so; when it is OK, what was looked at
	Why   string `json:"why,omitempty"` // why that matters to a resident
	Do    string `json:"do,omitempty"`  // the line to change, or the command to run
}

// check looks at one thing.
type check struct {
	name  string
	good  string                 // said when nothing is found
	needs func(*Facts) error     // why it cannot look; nil when it always can
	find  func(*Facts) []Finding // without Check
}

// checks are all checks, in the order in which they are told.
var checks = slices.Concat(exchangeChecks, telephoneChecks, dialplanChecks, routeChecks, soundChecks, keepingChecks, speechChecks)

// NotSeen is the name of findings that say what could not be looked at.
const NotSeen = "not-seen"

// Examine makes every check that the facts allow. Each has at least one finding. Those that
// the facts do not allow are told together, by why.
func Examine(f *Facts) []Finding {
	var found []Finding
	var reasons []string
	blind := map[string][]string{}
	for _, c := range checks {
		if c.needs != nil {
			if err := c.needs(f); err != nil {
				why := err.Error()
				if blind[why] == nil {
					reasons = append(reasons, why)
				}
				blind[why] = append(blind[why], c.name)
				continue
			}
		}
		all := c.find(f)
		for i := range all {
			all[i].Check = c.name
		}
		if len(all) == 0 {
			all = []Finding{{Check: c.name, State: OK, What: c.good}}
		}
		found = append(found, all...)
	}
	for _, why := range reasons {
		if f.Exchange.Err != nil && why == f.Exchange.Err.Error() {
			continue // that is a finding of its own
		}
		found = append(found, Finding{
			Check: NotSeen, State: Warn,
			What: fmt.Sprintf("could not look at %s, because: %s", strings.Join(blind[why], ", "), why),
			Why:  "what is wrong there stays hidden until somebody rings",
			Do:   "run this on Asterisk's machine, as root or as a user of Asterisk's group; --asterisk and --asterisk-config say where it is",
		})
	}
	return found
}

// Worst is the worst state among findings; OK for none.
func Worst(found []Finding) State {
	worst := OK
	for _, f := range found {
		if f.State == Fail {
			return Fail
		}
		if f.State == Warn {
			worst = Warn
		}
	}
	return worst
}

func one(state State, what, why, do string) []Finding {
	return []Finding{{State: state, What: what, Why: why, Do: do}}
}
