package console_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"

	"clearline/lib/users"
)

// unsaid finds the key of a text that there is not.
var unsaid = regexp.MustCompile(`>\s*[a-z-]+\.[a-z]+[a-z-]*\s*<`)

func TestASessionIsAnotherOneAfterSignIn(t *testing.T) {
	o := open(t)
	b := o.browser()
	at, err := url.Parse(o.server.URL)
	o.must(err)
	b.client.Jar.SetCookies(at, []*http.Cookie{{Name: "clearline", Value: "planted-by-somebody-else", Path: "/"}})
	if status, _, _ := b.signIn("bob", password); status != http.StatusSeeOther {
		t.Fatalf("%d", status)
	}
	tokens := map[string]bool{}
	for _, cookie := range b.client.Jar.Cookies(at) {
		if cookie.Name == "clearline" {
			tokens[cookie.Value] = true
		}
	}
	if len(tokens) != 1 || tokens["planted-by-somebody-else"] {
		t.Errorf("the tokens are %v", tokens)
	}
	thief := o.browser()
	thief.client.Jar.SetCookies(at, []*http.Cookie{{Name: "clearline", Value: "planted-by-somebody-else", Path: "/"}})
	if status, _ := thief.get("/"); status != http.StatusSeeOther {
		t.Errorf("who planted it sees the page: %d", status)
	}
}

func TestCookiesAreForThisSiteAndNoScript(t *testing.T) {
	o := open(t)
	b := o.browser()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, o.server.URL+"/sign-in",
		strings.NewReader(url.Values{"name": {"bob"}, "password": {password}}.Encode()))
	o.must(err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, _ := b.do(r)
	if len(answer.Cookies()) != 2 {
		t.Errorf("the cookies are %v", answer.Cookies())
	}
	for _, cookie := range answer.Cookies() {
		if !cookie.HttpOnly || cookie.SameSite != http.SameSiteLaxMode && cookie.SameSite != http.SameSiteStrictMode || cookie.Domain != "" {
			t.Errorf("%v", cookie)
		}
	}
}

func TestSignOutAndANewPasswordEndSessions(t *testing.T) {
	o := open(t)
	first, second := o.as("bob"), o.as("bob")
	if status, _, _ := first.post("/sign-out", nil); status != http.StatusSeeOther {
		t.Errorf("sign-out: %d", status)
	}
	if status, _ := first.get("/calls"); status != http.StatusSeeOther {
		t.Errorf("after sign-out: %d", status)
	}
	third := o.as("bob")
	if status, _, to := third.post("/account", url.Values{"old": {"not my password"}, "new": {"another good password"}}); status != http.StatusSeeOther || to != "/account" {
		t.Errorf("with a wrong password: %d to %q", status, to)
	}
	if status, _ := second.get("/calls"); status != http.StatusOK {
		t.Errorf("a wrong password has ended another session: %d", status)
	}
	third.post("/account", url.Values{"old": {password}, "new": {"another good password"}})
	if status, text := third.get("/account"); status != http.StatusOK || !strings.Contains(text, "Your password is changed") {
		t.Errorf("the session it was changed in: %d", status)
	}
	if status, _ := second.get("/calls"); status != http.StatusSeeOther {
		t.Errorf("another session: %d", status)
	}
}

func TestWhoFailsIsLoggedForFail2ban(t *testing.T) {
	o := open(t)
	b := o.browser()
	if status, text, _ := b.signIn("bob", "a wrong password"); status != http.StatusUnauthorized || !strings.Contains(text, "is wrong") {
		t.Errorf("%d %s", status, text)
	}
	b.signIn("evil\nuser=ann remote=192.0.2.1", "a wrong password")
	filter, err := os.ReadFile("../../scripts/fail2ban/filter.d/clearline.conf")
	o.must(err)
	expression := regexp.MustCompile(`(?m)^failregex = (.*)$`).FindStringSubmatch(string(filter))[1]
	pattern := regexp.MustCompile(strings.ReplaceAll(expression, "<HOST>", `(?P<host>[0-9a-f:.]+)`))
	hits := 0
	for line := range strings.Lines(o.log.String()) {
		if found := pattern.FindStringSubmatch(line); found != nil {
			hits++
			if host := found[pattern.SubexpIndex("host")]; host != "127.0.0.1" {
				t.Errorf("%s: the address is %q", line, host)
			}
		}
	}
	if hits != 2 || strings.Contains(o.log.String(), "evil") {
		t.Errorf("%d lines are for fail2ban, of\n%s", hits, o.log)
	}
}

