package main

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"clearline/lib/app"
	"clearline/lib/call"
	"clearline/lib/config"
	"clearline/lib/users"
)

type userCmd struct {
	Add    userAddCmd    `cmd:"" help:"Let somebody use the console."`
	Passwd userPasswdCmd `cmd:"" help:"Give somebody another password, or one-time codes."`
	List   userListCmd   `cmd:"" help:"List who may use the console."`
	Remove userRemoveCmd `cmd:"" help:"Let somebody use the console no more."`
}

// users finds who may use the console.
func (c configFlag) users(o *output) (*config.Config, *users.Keeper, error) {
	cfg, err := c.load(o.err)
	if err != nil {
		return nil, nil, err
	}
	return cfg, users.New(app.Lists(cfg.Store, slog.New(slog.DiscardHandler))), nil
}

// secretFlags hold what proves who somebody is.
type secretFlags struct {
	PasswordFile string `help:"Read the password from the first line of a file, - for standard input; otherwise it is asked for." placeholder:"FILE"`
	TOTP         bool   `help:"Also ask for a one-time code at sign-in, and print what an authenticator reads." name:"totp"`
}

// secret makes the secret of one-time codes, if there are to be any, and prints it.
func (f secretFlags) secret(o *output, u *users.User) error {
	if !f.TOTP {
		return nil
	}
	secret, address, err := users.NewSecret(u.Name)
	if err != nil {
		return err
	}
	u.Secret = secret
	_, err = fmt.Fprintf(o.out, "one-time codes: let an authenticator read this, it is not shown again\n%s\n", address)
	return err
}

type userAddCmd struct {
	configFlag
	secretFlags
	Name  string   `arg:"" help:"What they sign in as; decisions are recorded under it."`
	Role  string   `help:"What they may do: ${enum}." enum:"admin,warden,viewer" default:"warden"`
	Lines []string `help:"The lines they look after, by id and with commas between; or all." placeholder:"ID"`
}

func (userAddCmd) Help() string { return userAddHelp }

// Run adds a user.
func (c userAddCmd) Run(o *output) error {
	cfg, keeper, err := c.users(o)
	if err != nil {
		return err
	}
	u := users.User{Name: c.Name, Role: users.Role(c.Role)}
	if err := users.CheckName(c.Name); err != nil {
		return usageError(err.Error())
	}
	if err := c.lines(cfg, &u); err != nil {
		return err
	}
	password, err := o.password(c.PasswordFile, "Password for "+c.Name)
	if err != nil {
		return err
	}
	if err := users.CheckPassword(c.Name, password); err != nil {
		return usageError(err.Error())
	}
	if err := c.secret(o, &u); err != nil {
		return err
	}
	ctx, cancel := interruptible()
	defer cancel()
	if err := keeper.Add(ctx, u, password); err != nil {
		return err
	}
	_, err = fmt.Fprintf(o.out, "user added: %s, %s of %s\n", u.Name, u.Role, looksAfter(u))
	return err
}

// lines reads which lines somebody looks after.
func (c userAddCmd) lines(cfg *config.Config, u *users.User) error {
	switch {
	case u.Role == users.Admin && len(c.Lines) > 0:
		return usageError("--lines: an admin looks after every line: leave it out")
	case u.Role == users.Admin:
		return nil
	case len(c.Lines) == 0:
		return usageError(fmt.Sprintf("--lines: which lines does the %s look after? Name them, or write all", u.Role))
	case slices.Equal(c.Lines, []string{"all"}):
		u.AllLines = true
		return nil
	}
	for _, id := range c.Lines {
		if err := knownLine(cfg, call.LineID(id)); err != nil {
			return err
		}
		u.Lines = append(u.Lines, call.LineID(id))
	}
	return nil
}

// looksAfter names the lines of a user.
func looksAfter(u users.User) string {
	if u.Role == users.Admin || u.AllLines {
		return "all lines"
	}
	var ids []string
	for _, id := range u.Lines {
		ids = append(ids, plain(string(id)))
	}
	return strings.Join(ids, ", ")
}

