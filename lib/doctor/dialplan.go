package doctor

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"clearline/lib/config"
)

var dialplanChecks = []check{
	{"dialplan", "the dialplan in use is the one of this configuration", byConsole, staleDialplan},
	{"dead-man", "every context that waits for Clearline has a way out", byConsole, deadMan},
}

// guarded are the contexts with a time-out, and what happens to whom without extension T.
var guarded = map[string]string{
	config.ContextVerdict:   "a caller hears nothing for ever when Clearline is silent",
	config.ContextScreening: "a caller is cut off, and never delivered, when Clearline is silent",
	config.ContextConsult:   "a resident in a guarded call is cut off when Clearline is silent",
	config.ContextClearing:  "an emergency call ends in silence when Clearline does not answer",
	config.ContextCleared:   "an emergency call may end in silence",
}

// staleDialplan compares extension by extension. What deadMan tells is left to it.
func staleDialplan(f *Facts) []Finding {
	if len(f.Plan.Value) == 0 {
		return nil // nothing is loaded: every route says so
	}
	var other []string
	file := ""
	for _, name := range slices.Sorted(maps.Keys(f.Printed)) {
		in := f.Plan.Value[name]
		for _, want := range f.Printed[name].Extensions {
			have := in.Extension(want.Pattern)
			if have != nil && len(have.Steps) > 0 {
				file = have.Steps[0].File
			}
			if lost := have == nil && want.Pattern == "T" && guarded[name] != "" && in != nil; lost {
				continue
			}
			if !have.SameSteps(&want) {
				other = append(other, want.Pattern+" in "+name)
			}
		}
		if in != nil {
			for _, have := range in.Extensions {
				if f.Printed[name].Extension(have.Pattern) == nil {
					other = append(other, have.Pattern+" in "+name)
				}
			}
		}
	}
	if len(other) == 0 {
		return nil
	}
	what := fmt.Sprintf("the dialplan in use is not that of %s: %s", f.Config.Path, firstOf(other))
	if file == "" {
		file = "clearline.conf"
	}
	return one(Fail, what, "numbers for help that are new are dialled with the caller still on the line, and new telephones and numbers are nobody's",
		"clearline dialplan --config "+f.Config.Path+" > /etc/asterisk/"+file+"; then: asterisk -rx 'dialplan reload'")
}

func deadMan(f *Facts) []Finding {
	var found []Finding
	for _, name := range slices.Sorted(maps.Keys(guarded)) {
		in := f.Plan.Value[name]
		if in != nil && f.Printed[name] != nil && in.Extension("T") == nil {
			found = append(found, Finding{
				State: Fail, What: "context " + name + " has no extension T", Why: guarded[name],
				Do: "print the dialplan again: clearline dialplan --config " + f.Config.Path + "; then: asterisk -rx 'dialplan reload'",
			})
		}
	}
	return found
}

// firstOf names the first few of many.
func firstOf(all []string) string {
	const few = 3
	if len(all) > few {
		return strings.Join(all[:few], ", ") + fmt.Sprintf(" and %d more", len(all)-few)
	}
	return strings.Join(all, ", ")
}
