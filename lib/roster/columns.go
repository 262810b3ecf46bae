package roster

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"clearline/lib/number"
)

// What a column can be read as; also the keys of Options.Columns.
const (
	asNumber  = "number"
	asName    = "name"
	asFirst   = "first name"
	asMiddle  = "middle name"
	asLast    = "last name"
	asCompany = "company"
	asList    = "list"
	asLine    = "line"
	asVerify  = "verify"
	asExpires = "expires"
	asSince   = "since"
	asSource  = "source"
)

var everyRole = []string{
	asNumber, asName, asFirst, asMiddle, asLast, asCompany, asList, asLine, asVerify, asExpires, asSince, asSource,
}

// headers are the names of columns, as plain makes them, without a number at the end.
var headers = map[string][]string{
	asNumber: {
		"number", "phone", "phone number", "phone no", "phonenumber", "telephone", "telephone number", "telephone no", "tel", "tel no",
		"mobile", "mobile number", "mobile phone", "cell", "cell phone", "caller id", "callerid", "cid", "cid number", "msisdn", "landline",
		"home", "home number", "home phone", "work", "work number", "work phone", "business", "business number", "business phone",
		"other phone", "other number", "primary phone", "car phone", "radio phone", "company main phone", "assistant s phone", "callback",
	},
	asName:    {"name", "display name", "displayname", "full name", "contact name", "contact", "caller name", "cid name"},
	asFirst:   {"first name", "given name", "firstname", "fname", "forename"},
	asMiddle:  {"middle name", "additional name"},
	asLast:    {"last name", "family name", "lastname", "lname", "surname"},
	asCompany: {"company", "company name", "organization", "organisation", "organization name", "organization 1 name"},
	asList:    {"list"},
	asLine:    {"line"},
	asVerify:  {"verify"},
	asExpires: {"expires", "expiry", "until"},
	asSince:   {"since"},
	asSource:  {"source"},
}

// layout is somebody's way of writing such files.
type layout struct {
	name  string
	signs []string          // columns that all are there
	more  map[string]string // columns that mean something in this layout only
}

// ours is what WriteCSV writes.
const ours = "Clearline"

var layouts = []layout{
	{ours, written, nil},
	{"FreePBX Contact Manager", []string{"groupname", "displayname", "phone 1 number"}, nil},
	{"Google Contacts", []string{"phone 1 value"}, nil},
	{"Yeastar", []string{"first name", "business number", "mobile"}, map[string]string{"other": asNumber}},
	{"Yeastar", []string{"first name", "work number", "mobile"}, nil},
	{"Outlook", []string{"first name", "last name", "mobile phone", "home phone"}, nil},
}

var (
	numbered    = regexp.MustCompile(`^phone \d+ (value|number)$`)
	numberAtEnd = regexp.MustCompile(`^(.*\D) \d+$`)
)

// columns says which columns of a table are read, as what.
type columns struct {
	layout string
	header bool
	as     map[string][]int // places from 0
}

// plain makes a column's name comparable: lower case, one blank between words.
func plain(header string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(header), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	}), " ")
}

// role says what a column of that name is read as; empty for nothing.
func role(header string, l layout) string {
	name := plain(header)
	if numbered.MatchString(name) {
		return asNumber
	}
	if as := l.more[name]; as != "" {
		return as
	}
	stem := name
	if m := numberAtEnd.FindStringSubmatch(name); m != nil {
		stem = m[1]
	}
	for _, as := range everyRole {
		if slices.Contains(headers[as], name) || as == asNumber && slices.Contains(headers[as], stem) {
			return as
		}
	}
	return ""
}

// find decides about the columns from the first rows of a table, a header included
// where there is one, and what was asked for.
func find(rows [][]string, asked map[string]string, region string) (columns, error) {
	first := rows[0]
	if len(first) > MaxColumn {
		return columns{}, broken(0, "more than %d columns: that is no list of people", MaxColumn)
	}
	l := known(first)
	c := columns{layout: l.name, as: map[string][]int{}}
	for i, cell := range first {
		if as := role(cell, l); as != "" {
			c.as[as] = append(c.as[as], i)
		}
	}
	c.header = !slices.ContainsFunc(first, func(cell string) bool { return telephone(cell, region) })
	if !c.header {
		clear(c.as)
	} else if len(c.as) == 0 { // names nobody knows, or a first row with a number nobody can read
		c.header = len(rows) > 1 && slices.ContainsFunc(rows[1], func(cell string) bool { return telephone(cell, region) })
	}
	if err := c.ask(first, asked); err != nil {
		return c, err
	}
	if len(c.as[asNumber]) == 0 {
		c.guess(rows, region)
	}
	if len(c.as[asNumber]) == 0 {
		return c, broken(0, "no column of telephone numbers among %s: say which it is, such as --column number=3", listed(first))
	}
	return c, c.once(first)
}