type userPasswdCmd struct {
	configFlag
	secretFlags
	Name   string `arg:"" help:"Whose password it is."`
	NoTOTP bool   `help:"Ask for no one-time code any more." name:"no-totp"`
}

func (userPasswdCmd) Help() string { return userPasswdHelp }

// Run gives a user another password.
func (c userPasswdCmd) Run(o *output) error {
	if c.TOTP && c.NoTOTP {
		return usageError("--totp and --no-totp: choose one of them")
	}
	_, keeper, err := c.users(o)
	if err != nil {
		return err
	}
	ctx, cancel := interruptible()
	defer cancel()
	if _, err := keeper.Lookup(ctx, c.Name); err != nil {
		return unknownUser(ctx, keeper, c.Name, err)
	}
	password, err := o.password(c.PasswordFile, "New password for "+c.Name)
	if err != nil {
		return err
	}
	if err := users.CheckPassword(c.Name, password); err != nil {
		return usageError(err.Error())
	}
	if err := keeper.SetPassword(ctx, c.Name, password); err != nil {
		return err
	}
	err = keeper.Change(ctx, c.Name, func(u *users.User) error {
		if c.NoTOTP {
			u.Secret = ""
		}
		return c.secret(o, u)
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(o.out, "password changed: %s is signed out everywhere\n", c.Name)
	return err
}

type userListCmd struct {
	configFlag
	JSON bool `help:"Print JSON: one object per line, times in UTC." name:"json"`
}

// userJSON is a user for machines. What proves who they are is not there.
type userJSON struct {
	Name     string        `json:"name"`
	Role     users.Role    `json:"role"`
	Lines    []call.LineID `json:"lines"`
	AllLines bool          `json:"all_lines"`
	TOTP     bool          `json:"totp"`
	Made     instant       `json:"made"`
}

// Run lists the users.
func (c userListCmd) Run(o *output) error {
	_, keeper, err := c.users(o)
	if err != nil {
		return err
	}
	ctx, cancel := interruptible()
	defer cancel()
	all, err := keeper.All(ctx)
	if err != nil {
		return err
	}
	if c.JSON {
		var lines []userJSON
		for _, u := range all {
			lines = append(lines, userJSON{u.Name, u.Role, append([]call.LineID{}, u.Lines...), u.AllLines || u.Role == users.Admin, u.Secret != "", instant(u.Made)})
		}
		return printJSON(o.out, lines)
	}
	if len(all) == 0 {
		_, err := fmt.Fprintln(o.out, "no users; to make the first: clearline user add NAME --role admin")
		return err
	}
	rows := [][]string{{"NAME", "ROLE", "LINES", "CODES", "SINCE"}}
	for _, u := range all {
		codes := "-"
		if u.Secret != "" {
			codes = "asked for"
		}
		rows = append(rows, []string{plain(u.Name), string(u.Role), looksAfter(u), codes, clock(u.Made)})
	}
	return table(o.out, rows)
}

type userRemoveCmd struct {
	configFlag
	Name string `arg:"" help:"Who is removed."`
}

// Run removes a user.
func (c userRemoveCmd) Run(o *output) error {
	_, keeper, err := c.users(o)
	if err != nil {
		return err
	}
	ctx, cancel := interruptible()
	defer cancel()
	if err := keeper.Remove(ctx, c.Name); err != nil {
		return unknownUser(ctx, keeper, c.Name, err)
	}
	_, err = fmt.Fprintf(o.out, "user removed: %s is signed out everywhere\n", c.Name)
	return err
}

// unknownUser says who there is when somebody who is meant is not.
func unknownUser(ctx context.Context, keeper *users.Keeper, name string, err error) error {
	all, _ := keeper.All(ctx) //nolint:errcheck // what went wrong first is what is told
	var there []string
	for _, u := range all {
		there = append(there, u.Name)
	}
	return unknown("user", name, there, err)
}

// unknown says which there are of a kind when the one that is meant is not; err otherwise.
func unknown(kind, name string, there []string, err error) error {
	if len(there) == 0 || slices.Contains(there, name) {
		return err
	}
	for i, other := range there {
		there[i] = plain(other)
	}
	return fmt.Errorf("there is no %s %s; there is %s", kind, quoted(name), strings.Join(there, ", "))
}
