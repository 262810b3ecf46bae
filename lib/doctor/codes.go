package doctor

import (
	"fmt"
	"slices"

	"clearline/lib/config"
	"clearline/lib/pbx"
)

// codes looks for what the operator's dialplan does with the codes of Clearline: before they
// come to it, and where they go on to without it.
func codes(f *Facts) []Finding {
	var found []Finding
	for _, code := range f.Config.Codes.All() {
		if finding, taken := f.takenBefore(code); taken {
			found = append(found, finding)
		}
		if finding, taken := f.takenOnward(code); taken {
			found = append(found, finding)
		}
	}
	return found
}

// takenBefore finds a context of telephones that does something else with a code.
func (f *Facts) takenBefore(code config.Code) (Finding, bool) {
	for _, e := range f.telephones() {
		context := e.Settings["context"]
		in, takes := f.Plan.Value.Match(context, code.Dialled)
		past := !f.Plan.Value.Leads(context, aNumberForHelp, config.ContextOutbound) // telephone-context says so
		if past || takes == nil || f.Plan.Value.Leads(context, code.Dialled, config.ContextOutbound) {
			continue
		}
		return Finding{
			State: Warn, What: fmt.Sprintf("%s, the code for %s, runs %s in context %s, where %s dials", code.Dialled, code.Key, meaning(takes), in, e.Name),
			Why: "a resident who dials it does not come to Clearline: messages are not heard, and callers not blocked",
			Do:  anotherCode(code) + "; or extensions.conf: take " + code.Dialled + " out of [" + in + "]",
		}, true
	}
	return Finding{}, false
}

// takenOnward finds a meaning that a code has in the operator's context already.
func (f *Facts) takenOnward(code config.Code) (Finding, bool) {
	in, e := f.Plan.Value.Match(f.Config.Dialplan.Onward, code.Dialled)
	if e == nil || !e.Begins() || meaning(e) == "nothing" {
		return Finding{}, false
	}
	return Finding{
		State: Warn, What: fmt.Sprintf("%s, the code for %s, runs %s in context %s", code.Dialled, code.Key, meaning(e), in),
		Why: "who dials it for that comes to Clearline instead, and a resident who dials it while Clearline is away comes there",
		Do:  anotherCode(code),
	}, true
}

// endings are applications that refuse a call: an operator lets a code end so.
var endings = []string{"NoOp", "Verbose", "Answer", "Progress", "Wait", "Playback", "Playtones", "Busy", "Congestion", "Hangup"}

// meaning is the application that an extension is about; "nothing" when it only ends the call.
func meaning(e *pbx.Extension) string {
	for _, s := range e.Steps {
		if !slices.Contains(endings, s.App) {
			return s.App + "()"
		}
	}
	return "nothing"
}

func anotherCode(code config.Code) string {
	return fmt.Sprintf("clearline.toml: [codes] %s = another code, or \"\"; then print the dialplan again", code.Key)
}
