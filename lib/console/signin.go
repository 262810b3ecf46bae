package console

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"net/http"
	"strings"
	"time"

	"clearline/lib/desk"
	"clearline/lib/store"
	"clearline/lib/users"
)

const (
	folder    = "console"            // of the console's own documents
	keyName   = "device-key"         // in it
	deviceMax = 180 * 24 * time.Hour // how long a device stays known
	formMost  = 64 << 10             // bytes of a form
)

// signInPage is what the page for signing in shows.
type signInPage struct {
	Name, Then, Fault string
}

// asked asks who somebody is.
func (c *Console) asked(w http.ResponseWriter, r *http.Request) {
	if _, ok := c.whose(r.Context()); ok {
		http.Redirect(w, r, within(r.URL.Query().Get("then")), http.StatusSeeOther)
		return
	}
	v := &visit{Request: r, w: w, words: wordsOf(r)}
	c.show(v, http.StatusOK, "sign-in", signInPage{Then: within(r.URL.Query().Get("then"))})
}

// signIn lets somebody in who proves who they are.
func (c *Console) signIn(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, formMost)
	v := &visit{Request: r, w: w, words: wordsOf(r)}
	if err := r.ParseForm(); err != nil {
		c.show(v, http.StatusBadRequest, "sign-in", signInPage{Then: "/", Fault: v.words.say("signin.wrong")})
		return
	}
	page := signInPage{Name: strings.TrimSpace(r.PostForm.Get("name")), Then: within(r.PostForm.Get("then"))}
	if users.CheckName(page.Name) != nil {
		page.Name = "" // no user has it, and what it is instead belongs into no log
	}
	remote, device := c.remote(r), c.device(r, page.Name)
	if wait, ok := c.gate.pass(sameHouse(remote), page.Name, device); !ok {
		page.Fault = v.words.say("signin.wait")
		c.failed(r.Context(), page.Name, remote, "too often")
		w.Header().Set("Retry-After", wholeSeconds(wait))
		c.show(v, http.StatusTooManyRequests, "sign-in", page)
		return
	}
	user, err := c.enter(r, page.Name)
	switch {
	case errors.Is(err, users.ErrWrong):
		page.Fault = v.words.say("signin.wrong")
		c.failed(r.Context(), page.Name, remote, "wrong")
		c.show(v, http.StatusUnauthorized, "sign-in", page)
	case err != nil:
		page.Fault = v.words.say("signin.broken")
		c.opts.Log.Error("nobody can sign in", "user", page.Name, "err", err)
		c.show(v, http.StatusServiceUnavailable, "sign-in", page)
	default:
		c.gate.passed(sameHouse(remote), device)
		c.letIn(v, user, page.Then)
	}
}

// enter compares what somebody has given, when it is their turn.
func (c *Console) enter(r *http.Request, name string) (user users.User, err error) {
	busy := c.gate.hash(r.Context(), func() {
		code := strings.ReplaceAll(r.PostForm.Get("code"), " ", "")
		user, err = c.door.Enter(r.Context(), name, r.PostForm.Get("password"), code)
	})
	return user, errors.Join(busy, err)
}

// failed writes down that somebody did not prove who they are: for fail2ban, and for admins.
func (c *Console) failed(ctx context.Context, name, remote, why string) {
	c.opts.Log.WarnContext(ctx, "sign-in failed", "user", name, "remote", remote, "why", why)
	if why == "too often" {
		return // whoever floods the door is not to flood the store
	}
	_ = c.opts.Desk.Note(ctx, desk.Person{Name: name, Remote: remote}, store.Deed{Did: desk.DidFailSignIn}) // it logs by itself
}

// letIn begins a session. Its token is new: one that was planted is worth nothing.
func (c *Console) letIn(v *visit, user users.User, then string) {
	ctx := v.Context()
	if err := c.sessions.RenewToken(ctx); err != nil {
		c.sessions.ErrorFunc(v.w, v.Request, err)
		return
	}
	c.sessions.Put(ctx, userKey, user.Name)
	c.sessions.Put(ctx, epochKey, user.Epoch)
	person := c.personOf(user, c.remote(v.Request))
	c.opts.Log.InfoContext(ctx, "signed in", "user", user.Name, "remote", person.Remote)
	_ = c.opts.Desk.Note(ctx, person, store.Deed{Did: desk.DidSignIn}) // it logs by itself
	http.SetCookie(v.w, &http.Cookie{
		Name: c.deviceCookie(user.Name), Value: c.newDevice(user.Name), Path: "/", MaxAge: int(deviceMax.Seconds()),
		HttpOnly: true, Secure: c.opts.Secure, SameSite: http.SameSiteStrictMode,
	})
	http.Redirect(v.w, v.Request, then, http.StatusSeeOther)
}

// signOut ends a session.
func (c *Console) signOut(v *visit) error {
	if err := c.sessions.Destroy(v.Context()); err != nil {
		return err
	}
	_ = c.opts.Desk.Note(v.Context(), v.person, store.Deed{Did: desk.DidSignOut}) // it logs by itself
	http.Redirect(v.w, v.Request, "/sign-in", http.StatusSeeOther)
	return nil
}

// deviceKey is the key that known devices are known by. Where it cannot be read it is one for
// this run: then no device is known.
func (c *Console) deviceKey(ctx context.Context) []byte {
	found, err := c.opts.Documents.Documents(ctx, folder)
	for _, d := range found {
		if d.Name == keyName && len(d.Text) == sha256.Size {
			return d.Text
		}
	}
	key := make([]byte, sha256.Size)
	_, _ = rand.Read(key) // never fails on a supported system
	if err == nil {
		err = c.opts.Documents.PutDocument(ctx, store.Document{Folder: folder, Name: keyName, Text: key})
	}
	if err != nil {
		c.opts.Log.Warn("devices that have signed in before are not known until the next start", "err", err)
	}
	return key
}

// deviceCookie names the cookie of a device that has signed in as somebody.
func (c *Console) deviceCookie(name string) string {
	sum := sha256.Sum256([]byte(name))
	return c.cookieName("clearline-device-" + hex.EncodeToString(sum[:6]))
}

// newDevice makes what a device is known by.
func (c *Console) newDevice(name string) string {
	id := rand.Text()
	return id + "." + c.seal(c.deviceCookie(name), id)
}

// device is what a device is known by that has signed in as somebody; empty for another.
func (c *Console) device(r *http.Request, name string) string {
	cookie, err := r.Cookie(c.deviceCookie(name))
	if err != nil {
		return ""
	}
	return c.known(cookie)
}

// anyDevice is what a device is known by that has signed in as anybody; empty for another.
func (c *Console) anyDevice(r *http.Request) string {
	for _, cookie := range r.Cookies() {
		if id := c.known(cookie); id != "" {
			return id
		}
	}
	return ""
}

// known is what a cookie of a device says, if it was made here for what it is called.
func (c *Console) known(cookie *http.Cookie) string {
	id, seal, _ := strings.Cut(cookie.Value, ".")
	if !hmac.Equal([]byte(seal), []byte(c.seal(cookie.Name, id))) {
		return ""
	}
	return id
}

func (c *Console) seal(cookie, id string) string {
	mac := hmac.New(sha256.New, c.key)
	_, _ = mac.Write([]byte(cookie + "\x00" + id)) // never fails
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}
