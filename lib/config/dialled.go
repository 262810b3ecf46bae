package config

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"clearline/lib/call"
	"clearline/lib/number"
	"clearline/lib/policy"
)

// longestShort bounds the digits of a number that has no E.164 form (ITU-T E.164).
const longestShort = 15

// verified is a verification number and where it stands.
type verified struct {
	path   string
	number number.Number
}

func (v *Verification) read(t *table, region string) []verified {
	t.duration("window", &v.Window, time.Minute, 24*time.Hour)
	t.duration("callback_emergency", &v.CallbackEmergency, 0, 72*time.Hour)
	t.duration("callback_other", &v.CallbackOther, 0, 168*time.Hour)
	found := verifiedIn(t, "numbers", region)
	v.Numbers = numbersOf(found)
	t.finish()
	return found
}

// verifiedIn reads a list of verification numbers.
func verifiedIn(t *table, key, region string) []verified {
	var found []verified
	for _, e := range t.texts(key) {
		n, err := number.Parse(e.text, region)
		switch {
		case err != nil:
			t.fault(e.path, fmt.Sprintf("%q is no telephone number", e.text), "write it with or without the country code")
		case n.E164 == "" && len(n.Digits) > longestShort:
			t.fault(e.path, fmt.Sprintf("%q is longer than any number", e.text), "write it with or without the country code")
		case slices.Contains(numbersOf(found), n.String()):
			t.warn(e.path, n.String()+" stands here twice", "keep one")
		default:
			found = append(found, verified{e.path, n})
		}
	}
	return found
}

// numbersOf are the numbers as the rest of Clearline knows them.
func numbersOf(found []verified) []string {
	var numbers []string
	for _, v := range found {
		numbers = append(numbers, v.number.String())
	}
	return numbers
}

// dialled checks what people may dial against the lines and the keys, and makes the
// plans.
func (c *Config) dialled(l *loader, found []verified, owned *claims) {
	for i, o := range c.Dialplan.Outside {
		c.warnOfKey(l, element("dialplan.outside", i), o, o)
	}
	for _, v := range found {
		if other, own := owned.numbers[v.number.E164]; own {
			l.fault(v.path, fmt.Sprintf("%s is the number of line %q itself (line %d)", v.number, other.id, other.line),
				"write the number of somebody the resident can ask")
		}
		if !v.number.Foreign(c.Region) {
			c.warnOfKey(l, v.path, v.number.String(), v.number.Grouped())
		}
	}
	if Broken(l.faults) {
		return
	}
	made, err := c.makePlans()
	if err != nil {
		l.fault("verification.numbers", err.Error(), "take the number out")
		return
	}
	c.plans = made
	for _, v := range found {
		c.warnOfBuiltIn(l, v)
	}
}

// warnOfBuiltIn warns of a short code that means something else already.
func (c *Config) warnOfBuiltIn(l *loader, v verified) {
	if v.number.E164 != "" {
		return
	}
	plan, err := c.planWith([]string{v.number.Digits})
	if err != nil {
		return // reported when the plans were made
	}
	if m := plan.Meaning(v.number.Digits); m.Service != v.number.Grouped() {
		l.warn(v.path, fmt.Sprintf("%s is built in (%s) and keeps that meaning", v.number, m.Service), "take it out")
	}
}

// warnOfKey warns of what is dialled with the key of an action first.
func (c *Config) warnOfKey(l *loader, path, name, dialled string) {
	for _, k := range []struct {
		name string
		key  rune
	}{{"accept_key", c.Screening.AcceptKey}, {"block_key", c.Screening.BlockKey}, {"repeat_key", c.Screening.RepeatKey}} {
		if strings.HasPrefix(dialled, string(k.key)) {
			l.warn(path, fmt.Sprintf("%s begins with screening.%s: while a resident is asked about a caller the first key acts", name, k.name),
				"choose another key for the action, or tell residents to hang up before they dial it")
		}
	}
}

// plans are what the numbers dialled mean, on lines with numbers of their own and on
// all others.
type plans struct {
	common *policy.Plan
	own    map[call.LineID]*policy.Plan
}

func (c *Config) makePlans() (*plans, error) {
	common, err := c.planWith(nil)
	if err != nil {
		return nil, err
	}
	made := &plans{common: common, own: map[call.LineID]*policy.Plan{}}
	for _, l := range c.Lines {
		if len(l.Verification) == 0 {
			continue
		}
		if made.own[l.ID], err = c.planWith(l.Verification); err != nil {
			return nil, fmt.Errorf("line %s: %w", l.ID, err)
		}
	}
	return made, nil
}

// planWith makes a plan of the services of the region, the operator's numbers, and
// those of a line.
func (c *Config) planWith(own []string) (*policy.Plan, error) {
	services, err := policy.Services(c.Region)
	if err != nil {
		return nil, err
	}
	known := map[string]bool{}
	for _, s := range services {
		known[s.Number] = true
	}
	for _, text := range slices.Concat(c.Verification.Numbers, own) {
		if known[text] {
			continue
		}
		known[text] = true
		n, err := number.Parse(text, c.Region)
		if err != nil {
			return nil, fmt.Errorf("verification number %q: %w", text, err)
		}
		services = append(services, policy.Service{Number: text, Role: call.Verification, Name: n.Grouped()})
	}
	return policy.NewPlan(c.Region, c.Dialplan.Outside, services...)
}

// Plan says what the numbers dialled on a line mean: the services of the region, the
// operator's numbers, and the line's own. Lines without numbers of their own share one
// plan. The error says that there is no such line or, of a Config that was not loaded,
// which number is none.
func (c *Config) Plan(line call.LineID) (*policy.Plan, error) {
	i := slices.IndexFunc(c.Lines, func(l Line) bool { return l.ID == line })
	if i < 0 {
		return nil, fmt.Errorf("plan for line %q: there is no such line", line)
	}
	made, err := c.planned()
	if err != nil {
		return nil, fmt.Errorf("plan for line %s: %w", line, err)
	}
	if own := made.own[line]; own != nil {
		return own, nil
	}
	return made.common, nil
}

// CommonPlan is Plan for telephones that belong to no line, and for lines without
// numbers of their own.
func (c *Config) CommonPlan() (*policy.Plan, error) {
	made, err := c.planned()
	if err != nil {
		return nil, fmt.Errorf("common plan: %w", err)
	}
	return made.common, nil
}

// planned returns the plans made at load; a Config made by hand has none.
func (c *Config) planned() (*plans, error) {
	if c.plans != nil {
		return c.plans, nil
	}
	return c.makePlans()
}
