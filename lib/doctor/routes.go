package doctor

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"clearline/lib/call"
	"clearline/lib/config"
	"clearline/lib/number"
	"clearline/lib/pbx"
)

var routeChecks = []check{
	{"telephone-context", "what telephones of lines dial goes through Clearline", byBoth, telephoneContext},
	{"trunk-context", "calls from outside go through Clearline", byBoth, trunkContext},
	{"onward", "every emergency number is dialled on", byConsole, onward},
	{"deliver", "every line is rung", byConsole, deliver},
	{"codes", "what residents dial to hear messages, and after a call, means nothing else", byBoth, codes},
	{"parking", "nobody can park or transfer a call by keys", byConsole, parking},
}

// aNumberForHelp is looked for in the contexts of telephones: all numbers go one way.
const aNumberForHelp = "999"

func telephoneContext(f *Facts) []Finding {
	var found []Finding
	for _, e := range f.telephones() {
		context := e.Settings["context"]
		if f.Plan.Value.Leads(context, aNumberForHelp, config.ContextOutbound) {
			continue
		}
		found = append(found, Finding{
			State: Fail, What: e.Name + " dials in context " + context + ", which does not lead to " + config.ContextOutbound,
			Why: "999 is dialled from it with the caller still on the line",
			Do:  "pjsip.conf: [" + bare(e.Name) + "] context = " + config.ContextOutbound + "; then: asterisk -rx 'pjsip reload'",
		})
	}
	return found
}

// trunkContext looks at each form of each number of a line, at each trunk: one that a trunk
// takes must lead to Clearline, and at least one trunk must take it.
func trunkContext(f *Facts) []Finding {
	var found []Finding
	trunks := f.trunks()
	for _, l := range f.Config.Lines {
		for _, text := range l.Numbers {
			taken := false
			for _, e := range trunks {
				form, led := f.past(e.Settings["context"], text)
				if form != "" {
					found = append(found, Finding{
						State: Fail, What: fmt.Sprintf("a call for %s that comes by %s goes to context %s, past Clearline", form, e.Name, e.Settings["context"]),
						Why: "callers nobody knows ring line " + string(l.ID) + " as if Clearline were not there",
						Do:  "pjsip.conf: [" + bare(e.Name) + "] context = " + config.ContextInbound + "; or in " + e.Settings["context"] + ": Goto(" + config.ContextInbound + ",${EXTEN},1)",
					})
				}
				taken = taken || led || form != ""
			}
			if !taken {
				found = append(found, Finding{
					State: Fail, What: fmt.Sprintf("no trunk leads a call for %s of line %s to %s", text, l.ID, config.ContextInbound),
					Why: "callers nobody knows do not come to Clearline, or cannot ring the line at all",
					Do:  "pjsip.conf: context = " + config.ContextInbound + " for the endpoint of the trunk; then: asterisk -rx 'pjsip reload'",
				})
			}
		}
	}
	return found
}

// past looks for a form of a number that a context takes and does not lead to Clearline,
// and says whether it leads one there.
func (f *Facts) past(context, text string) (form string, led bool) {
	n, err := number.Parse(text, f.Config.Region)
	if err != nil {
		return "", false // config has checked it
	}
	for _, form := range n.Forms(f.Config.Region) {
		if _, e := f.Plan.Value.Match(context, form); e == nil {
			continue
		}
		if !f.Plan.Value.Leads(context, form, config.ContextInbound) {
			return form, false
		}
		led = true
	}
	return "", led
}

func onward(f *Facts) []Finding {
	plan, err := f.Config.CommonPlan()
	if err != nil {
		return nil // config has checked it
	}
	context := f.Config.Dialplan.Onward
	var lost []string
	for _, form := range plan.Forms() {
		if form.Meaning.Role != call.Emergency {
			continue
		}
		if _, e := f.Plan.Value.Match(context, form.Digits); e == nil {
			lost = append(lost, form.Digits)
		}
	}
	if len(lost) == 0 {
		return nil
	}
	return one(Fail, fmt.Sprintf("context %s does not dial %s", context, firstOf(lost)), "a resident who dials it reaches nobody",
		"extensions.conf: ["+context+"] exten => _[+*#0-9]!,1,Dial(...); or clearline.toml: [dialplan] outside = [], if nothing is dialled for an outside line")
}

func deliver(f *Facts) []Finding {
	var found []Finding
	context := f.Config.Dialplan.Deliver
	for _, l := range f.Config.Lines {
		if _, e := f.Plan.Value.Match(context, string(l.ID)); e == nil {
			found = append(found, Finding{
				State: Fail, What: fmt.Sprintf("context %s has no extension %s", context, l.ID),
				Why: "contacts cannot ring that line, nor can anybody when Clearline is absent",
				Do:  fmt.Sprintf("extensions.conf: [%s] exten => %s,1,Dial(%s,45)", context, l.ID, strings.Join(l.Endpoints, "&")),
			})
		}
	}
	return found
}

// byKeys are the options of Dial() that let somebody transfer, park or record by keys.
var byKeys = regexp.MustCompile(`[tTkKxXwW]`)

// nested takes out arguments of options, which stand in brackets.
var nested = regexp.MustCompile(`\([^()]*\)`)

// passOn are applications that let a call change hands.
var passOn = []string{"Park", "ParkAndAnnounce", "ParkedCall", "Pickup", "PickupChan"}

func parking(f *Facts) []Finding {
	var found []Finding
	told := map[string]bool{}
	look := func(context, dialled string) {
		for _, s := range f.Plan.Value.Reachable(context, dialled) {
			problem := ""
			if slices.Contains(passOn, s.App) {
				problem = s.App + "()"
			} else if s.App == "Dial" {
				problem = optionsOf(s)
			}
			if problem == "" || told[context+problem] {
				continue
			}
			told[context+problem] = true
			found = append(found, Finding{
				State: Warn, What: fmt.Sprintf("context %s runs %s for %s", context, problem, dialled),
				Why: "a resident can be talked into handing the caller on: two people whom nobody asked about talk, and one may still wait when the resident dials for help",
				Do:  "extensions.conf: leave the options t, T, k, K, x, X, w and W of Dial(), and parking, out of " + context,
			})
		}
	}
	for _, l := range f.Config.Lines {
		look(f.Config.Dialplan.Deliver, string(l.ID))
	}
	look(f.Config.Dialplan.Onward, aNumberForHelp)
	return found
}

// optionsOf names the options of a Dial() that let somebody pass a call on, or is empty.
func optionsOf(s pbx.Step) string {
	data := s.Data
	for nested.MatchString(data) {
		data = nested.ReplaceAllString(data, "")
	}
	arguments := strings.Split(data, ",")
	if len(arguments) < 3 {
		return ""
	}
	letters := strings.Join(byKeys.FindAllString(regexp.MustCompile(`\$\{[^}]*\}`).ReplaceAllString(arguments[2], ""), -1), "")
	if letters == "" {
		return ""
	}
	return "Dial() with the options " + letters
}
