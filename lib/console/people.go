package console

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"clearline/lib/call"
	"clearline/lib/desk"
	"clearline/lib/roster"
)

// peoplePage lists contacts or blocks.
type peoplePage struct {
	List    call.List
	Line    string // of which alone; empty for all
	Text    string
	Lines   []desk.LineNow
	House   bool // the person keeps the lists of the whole house
	Entries []entryRow
	Next    string
	Draft   draft    // what is being added
	Preview *preview // of a file that is being imported; nil for none
}

// draft fills in the form for adding somebody.
type draft struct{ Number, Name string }

// entryRow is an entry on a list.
type entryRow struct {
	call.Entry
	Where string // name of the line; empty for the whole house
}

// preview is what importing a file would do.
type preview struct {
	Name, Token                 string
	Rows, Added, Changed, Same  int
	Other                       int
	Rejected                    []roster.Rejected
	RejectedMore, RejectedCount int
}

const (
	importMost   = 900 << 10 // bytes of a file
	rejectedMost = 20        // rows that are shown
)

// people shows a list.
func (c *Console) people(v *visit) error {
	page, err := c.peopleOf(v, v.URL.Query().Get("list"), v.URL.Query().Get("line"))
	if err != nil {
		return err
	}
	page.Draft = draft{v.URL.Query().Get("number"), v.URL.Query().Get("name")}
	c.show(v, http.StatusOK, "people", page)
	return nil
}

func (c *Console) peopleOf(v *visit, list, line string) (peoplePage, error) {
	given := v.URL.Query()
	page := peoplePage{
		List: call.Contacts, Line: line, Text: given.Get("q"),
		Lines: c.opts.Desk.Lines(v.person), House: v.person.Everything(),
	}
	if list == string(call.Blocks) {
		page.List = call.Blocks
	}
	q := desk.EntryQuery{List: page.List, Text: page.Text, Cursor: given.Get("after"), Limit: perPage}
	switch page.Line {
	case "":
	case house:
		q.House = true
	default:
		q.Lines = []call.LineID{call.LineID(page.Line)}
	}
	found, err := c.opts.Desk.Entries(v.Context(), v.person, q)
	if err != nil {
		return page, err
	}
	names := c.names(v.person)
	for _, e := range found.Items {
		row := entryRow{Entry: e}
		if e.Line != "" {
			row.Where = nameOf(names, e.Line)
		}
		page.Entries = append(page.Entries, row)
	}
	if found.Next != "" {
		given.Set("after", found.Next)
		page.Next = "/people?" + given.Encode()
	}
	return page, nil
}

// house stands for the whole house where a line is chosen. No line has that id.
const house = "*"

// chosen is the line of a form.
func (v *visit) chosen() call.LineID {
	line := v.Form.Get("line")
	if line == house {
		return ""
	}
	return call.LineID(line)
}

// addPerson puts somebody on a list.
func (c *Console) addPerson(v *visit) error {
	if err := v.form(formMost); err != nil {
		return err
	}
	until, err := c.until(v.PostForm.Get("until"))
	if err != nil {
		return err
	}
	d := desk.Draft{
		List: call.List(v.PostForm.Get("list")), Line: v.chosen(), Number: v.PostForm.Get("number"), Name: v.PostForm.Get("name"),
		Verify: v.PostForm.Get("verify") != "", Until: until,
	}
	e, err := c.opts.Desk.Put(v.Context(), v.person, d)
	if err != nil {
		return err
	}
	return c.back(v, listPath(e.List, call.LineID(v.PostForm.Get("line"))), v.words.say("people.added-"+string(e.List), c.formatOf(v.words).pattern(e.Pattern)))
}

// until reads the last day of an entry: it holds until midnight.
func (c *Console) until(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	day, err := time.ParseInLocation(time.DateOnly, text, c.opts.Desk.Zone())
	if err != nil {
		return time.Time{}, &desk.WrongError{Field: "until", Why: fmt.Sprintf("%q is no day", text)}
	}
	return day.AddDate(0, 0, 1), nil
}

