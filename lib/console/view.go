package console

import (
	"bytes"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"

	"clearline/lib/call"
	"clearline/lib/number"
	"clearline/lib/users"
)

// pages are the templates of each page.
type pages map[string]*template.Template

// view is what every page shows; Body is its own.
type view struct {
	Page                string // its name, as in the menu
	Path                string // with its query
	Words               *words
	User                string // empty while nobody is signed in
	Admin               bool
	Acts                bool // may decide, listen and keep lists
	Said                string
	Bad                 bool   // what is said is not what was wanted
	OtherTag, OtherName string // the language the page is not in
	Body                any
	Live                bool // the page follows what happens
}

// format shows numbers and times as the house reads them.
type format struct {
	words  *words
	region string
	zone   *time.Location
	now    time.Time
}

// readPages reads the templates that are built in.
func readPages() (pages, error) {
	names, err := fs.Glob(files, "pages/*.html")
	if err != nil {
		return nil, fmt.Errorf("list the pages: %w", err)
	}
	none := &format{words: catalogues["en"], zone: time.UTC}
	all := pages{}
	for _, file := range names {
		name := strings.TrimSuffix(path.Base(file), ".html")
		if name == "layout" || name == "parts" {
			continue
		}
		made, err := template.New(name).Funcs(none.functions()).ParseFS(files, "pages/layout.html", "pages/parts.html", file)
		if err != nil {
			return nil, fmt.Errorf("read the page %s: %w", name, err)
		}
		all[name] = made
	}
	return all, nil
}

// functions are what templates may call.
func (f *format) functions() template.FuncMap {
	return template.FuncMap{
		"t": f.words.say, "name": f.words.or, "count": f.words.count,
		"clock": f.clock, "second": f.second, "stamp": stamp, "day": f.day, "ago": f.ago, "lasted": f.words.lasted,
		"caller": f.caller, "number": f.number, "pattern": f.pattern, "pair": func(a, b any) [2]any { return [2]any{a, b} },
	}
}

func (f *format) clock(t time.Time) string  { return t.In(f.zone).Format("15:04") }
func (f *format) second(t time.Time) string { return t.In(f.zone).Format("15:04:05") }
func (f *format) day(t time.Time) string    { return f.words.day(t.In(f.zone), f.now.In(f.zone)) }
func (f *format) ago(t time.Time) string    { return f.words.lasted(f.now.Sub(t)) }

// stamp is a time for machines.
func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// caller is who calls, as far as that may be shown.
func (f *format) caller(c call.Caller) string {
	switch {
	case c.Presentation == call.Withheld:
		return f.words.say("caller.withheld")
	case c.Shown() == "":
		return f.words.say("caller.none")
	}
	return f.number(c.Number)
}

// number is a number for reading.
func (f *format) number(text string) string {
	n, err := number.Parse(text, f.region)
	switch {
	case err != nil:
		return text
	case n.Foreign(f.region):
		return n.E164
	}
	return n.Grouped()
}

// pattern is whom an entry is about, for reading.
func (f *format) pattern(text string) string {
	if p, ok := number.Canonical(text); ok && p.Kind() == number.Exact {
		return f.number(text)
	}
	return text
}

func (c *Console) formatOf(w *words) *format {
	return &format{words: w, region: c.opts.Desk.Region(), zone: c.opts.Desk.Zone(), now: time.Now()}
}

// show answers with a page. It is made as a whole before any of it is sent.
func (c *Console) show(v *visit, status int, page string, body any) {
	f := c.formatOf(v.words)
	once := c.flashFor(v.Request)
	made, err := c.pages[page].Clone()
	var text bytes.Buffer
	if err == nil {
		err = made.Funcs(f.functions()).ExecuteTemplate(&text, "layout", view{
			Page: page, Path: v.URL.RequestURI(), Words: v.words, OtherTag: other(v.words).Tag, OtherName: other(v.words).say("language"),
			User: v.user.Name, Admin: v.user.Role == users.Admin, Acts: v.user.Role != "" && v.user.Role != users.Viewer,
			Said: once.said, Bad: once.bad,
			Live: page == "now" || page == "incidents" || page == "incident" || page == "lines" || page == "health", Body: body,
		})
	}
	if err != nil {
		c.opts.Log.Error("page not made", "page", page, "err", err)
		http.Error(v.w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	v.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	v.w.Header().Set("Content-Language", v.words.Tag)
	v.w.WriteHeader(status)
	_, _ = v.w.Write(text.Bytes()) // who asked may be gone
}

// other are the words of the language that a page is not in.
func other(w *words) *words {
	if w.Tag == "cy" {
		return catalogues["en"]
	}
	return catalogues["cy"]
}

// wholeSeconds is a time that is no shorter, for Retry-After.
func wholeSeconds(d time.Duration) string { return strconv.Itoa(int(d.Seconds()) + 1) }