// known is the layout whose signs a header holds.
func known(header []string) layout {
	var names []string
	for _, h := range header {
		names = append(names, plain(h))
	}
	for _, l := range layouts {
		if !slices.ContainsFunc(l.signs, func(sign string) bool { return !slices.Contains(names, sign) }) {
			return l
		}
	}
	return layout{}
}

// telephone says whether a cell holds a number that is one beyond doubt.
func telephone(cell, region string) bool {
	n, _, err := number.ParseWritten(unguarded(cell), region)
	return err == nil && n.E164 != "" && number.Classify(n, region) != number.Invalid
}

// ask puts what was asked for in the place of what was found.
func (c *columns) ask(header []string, asked map[string]string) error {
	for as, which := range asked {
		if !slices.Contains(everyRole, as) {
			return fmt.Errorf("column %q cannot be read: there are %s", as, strings.Join(everyRole, ", "))
		}
		var places []int
		for one := range strings.SplitSeq(which, ",") {
			i, err := c.place(header, strings.TrimSpace(one))
			if err != nil {
				return err
			}
			places = append(places, i)
		}
		c.as[as] = places
		if as == asName {
			for _, part := range []string{asFirst, asMiddle, asLast, asCompany} {
				if asked[part] == "" {
					delete(c.as, part)
				}
			}
		}
	}
	return nil
}

// place is where the column of a number, from 1, or of a name is.
func (c *columns) place(header []string, which string) (int, error) {
	if n, err := strconv.Atoi(which); err == nil {
		if n < 1 || n > len(header) {
			return 0, fmt.Errorf("no column %d: the file has %d", n, len(header))
		}
		return n - 1, nil
	}
	for i, h := range header {
		if plain(h) == plain(which) && plain(which) != "" {
			c.header = true
			return i, nil
		}
	}
	return 0, fmt.Errorf("no column %q: there are %s", which, listed(header))
}

// guess takes the columns in which numbers stand for those of numbers, and the first
// one with words for the name.
func (c *columns) guess(rows [][]string, region string) {
	if c.header {
		rows = rows[1:]
	}
	width := 0
	for _, row := range rows {
		width = min(max(width, len(row)), MaxColumn)
	}
	name := -1
	for i := range width {
		filled, numbers, words := 0, 0, 0
		for _, row := range rows {
			if i >= len(row) || strings.TrimSpace(row[i]) == "" {
				continue
			}
			filled++
			if telephone(row[i], region) {
				numbers++
			} else if strings.IndexFunc(row[i], unicode.IsLetter) >= 0 && !strings.Contains(row[i], "@") {
				words++
			}
		}
		if numbers > 0 && numbers*2 >= filled {
			c.as[asNumber] = append(c.as[asNumber], i)
		} else if words*2 > filled && name < 0 {
			name = i
		}
	}
	if width == 1 && len(rows) > 0 && strings.Trim(unguarded(rows[0][0]), "0123456789 *+-") == "" {
		c.as[asNumber] = []int{0} // one column of short codes and prefixes
	}
	if name >= 0 && len(c.as[asName])+len(c.as[asFirst])+len(c.as[asLast])+len(c.as[asCompany]) == 0 {
		c.as[asName] = []int{name}
	}
}

// once refuses two columns of one name where only one can be meant.
func (c *columns) once(header []string) error {
	for _, as := range everyRole {
		places := c.as[as]
		if as == asNumber || as == asCompany || len(places) < 2 {
			continue
		}
		if plain(header[places[0]]) == plain(header[places[1]]) {
			return broken(0, "columns %d and %d are both called %s: say which is meant, such as --column %q",
				places[0]+1, places[1]+1, shown(header[places[0]]), fmt.Sprintf("%s=%d", as, places[0]+1))
		}
	}
	return nil
}

// tell says what was understood.
func (c *columns) tell(u *Understood, header []string) {
	u.Layout, u.Header = c.layout, c.header
	read := map[int]string{}
	for _, as := range everyRole {
		for _, i := range c.as[as] {
			read[i] = as
		}
	}
	for i := range max(len(header), len(read)) {
		name := ""
		if c.header && i < len(header) {
			name = shown(header[i])
		}
		if as, ok := read[i]; ok {
			u.Columns = append(u.Columns, Column{i + 1, name, as})
		} else if name != "" {
			u.Unread = append(u.Unread, name)
		}
	}
}

// listed names columns for a message.
func listed(header []string) string {
	const most = 20
	var names []string
	for i, h := range header {
		if i == most {
			names = append(names, "…")
			break
		}
		names = append(names, strconv.Quote(shown(h)))
	}
	return strings.Join(names, ", ")
}