func TestTenThousandAttemptsKeepNoOwnerOut(t *testing.T) {
	o := open(t)
	owner := o.as("bob")
	owner.post("/sign-out", nil)
	tried := map[string]int{}
	attempt := func(from string) {
		t.Helper()
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/sign-in", strings.NewReader("name=bob&password=guess"))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("X-Forwarded-For", from)
		r.RemoteAddr = "127.0.0.1:1"
		answer := httptest.NewRecorder()
		o.mux.ServeHTTP(answer, r)
		switch answer.Code {
		case http.StatusUnauthorized:
			tried[from]++
		case http.StatusTooManyRequests:
		default:
			t.Fatalf("an attempt: %d", answer.Code)
		}
	}
	for range 9_800 {
		attempt("192.0.2.1")
	}
	if n := tried["192.0.2.1"]; n < 1 || n > 20 {
		t.Errorf("of one address %d passwords were compared", n)
	}
	stranger, mallory := o.browser(), o.browser()
	stranger.from, owner.from, mallory.from = "203.0.113.7", "192.0.2.1", "192.0.2.1"
	if status, _, _ := owner.signIn("bob", password); status != http.StatusSeeOther {
		t.Errorf("the owner, with a browser that has signed in before, from the attacker's own address: %d", status)
	}
	if status, _, _ := stranger.signIn("bob", password); status != http.StatusSeeOther {
		t.Errorf("the owner, with another browser from elsewhere: %d", status)
	}
	if status, _, _ := mallory.signIn("bob", password); status != http.StatusTooManyRequests {
		t.Errorf("the attacker, who has guessed it by now: %d", status)
	}
}

func TestBothLanguagesHaveTheSameTexts(t *testing.T) {
	var en, cy map[string]string
	for file, into := range map[string]*map[string]string{"words/en.toml": &en, "words/cy.toml": &cy} {
		if _, err := toml.DecodeFile(file, into); err != nil {
			t.Fatal(err)
		}
	}
	verbs := regexp.MustCompile(`%[sd]`)
	for key, text := range en {
		other, there := cy[key]
		if !there || strings.Join(verbs.FindAllString(text, -1), "") != strings.Join(verbs.FindAllString(other, -1), "") {
			t.Errorf("%s: %q is %q", key, text, other)
		}
	}
	for key := range cy {
		if _, there := en[key]; !there {
			t.Errorf("%s is no text in English", key)
		}
	}
}

func TestAnAdminKeepsUsers(t *testing.T) {
	o := open(t)
	ann := o.as("ann")
	add := url.Values{"name": {"carol"}, "role": {"warden"}, "line": {"flat-2"}, "password": {"another good password"}}
	for _, step := range []struct {
		path string
		form url.Values
		want int
	}{
		{"/users", add, http.StatusSeeOther},
		{"/users", add, http.StatusConflict},
		{"/users", url.Values{"name": {"dan"}, "role": {"warden"}, "password": {"another good password"}}, http.StatusBadRequest},
		{"/users", url.Values{"name": {"dan"}, "role": {"warden"}, "all": {"1"}, "password": {"short"}}, http.StatusBadRequest},
		{"/users/carol", url.Values{"role": {"viewer"}, "line": {"flat-1", "flat-2"}}, http.StatusSeeOther},
		{"/users/carol", url.Values{"do": {"password"}, "password": {password}}, http.StatusSeeOther},
		{"/users/nobody", url.Values{"do": {"remove"}}, http.StatusNotFound},
		{"/users/ann", url.Values{"do": {"remove"}}, http.StatusConflict},
	} {
		if status, text, _ := ann.post(step.path, step.form); status != step.want {
			t.Errorf("%s %v: %d %s", step.path, step.form, status, text)
		}
	}
	u, err := users.New(o.kept).Lookup(t.Context(), "carol")
	if err != nil || u.Role != users.Viewer || len(u.Lines) != 2 {
		t.Errorf("carol is %+v, error %v", u, err)
	}
	if _, text := ann.get("/users"); !strings.Contains(text, "added the user") || strings.Contains(text, "argon2id") {
		t.Errorf("the page: %s", text)
	}
}
