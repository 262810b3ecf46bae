package roster

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/emersion/go-vcard"

	"clearline/lib/call"
	"clearline/lib/number"
)

// longestCard bounds what is kept of one card, in bytes. Photographs are not kept.
const longestCard = 64 << 10

// kept are the properties of a card that are read.
var kept = []string{vcard.FieldVersion, vcard.FieldFormattedName, vcard.FieldName, vcard.FieldOrganization, vcard.FieldTelephone}

// cards reads a vCard file: versions 3.0 (RFC 2426) and 4.0 (RFC 6350), and 2.1 as far
// as telephones write it.
func (g *gatherer) cards() error {
	p := &properties{lines: g.in}
	var c *card
	for {
		one, err := p.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if c, err = g.property(c, one); err != nil {
			return err
		}
	}
	if c != nil {
		return broken(c.line, "the card begun here is not finished: the file was cut short")
	}
	return nil
}

// property goes on with the card under way, if there is one, and returns the one that
// is under way then.
func (g *gatherer) property(c *card, one property) (*card, error) {
	switch {
	case one.name == "BEGIN" && !strings.HasSuffix(strings.ToUpper(strings.TrimSpace(one.text)), ":VCARD"):
		return nil, broken(one.line, "%q begins something that is no card: export the contacts as vCard", shown(one.text))
	case one.name == "BEGIN" && c != nil:
		return nil, broken(one.line, "a card begins here, and the one begun on line %d is not finished: the file is damaged", c.line)
	case one.name == "BEGIN":
		return &card{line: one.line}, nil
	case c == nil:
		return nil, broken(one.line, "%q stands outside every card: the file is damaged, or no vCard file", shown(one.text))
	case one.name == "END":
		return nil, g.card(c)
	case one.name == "":
		g.reject(one.line, one.text, "no part of a vCard: a colon is missing")
		return c, nil
	}
	return c, c.keep(one)
}

// card is one card, as far as it is read.
type card struct {
	line    int
	version string
	text    strings.Builder
	numbers []property
}

func (c *card) keep(p property) error {
	if !slices.Contains(kept, p.name) {
		return nil
	}
	if c.text.Len()+len(p.text) > longestCard {
		return broken(c.line, "the names and numbers of the card begun here take more than %d bytes: that is no card of a person", longestCard)
	}
	if p.name == vcard.FieldVersion {
		_, c.version, _ = strings.Cut(p.text, ":")
		c.version = strings.TrimSpace(c.version)
	}
	if p.name == vcard.FieldTelephone {
		c.numbers = append(c.numbers, p)
	}
	c.text.WriteString(p.text + "\r\n")
	return nil
}

// card makes entries of a card that is complete.
func (g *gatherer) card(c *card) error {
	if err := g.row(c.line); err != nil {
		return err
	}
	switch c.version {
	case "2.1", "3.0", "4.0":
	default:
		g.reject(c.line, c.text.String(), fmt.Sprintf("a vCard of version %q: 2.1, 3.0 and 4.0 can be read", shown(c.version)))
		return nil
	}
	if !slices.Contains(g.Understood.Versions, c.version) {
		g.Understood.Versions = append(g.Understood.Versions, c.version)
	}
	decoded, err := vcard.NewDecoder(strings.NewReader("BEGIN:VCARD\r\n" + c.text.String() + "END:VCARD\r\n")).Decode()
	if err != nil {
		g.reject(c.line, c.text.String(), "the card cannot be read: export it again as vCard 3.0 or 4.0")
		return nil //nolint:nilerr // a card that cannot be read is reported; the others are read
	}
	name := personOf(decoded)
	fields := decoded[vcard.FieldTelephone]
	if len(fields) != len(c.numbers) {
		g.reject(c.line, name, "a telephone number of this card cannot be read: export it again as vCard 3.0 or 4.0")
		return nil
	}
	if g.Kind == "" {
		return broken(0, "cards do not say which list they are for: name contacts or blocks")
	}
	entry := call.Entry{Line: g.Line, List: g.Kind, Name: name, Since: g.Since, Until: g.Until, Source: g.Source}
	g.telephones(c, fields, entry)
	return nil
}

func (g *gatherer) telephones(c *card, fields []*vcard.Field, entry call.Entry) {
	if len(fields) == 0 {
		g.reject(c.line, entry.Name, "no telephone number here")
	}
	for i, f := range fields {
		if i == MaxNumber {
			g.reject(c.line, entry.Name, fmt.Sprintf("more than %d numbers in one card", MaxNumber))
			return
		}
		if f.Params.HasType("fax") && !f.Params.HasType("voice") && !f.Params.HasType("cell") {
			continue // nobody rings from it
		}
		g.numbers(c.numbers[i].line, entry.Name, nonempty(unescaped(f.Value)), entry, false)
	}
}

func nonempty(text string) []string {
	if text = strings.TrimSpace(text); text == "" {
		return nil
	}
	return []string{text}
}

// personOf is the name on a card: the one to show, the parts, or the organisation.
func personOf(c vcard.Card) string {
	if name := unescaped(c.PreferredValue(vcard.FieldFormattedName)); name != "" {
		return name
	}
	if n := c.Name(); n != nil {
		if name := unescaped(strings.Join([]string{n.GivenName, n.AdditionalName, n.FamilyName}, " ")); name != "" {
			return name
		}
	}
	company, _, _ := strings.Cut(c.PreferredValue(vcard.FieldOrganization), ";")
	return unescaped(company)
}

var escapes = strings.NewReplacer(`\;`, ";", `\:`, ":", `\N`, " ")

// unescaped undoes what the decoder leaves, and makes a name of it.
func unescaped(text string) string {
	return number.DisplayName(escapes.Replace(text))
}
