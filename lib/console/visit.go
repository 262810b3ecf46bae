package console

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"clearline/lib/call"
	"clearline/lib/desk"
	"clearline/lib/roster"
	"clearline/lib/users"
)

// What a session holds.
const (
	userKey  = "user"
	epochKey = "epoch"
)

// visit is one request of somebody who is signed in.
type visit struct {
	*http.Request
	w      http.ResponseWriter
	person desk.Person
	user   users.User
	words  *words
}

// answer answers a visit. Of an error it has written nothing.
type answer func(v *visit) error

// signedIn lets those through who are signed in, and shows others the way.
func (c *Console) signedIn(answer answer) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, ok := c.whose(r.Context())
		if !ok {
			if r.Method != http.MethodGet || r.URL.Path == "/live" {
				http.Error(w, "sign in first", http.StatusUnauthorized)
				return
			}
			http.Redirect(w, r, "/sign-in?"+url.Values{"then": {r.URL.RequestURI()}}.Encode(), http.StatusSeeOther)
			return
		}
		v := &visit{Request: r, w: w, user: user, person: c.personOf(user, c.remote(r)), words: wordsOf(r)}
		if err := answer(v); err != nil {
			c.fail(v, err)
		}
	})
}

// whose finds out whose session it is. One of a user who was removed or changed since ends.
func (c *Console) whose(ctx context.Context) (users.User, bool) {
	name := c.sessions.GetString(ctx, userKey)
	if name == "" {
		return users.User{}, false
	}
	user, err := c.opts.Users.Lookup(ctx, name)
	if err == nil && user.Epoch == c.sessions.GetString(ctx, epochKey) {
		return user, true
	}
	if err != nil && !errors.Is(err, users.ErrUnknown) {
		c.opts.Log.Error("user not looked up", "user", name, "err", err)
		return users.User{}, false
	}
	if err := c.sessions.Destroy(ctx); err != nil {
		c.opts.Log.Error("session not ended", "user", name, "err", err)
	}
	return users.User{}, false
}

// personOf is a user as the desk knows them.
func (c *Console) personOf(u users.User, remote string) desk.Person {
	return desk.Person{
		Name: u.Name, Role: u.Role, AllLines: u.AllLines, Remote: remote,
		Lines: append(append([]call.LineID{}, u.Lines...), c.opts.Wardens[u.Name]...),
	}
}

// fail answers with what went wrong, in words.
func (c *Console) fail(v *visit, err error) {
	status, key := http.StatusInternalServerError, "error.broken"
	var wrong *desk.WrongError
	var broken *roster.BrokenError
	var large *http.MaxBytesError
	detail := ""
	switch {
	case errors.Is(err, desk.ErrForbidden):
		status, key = http.StatusForbidden, "error.forbidden"
	case errors.Is(err, desk.ErrNotFound), errors.Is(err, users.ErrUnknown):
		status, key = http.StatusNotFound, "error.missing"
	case errors.Is(err, desk.ErrGone):
		status, key = http.StatusConflict, "error.over"
	case errors.Is(err, desk.ErrUnderway):
		status, key = http.StatusConflict, "error.underway"
	case errors.Is(err, desk.ErrBusy):
		status, key = http.StatusServiceUnavailable, "error.busy"
	case errors.Is(err, users.ErrThere):
		status, key = http.StatusConflict, "error.there"
	case errors.Is(err, users.ErrLast):
		status, key = http.StatusConflict, "error.last"
	case errors.As(err, &large):
		status, key = http.StatusRequestEntityTooLarge, "error.large"
	case errors.As(err, &wrong):
		status, key, detail = http.StatusBadRequest, "error.wrong", wrong.Why
	case errors.As(err, &broken):
		status, key, detail = http.StatusBadRequest, "error.wrong", broken.Error()
	case v.Context().Err() != nil: // who asked has gone
		return
	default:
		c.opts.Log.Error("page not made", "path", v.URL.Path, "user", v.person.Name, "err", err)
	}
	c.show(v, status, "error", struct{ Text, Detail string }{v.words.say(key), detail})
}

// back leads to a page after something was done, and says there what it was: a change is
// never made twice by looking at a page again.
func (c *Console) back(v *visit, to, said string) error {
	return c.tell(v, to, said, false)
}

// tell is back; bad says that it was not what was wanted.
func (c *Console) tell(v *visit, to, said string, bad bool) error {
	c.flashes.put(c.sessions.Token(v.Context()), flash{said, bad})
	http.Redirect(v.w, v.Request, to, http.StatusSeeOther)
	return nil
}

// within is a path on this console, or its first page: no link leads anywhere else.
func within(path string) string {
	u, err := url.Parse(path)
	if err != nil || u.Scheme != "" || u.Host != "" || len(path) < 1 || path[0] != '/' || len(path) > 1 && (path[1] == '/' || path[1] == '\\') {
		return "/"
	}
	return path
}
