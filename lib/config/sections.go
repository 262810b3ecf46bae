package config

import (
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"clearline/lib/call"
	"clearline/lib/number"
	"clearline/lib/prompt"
)

// read reads where the dialplan asks. Anybody who reaches the server learns who is on a
// list, so that it is for this machine only.
func (a *AGI) read(t *table) {
	t.text("listen", &a.Listen, func(s string) (string, string) {
		if problem, remedy := isListen(s); problem != "" {
			return problem, remedy
		}
		host, _, _ := net.SplitHostPort(s)
		if ip, err := netip.ParseAddr(host); err != nil || !ip.IsLoopback() || !ip.Is4() {
			return fmt.Sprintf("%q is no address of this machine alone", host), `write "127.0.0.1:4573"`
		}
		return "", ""
	})
	t.finish()
}

func (c *Config) general(t *table) {
	t.text("region", &c.Region, func(s string) (string, string) {
		if number.KnownRegion(s) {
			return "", ""
		}
		return fmt.Sprintf("%q is no region with a known numbering plan", s), `write the two letters of ISO 3166: "GB"`
	})
	c.Language = spoken(t, c.Language)
	var zone string
	if t.text("timezone", &zone, func(s string) (string, string) {
		if _, err := time.LoadLocation(s); err != nil || s == "" {
			return fmt.Sprintf("%q is no time zone", s), `write "Europe/London", or leave it out for that of this machine`
		}
		return "", ""
	}) {
		c.Timezone, _ = time.LoadLocation(zone) // it was loaded just now
	}
}

// spoken reads a language. One without prompts is replaced by the default one.
func spoken(t *table, otherwise string) string {
	language := otherwise
	if !t.text("language", &language, isLanguage) || prompt.HasLanguage(language) {
		return language
	}
	t.warn(t.at("language"), fmt.Sprintf("there are no prompts in %s; %s is used", language, prompt.DefaultLanguage),
		"choose "+listed(prompt.Languages()))
	return prompt.DefaultLanguage
}

func (a *ARI) read(t *table, secrets secrets) {
	if t.text("url", &a.URL, isARIURL) {
		a.URL = strings.TrimRight(a.URL, "/")
	}
	t.text("application", &a.Application, isName)
	t.text("username", &a.Username, isUsername)
	a.Password = password(t, secrets, "write the password of the user in ari.conf, or use password_file", true)
	t.finish()
}

// password takes the password from where it stands: exactly one of two keys.
func password(t *table, secrets secrets, remedy string, needed bool) (found Secret) {
	var password, file string
	_, inline := t.values["password"]
	_, inFile := t.values["password_file"]
	given := t.text("password", &password, func(s string) (string, string) {
		if s == "" {
			return "is empty", remedy
		}
		return "", ""
	})
	named := t.text("password_file", &file, anyText)
	switch {
	case inline && inFile:
		t.fault(t.at("password"), "both password and password_file are set", "keep one of them, better password_file")
	case !inline && !inFile && needed:
		t.fault(t.path, "no password", "set password_file, or password")
	case given:
		found = NewSecret(password)
		if secrets.worldReadable(t.file) {
			t.warn(t.at("password"), "every user of this machine can read this file", "chmod o-r "+t.file+", or use password_file")
		}
	case named:
		if !filepath.IsAbs(file) {
			file = filepath.Join(filepath.Dir(t.file), file)
		}
		password, err := secrets.read(file)
		if err != nil {
			t.fault(t.at("password_file"), err.Error(), "write the password into that file and let the service's user read it")
			return Secret{}
		}
		found = NewSecret(password)
		if secrets.worldReadable(file) {
			t.warn(t.at("password_file"), "every user of this machine can read it", "chmod o-r "+file)
		}
	}
	return found
}

func (d *Dialplan) read(t *table) {
	t.text("deliver", &d.Deliver, isName)
	t.text("onward", &d.Onward, isName)
	d.readOutside(t)
	for _, key := range []string{"deliver", "onward"} {
		if s, _ := t.values[key].(string); slices.Contains(ownContexts, s) {
			t.fault(t.at(key), fmt.Sprintf("%q is a context Clearline prints itself", s), "name a context of your own")
		}
	}
	t.finish()
}

// readOutside reads what is dialled for an outside line; an empty list says that
// nothing is.
func (d *Dialplan) readOutside(t *table) {
	entries := t.texts("outside")
	if _, isList := t.values["outside"].([]any); isList {
		d.Outside = nil
	}
	for _, e := range entries {
		problem, remedy := isOutside(e.text)
		if problem == "" && slices.Contains(d.Outside, e.text) {
			problem, remedy = fmt.Sprintf("%s stands here twice", e.text), "keep one"
		}
		if problem != "" {
			t.fault(e.path, problem, remedy)
			continue
		}
		d.Outside = append(d.Outside, e.text)
	}
}

func (r *Recordings) read(t *table) {
	t.text("dir", &r.Dir, isFolder)
	t.duration("keep_accepted", &r.KeepAccepted, 0, 8760*time.Hour)
	t.duration("keep_refused", &r.KeepRefused, 0, 8760*time.Hour)
	t.finish()
}

func (s *Screening) read(t *table) {
	t.flag("human_check", &s.HumanCheck)
	t.duration("purpose_max", &s.PurposeMax, 3*time.Second, time.Minute)
	t.duration("consult_ring", &s.ConsultRing, 5*time.Second, 2*time.Minute)
	t.duration("choice_wait", &s.ChoiceWait, 3*time.Second, time.Minute)
	choice(t, "approver", &s.Approver, call.ApproverResident, call.ApproverWarden, call.ApproverEither)
	s.keys(t)
	choice(t, "no_answer", &s.NoAnswer, NoAnswerMessage, NoAnswerRefuse)
	t.number("max_per_line", &s.MaxPerLine, 1, 10)
	t.number("max_calls", &s.MaxCalls, 1, 1000)
	t.number("max_per_number", &s.MaxPerNumber, 0, 1000)
	t.number("max_per_trunk", &s.MaxPerTrunk, 0, 100000)
	t.finish()
}

// keys reads the three keys that answer the resident's question.
func (s *Screening) keys(t *table) {
	taken := map[rune]string{}
	for _, k := range []struct {
		name   string
		target *rune
	}{{"accept_key", &s.AcceptKey}, {"block_key", &s.BlockKey}, {"repeat_key", &s.RepeatKey}} {
		text := string(*k.target)
		t.text(k.name, &text, isAction)
		*k.target = rune(text[0])
		if other := taken[*k.target]; other != "" {
			t.fault(t.at(k.name), fmt.Sprintf("%s is also %s", text, other), "give each action a key of its own")
		}
		taken[*k.target] = k.name
	}
}

func (g *Guard) read(t *table) {
	t.text("hangup_keys", &g.HangupKeys, isHangup)
	t.number("pin_digits", &g.PINDigits, 3, 12)
	t.duration("advice_after", &g.AdviceAfter, 2*time.Second, time.Hour)
	t.duration("advice_every", &g.AdviceEvery, 10*time.Second, 24*time.Hour)
	t.duration("deadman", &g.Deadman, 5*time.Second, time.Minute)
	t.finish()
}

func (l *Log) read(t *table) {
	choice(t, "format", &l.Format, "text", "json")
	var level string
	if choice(t, "level", &level, "debug", "info", "warn", "error") {
		if err := l.Level.UnmarshalText([]byte(level)); err != nil {
			l.Level = slog.LevelInfo
		}
	}
	t.finish()
}
