package console

import (
	"errors"
	"fmt"
	"net/http"

	"clearline/lib/call"
	"clearline/lib/desk"
	"clearline/lib/store"
	"clearline/lib/users"
)

// usersPage lists who may use the console, and what they did.
type usersPage struct {
	Users  []users.User
	Roles  []users.Role
	Lines  []desk.LineNow
	Deeds  []store.Deed
	Next   string
	Me     string
	Broken bool // somebody's document cannot be read
}

// users shows who may use the console, to admins.
func (c *Console) users(v *visit) error {
	deeds, err := c.opts.Desk.Deeds(v.Context(), v.person, v.URL.Query().Get("after"), perPage)
	if err != nil {
		return err
	}
	all, err := c.opts.Users.All(v.Context())
	if err != nil && len(all) == 0 {
		return err
	}
	page := usersPage{
		Users: all, Roles: users.Roles(), Lines: c.opts.Desk.Lines(v.person), Deeds: deeds.Items, Me: v.user.Name, Broken: err != nil,
	}
	if deeds.Next != "" {
		page.Next = "/users?after=" + deeds.Next
	}
	c.show(v, http.StatusOK, "users", page)
	return nil
}

// admin refuses everybody else.
func (v *visit) admin() error {
	if v.user.Role != users.Admin {
		return fmt.Errorf("manage users: %w", desk.ErrForbidden)
	}
	return nil
}

// addUser lets somebody use the console.
func (c *Console) addUser(v *visit) error {
	if err := errors.Join(v.admin(), v.form(formMost)); err != nil {
		return err
	}
	u := users.User{Name: v.PostForm.Get("name"), Role: users.Role(v.PostForm.Get("role"))}
	c.looksAfter(v, &u)
	var err error
	busy := c.gate.hash(v.Context(), func() { err = c.opts.Users.Add(v.Context(), u, v.PostForm.Get("password")) })
	if err := userWrong(errors.Join(busy, err)); err != nil {
		return err
	}
	if err := c.opts.Desk.Note(v.Context(), v.person, store.Deed{Did: desk.DidMakeUser, To: u.Name, Note: string(u.Role)}); err != nil {
		return err
	}
	return c.back(v, "/users", v.words.say("users.added", u.Name))
}

// looksAfter reads the lines of a form.
func (c *Console) looksAfter(v *visit, u *users.User) {
	u.Lines, u.AllLines = nil, false
	for _, l := range c.opts.Desk.Lines(v.person) {
		for _, id := range v.PostForm["line"] {
			if id == string(l.ID) {
				u.Lines = append(u.Lines, call.LineID(id))
			}
		}
	}
	u.AllLines = v.PostForm.Get("all") != "" && u.Role != users.Admin
}

// userWrong makes what is wrong with a user the fault of who has sent it.
func userWrong(err error) error {
	var wrong *users.WrongError
	if errors.As(err, &wrong) {
		return &desk.WrongError{Field: "user", Why: wrong.Error()}
	}
	return err
}

// changeUser changes or removes somebody.
func (c *Console) changeUser(v *visit) error {
	if err := errors.Join(v.admin(), v.form(formMost)); err != nil {
		return err
	}
	name := v.PathValue("name")
	did, said := desk.DidChangeUser, "users.changed"
	var err error
	switch v.PostForm.Get("do") {
	case "remove":
		did, said = desk.DidRemoveUser, "users.removed"
		err = c.opts.Users.Remove(v.Context(), name)
	case "password":
		busy := c.gate.hash(v.Context(), func() { err = c.opts.Users.SetPassword(v.Context(), name, v.PostForm.Get("password")) })
		err = errors.Join(busy, err)
	default:
		err = c.opts.Users.Change(v.Context(), name, func(u *users.User) error {
			u.Role = users.Role(v.PostForm.Get("role"))
			c.looksAfter(v, u)
			return nil
		})
	}
	if err := userWrong(err); err != nil {
		return err
	}
	if err := c.opts.Desk.Note(v.Context(), v.person, store.Deed{Did: did, To: name}); err != nil {
		return err
	}
	return c.back(v, "/users", v.words.say(said, name))
}

// account lets people change their own password.
func (c *Console) account(v *visit) error {
	c.show(v, http.StatusOK, "account", v.user)
	return nil
}

// changeAccount gives somebody another password, who has proved with the old one who they
// are: a console that was left open is no reason to lose it.
func (c *Console) changeAccount(v *visit) error {
	if err := v.form(formMost); err != nil {
		return err
	}
	name := v.user.Name
	if _, ok := c.gate.pass(sameHouse(v.person.Remote), name, c.device(v.Request, name)); !ok {
		return c.tell(v, "/account", v.words.say("signin.wait"), true)
	}
	var err error
	busy := c.gate.hash(v.Context(), func() {
		if err = c.door.Same(v.Context(), name, v.PostForm.Get("old")); err == nil {
			err = c.opts.Users.SetPassword(v.Context(), name, v.PostForm.Get("new"))
		}
	})
	switch err = errors.Join(busy, err); {
	case errors.Is(err, users.ErrWrong):
		c.failed(v.Context(), name, v.person.Remote, "wrong")
		return c.tell(v, "/account", v.words.say("account.wrong"), true)
	case err != nil:
		return userWrong(err)
	}
	if err := c.opts.Desk.Note(v.Context(), v.person, store.Deed{Did: desk.DidChangeUser, To: name}); err != nil {
		return err
	}
	user, err := c.opts.Users.Lookup(v.Context(), name)
	if err != nil {
		return err
	}
	if err := c.sessions.RenewToken(v.Context()); err != nil {
		return err
	}
	c.sessions.Put(v.Context(), epochKey, user.Epoch) // this session goes on, all others end
	return c.back(v, "/account", v.words.say("account.changed"))
}