// removePerson takes somebody off a list.
func (c *Console) removePerson(v *visit) error {
	if err := v.form(formMost); err != nil {
		return err
	}
	key := call.EntryKey{Line: call.LineID(v.PostForm.Get("line")), List: call.List(v.PostForm.Get("list")), Pattern: v.PostForm.Get("pattern")}
	if err := c.opts.Desk.Remove(v.Context(), v.person, key); err != nil {
		return err
	}
	return c.back(v, listPath(key.List, ""), v.words.say("people.removed", c.formatOf(v.words).pattern(key.Pattern)))
}

// importPeople reads a file, and shows what it would do. The file is kept for a while, until
// the person says that it is what was meant.
func (c *Console) importPeople(v *visit) error {
	v.Body = http.MaxBytesReader(v.w, v.Body, importMost+formMost)
	if err := v.ParseMultipartForm(importMost + formMost); err != nil {
		return asWrong(err)
	}
	defer func() { _ = v.MultipartForm.RemoveAll() }() // nothing of it is on the disk
	if sure := v.Form.Get("sure"); sure != "" {
		return c.importSure(v, sure)
	}
	name, text, err := v.uploaded()
	if err != nil {
		return err
	}
	u := upload{Token: rand.Text(), At: time.Now(), Name: name, Text: text, List: call.List(v.Form.Get("list")), Line: v.chosen()}
	made, err := c.opts.Desk.Preview(v.Context(), v.person, u.file())
	if err != nil {
		return err
	}
	page, err := c.peopleOf(v, string(u.List), v.Form.Get("line"))
	if err != nil {
		return err
	}
	c.uploads.put(v.person.Name, u)
	page.Preview = &preview{
		Name: name, Token: u.Token, Rows: made.Rows, Added: made.Added, Changed: made.Changed, Same: made.Same, Other: made.Other,
		Rejected: made.Rejected[:min(len(made.Rejected), rejectedMost)], RejectedCount: len(made.Rejected),
		RejectedMore: max(0, len(made.Rejected)-rejectedMost),
	}
	c.show(v, http.StatusOK, "people", page)
	return nil
}

// importSure imports the file that was looked at.
func (c *Console) importSure(v *visit, token string) error {
	u, there := c.uploads.take(v.person.Name, token)
	if !there {
		return &desk.WrongError{Field: "file", Why: v.words.say("people.choose-file")}
	}
	made, err := c.opts.Desk.Import(v.Context(), v.person, u.file())
	if err != nil {
		return err
	}
	return c.back(v, listPath(u.List, ""), v.words.say("people.imported", made.Added, made.Changed, len(made.Rejected)))
}

// uploaded is the file of a form.
func (v *visit) uploaded() (name string, text []byte, err error) {
	file, header, err := v.FormFile("file")
	if errors.Is(err, http.ErrMissingFile) {
		return "", nil, &desk.WrongError{Field: "file", Why: v.words.say("people.choose-file")}
	}
	if err != nil {
		return "", nil, asWrong(err)
	}
	defer func() { _ = file.Close() }() // it is in memory
	text, err = io.ReadAll(io.LimitReader(file, importMost+1))
	if err == nil && len(text) > importMost {
		err = &http.MaxBytesError{Limit: importMost}
	}
	return header.Filename, text, err
}

// exportPeople writes a list into a file. A spreadsheet reads nothing in it as a formula.
func (c *Console) exportPeople(v *visit) error {
	list := call.List(v.URL.Query().Get("list"))
	var lines []call.LineID
	if line := v.URL.Query().Get("line"); line != "" && line != house {
		lines = []call.LineID{call.LineID(line)}
	}
	var text bytes.Buffer
	if _, err := c.opts.Desk.Export(v.Context(), v.person, list, lines, roster.CSV, &text); err != nil {
		return err
	}
	v.w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	v.w.Header().Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", strings.Trim(string(list), "/")+".csv"))
	_, _ = v.w.Write(text.Bytes()) // who asked may be gone
	return nil
}
