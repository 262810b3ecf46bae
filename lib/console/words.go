package console

import (
	"embed"
	"fmt"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/BurntSushi/toml"
	"golang.org/x/text/language"
)

//go:embed pages/*.html static words/*.toml
var files embed.FS

// languageCookie holds the language that somebody has chosen on a device.
const languageCookie = "clearline-language"

// languages are those that pages can be read in; the first is that of who reads none.
var languages = []language.Tag{language.BritishEnglish, language.MustParse("cy")}

// catalogues are the texts of each language, by key.
var catalogues = readCatalogues()

var matcher = language.NewMatcher(languages)

// words are the texts of one language.
type words struct {
	Tag   string // "en" or "cy"
	texts map[string]string
}

// readCatalogues reads the texts that are built in: a fault in them is one of the program.
func readCatalogues() map[string]*words {
	all := map[string]*words{}
	for _, tag := range languages {
		base, _ := tag.Base()
		w := &words{Tag: base.String(), texts: map[string]string{}}
		if _, err := toml.DecodeFS(files, path.Join("words", w.Tag+".toml"), &w.texts); err != nil {
			panic(fmt.Sprintf("read the words of the console in %s: %v", w.Tag, err))
		}
		all[w.Tag] = w
	}
	return all
}

// wordsOf are the words for whoever asks: in the language they have chosen, or the one that
// their browser asks for.
func wordsOf(r *http.Request) *words {
	if cookie, err := r.Cookie(languageCookie); err == nil && catalogues[cookie.Value] != nil {
		return catalogues[cookie.Value]
	}
	tags, _, err := language.ParseAcceptLanguage(r.Header.Get("Accept-Language"))
	if err != nil {
		tags = nil
	}
	_, at, _ := matcher.Match(tags...)
	base, _ := languages[at].Base()
	return catalogues[base.String()]
}

// say is the text of a key. What stands in it is filled in as fmt does.
func (w *words) say(key string, with ...any) string {
	text, there := w.texts[key]
	if !there {
		return key // a test finds every one
	}
	if len(with) == 0 {
		return text
	}
	return fmt.Sprintf(text, with...)
}

// or is the text of a key that may be of a newer version.
func (w *words) or(group, key string) string {
	if text, there := w.texts[group+"."+key]; there {
		return text
	}
	return key
}

// count is the text for a number of things: KEY.one or KEY.many.
func (w *words) count(key string, n int) string {
	if n == 1 {
		return w.say(key + ".one")
	}
	return w.say(key+".many", n)
}

// lasted is how long something has lasted, in words.
func (w *words) lasted(d time.Duration) string {
	switch {
	case d < time.Second:
		return w.say("seconds.none")
	case d < time.Minute:
		return w.count("seconds", int(d.Seconds()))
	case d < 2*time.Hour:
		return w.count("minutes", int(d.Minutes()))
	}
	return w.count("hours", int(d.Hours()))
}

// day is a day of the house; the last two have names.
func (w *words) day(t, now time.Time) string {
	day := t.Format(time.DateOnly)
	switch day {
	case now.Format(time.DateOnly):
		return w.say("today")
	case now.AddDate(0, 0, -1).Format(time.DateOnly):
		return w.say("yesterday")
	}
	return fmt.Sprintf("%s %d %s", w.say("weekday."+strings.ToLower(t.Format("Mon"))), t.Day(), w.say("month."+strings.ToLower(t.Format("Jan"))))
}

// language lets somebody choose.
func (c *Console) language(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, formMost)
	if err := r.ParseForm(); err != nil || catalogues[r.PostForm.Get("language")] == nil {
		http.Error(w, "no such language", http.StatusBadRequest)
		return
	}
	http.SetCookie(w, &http.Cookie{
		Name: languageCookie, Value: r.PostForm.Get("language"), Path: "/", MaxAge: int(deviceMax.Seconds()),
		HttpOnly: true, Secure: c.opts.Secure, SameSite: http.SameSiteLaxMode,
	})
	http.Redirect(w, r, within(r.PostForm.Get("then")), http.StatusSeeOther)
}
