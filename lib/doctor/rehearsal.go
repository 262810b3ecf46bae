package doctor

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"clearline/lib/call"
	"clearline/lib/config"
)

// Rehearsal is the check that a rehearsal of emergency calls is told by.
const Rehearsal = "rehearsal"

// Rehearse follows every emergency number from a telephone to the step that would dial it, in
// the dialplan that Asterisk has loaded. It reads and runs nothing: no channel is made, so no
// emergency call can go out, whatever the dialplan says. There is one finding for each number
// as people know it, with its forms behind an outside line and the like.
func Rehearse(f *Facts, endpoint string) []Finding {
	e := f.endpoint(endpoint)
	plan, err := f.Config.CommonPlan()
	if e == nil || err != nil {
		return nil // a finding of its own; config has checked it
	}
	if f.Plan.Err != nil {
		return rehearsed(one(Warn, fmt.Sprintf("the ways of emergency numbers were not looked at: %v", f.Plan.Err),
			"whether 999 reaches anybody from this telephone is not known", "run this on Asterisk's machine, as root or as a user of Asterisk's group"))
	}
	if stale := slices.Concat(staleDialplan(f), deadMan(f)); len(stale) > 0 {
		return rehearsed(stale[:1])
	}
	forms := map[string][]string{} // by the number itself
	for _, form := range plan.Forms() {
		if form.Meaning.Role == call.Emergency {
			number := strings.TrimPrefix(form.Digits, form.Behind.Outside+form.Behind.OwnNumber+form.Behind.Relay)
			forms[number] = append(forms[number], form.Digits)
		}
	}
	var found []Finding
	for _, number := range slices.Sorted(maps.Keys(forms)) {
		found = append(found, f.rehearse(*e, number, forms[number])...)
	}
	return rehearsed(found)
}

func rehearsed(found []Finding) []Finding {
	for i := range found {
		found[i].Check = Rehearsal
	}
	return found
}

// rehearse follows one number in all its forms.
func (f *Facts) rehearse(e Endpoint, number string, forms []string) []Finding {
	from, onward := e.Settings["context"], f.Config.Dialplan.Onward
	var way []string
	for _, form := range forms {
		through := f.Plan.Value.Way(from, form, config.ContextClearing)
		if through == nil {
			return one(Fail, fmt.Sprintf("%s dialled on %s does not come to %s: context %s leads elsewhere", form, e.Name, config.ContextClearing, from),
				"it is dialled with the caller still on the line, or reaches nobody",
				"pjsip.conf: ["+bare(e.Name)+"] context = "+config.ContextOutbound+"; then: asterisk -rx 'pjsip reload'")
		}
		if _, taken := f.Plan.Value.Match(onward, form); taken == nil {
			return one(Fail, fmt.Sprintf("%s dialled on %s comes to %s, where context %s does not dial it", form, e.Name, config.ContextClearing, onward),
				"a resident who dials it reaches nobody",
				"extensions.conf: ["+onward+"] exten => _[+*#0-9]!,1,Dial(...); or clearline.toml: [dialplan] outside = [], if nothing is dialled for an outside line")
		}
		if form == number {
			way = append(slices.Compact(through), onward)
		}
	}
	dial := f.dials(onward, number)
	if dial == "" {
		return one(Warn, fmt.Sprintf("%s dialled on %s comes to context %s, where no Dial() is seen", number, e.Name, onward),
			"whether it reaches anybody is not known", "look at what ["+onward+"] does with "+number)
	}
	return one(OK, fmt.Sprintf("%s, and %d longer forms, dialled on %s: %s, and there %s. Read, not run: nothing was dialled",
		number, len(forms)-1, e.Name, strings.Join(way, " > "), dial), "", "")
}

// dials is the first step that would ring somebody for a number.
func (f *Facts) dials(context, number string) string {
	for _, s := range f.Plan.Value.Reachable(context, number) {
		for _, run := range []string{s.App + "(" + s.Data + ")", s.Data} { // Dial() itself, or in ExecIf()
			if at := strings.Index(run, "Dial("); at >= 0 {
				return strings.ReplaceAll(run[at:], "${EXTEN}", number)
			}
		}
	}
	return ""
}
