package roster

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"clearline/lib/call"
	"clearline/lib/number"
)

// several stands between the numbers of one cell (Google Contacts).
const several = ":::"

var lineID = regexp.MustCompile(`^[a-z0-9-]{1,40}$`)

// take makes entries of one row.
func (g *gatherer) take(line int, record []string, c *columns) {
	own := c.layout == ours
	cells := func(as string) []string {
		var found []string
		for _, i := range c.as[as] {
			if i < len(record) {
				if text := strings.TrimSpace(unguarded(record[i])); text != "" {
					found = append(found, text)
				}
			}
		}
		return found
	}
	entry, err := g.entry(cells)
	if err != nil {
		g.reject(line, strings.Join(record, " "), err.Error())
		return
	}
	var numbers []string
	for _, cell := range cells(asNumber) {
		for one := range strings.SplitSeq(cell, several) {
			if one = strings.TrimSpace(one); one != "" {
				numbers = append(numbers, one)
			}
		}
	}
	g.numbers(line, strings.Join(record, " "), numbers, entry, own)
}

// numbers adds one entry for each number of a person.
func (g *gatherer) numbers(line int, text string, numbers []string, entry call.Entry, own bool) {
	if len(numbers) == 0 {
		g.reject(line, text, "no telephone number here")
		return
	}
	if len(numbers) > MaxNumber {
		g.reject(line, text, fmt.Sprintf("more than %d numbers in one row", MaxNumber))
		return
	}
	for _, written := range numbers {
		p, err := g.pattern(written, entry.List, own)
		if err != nil {
			g.reject(line, written, err.Error())
			continue
		}
		entry.Pattern = p.String()
		g.add(entry)
	}
}

// entry reads all of a row but its number.
func (g *gatherer) entry(cells func(as string) []string) (call.Entry, error) {
	first := func(as string) string {
		if found := cells(as); len(found) > 0 {
			return found[0]
		}
		return ""
	}
	e := call.Entry{Line: g.Line, List: g.Kind, Since: g.Since, Until: g.Until, Source: g.Source, Name: nameOf(cells)}
	if text := first(asLine); text != "" && e.Line == "" {
		if !lineID.MatchString(text) {
			return e, fmt.Errorf("no line can be called %q: use the id from the configuration, such as flat-1", shown(text))
		}
		e.Line = call.LineID(strings.Clone(text))
	}
	if text := first(asSource); text != "" {
		e.Source = number.DisplayName(text)
	}
	var err error
	if e.List, err = listOf(first(asList), g.Kind); err != nil {
		return e, err
	}
	if e.Verify, err = yes(first(asVerify)); err != nil {
		return e, err
	}
	if e.Verify && e.List != call.Contacts {
		return e, errors.New("verify is for contacts: a block needs no proof")
	}
	if e.Since, err = g.moment(first(asSince), e.Since, false); err != nil {
		return e, err
	}
	if e.Until, err = g.moment(first(asExpires), e.Until, true); err != nil {
		return e, err
	}
	if !g.Now.IsZero() && !e.Holds(g.Now) {
		return e, fmt.Errorf("expired on %s", e.Until.Add(-1).In(g.Zone).Format(time.DateOnly))
	}
	return e, nil
}

// nameOf is a person's name, however it is divided, or the company's.
func nameOf(cells func(as string) []string) string {
	if names := cells(asName); len(names) > 0 {
		return number.DisplayName(names[0])
	}
	var parts []string
	for _, as := range []string{asFirst, asMiddle, asLast} {
		if found := cells(as); len(found) > 0 {
			parts = append(parts, found[0])
		}
	}
	if len(parts) == 0 {
		parts = cells(asCompany)
		parts = parts[:min(len(parts), 1)]
	}
	return number.DisplayName(strings.Join(parts, " "))
}

// listOf reads which list a row is for, when a file may hold rows of both.
func listOf(text string, want call.List) (call.List, error) {
	var list call.List
	switch strings.ToLower(text) {
	case "":
		list = want
	case "contacts", "contact":
		list = call.Contacts
	case "blocks", "block", "blocked":
		list = call.Blocks
	default:
		return "", fmt.Errorf("no list is called %q: write contacts or blocks", shown(text))
	}
	switch {
	case list == "":
		return "", errors.New("the row does not say which list it is for: write contacts or blocks in a column called list")
	case want != "" && list != want:
		return "", fmt.Errorf("this row is of the list %s, and %s are read", list, want)
	}
	return list, nil
}

func yes(text string) (bool, error) {
	switch strings.ToLower(text) {
	case "", "no", "n", "false", "0":
		return false, nil
	case "yes", "y", "true", "1", "x":
		return true, nil
	}
	return false, fmt.Errorf("verify cannot be %q: write yes or no", shown(text))
}

// moment reads a time. A day alone is its beginning, or what follows it where the
// whole day is meant to count.
func (g *gatherer) moment(text string, otherwise time.Time, whole bool) (time.Time, error) {
	if text == "" {
		return otherwise, nil
	}
	if t, err := time.Parse(time.RFC3339Nano, text); err == nil {
		return t, nil
	}
	for _, form := range []string{"2006-01-02 15:04:05", "2006-01-02 15:04"} {
		if t, err := time.ParseInLocation(form, text, g.Zone); err == nil {
			return t, nil
		}
	}
	day, err := time.ParseInLocation(time.DateOnly, text, g.Zone)
	if err != nil {
		return time.Time{}, fmt.Errorf("%q is no date: write year, month and day, such as 2026-12-31", shown(text))
	}
	if whole {
		day = day.AddDate(0, 0, 1)
	}
	return day, nil
}

// pattern reads a number, prefix, range or name. What Clearline wrote itself is taken
// as it is; in other files a contact's number that no telephone can have is a mistake,
// while callers who are blocked do show such numbers.
func (g *gatherer) pattern(written string, list call.List, own bool) (number.Pattern, error) {
	if own {
		if p, ok := number.Canonical(written); ok && p.String() == written {
			return p, allowed(p, list)
		}
	}
	n, _, err := number.ParseWritten(written, g.Region)
	if err != nil {
		p, notPattern := number.ParsePattern(written, g.Region)
		switch {
		case notPattern == nil:
			return p, allowed(p, list)
		case strings.ContainsAny(written, "*"):
			return p, notPattern
		}
		return p, err
	}
	if list == call.Contacts && number.Classify(n, g.Region) == number.Invalid {
		return number.Pattern{}, errors.New("no telephone can have this number: a digit is missing, wrong or too many")
	}
	return number.Exactly(n, g.Region)
}

// allowed says whether a file may put a pattern on a list.
func allowed(p number.Pattern, list call.List) error {
	if p.Kind() == number.Name && list == call.Contacts {
		return errors.New("anybody can show any name: contacts are known by their number, only blocks can go by name")
	}
	if list == call.Blocks {
		if err := Blockable(p); err != nil {
			return fmt.Errorf("%w; to block them all the same: clearline block add --wide", err)
		}
	}
	return nil
}
