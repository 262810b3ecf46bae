package main

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"clearline/lib/app"
	"clearline/lib/call"
	"clearline/lib/config"
	"clearline/lib/tokens"
	"clearline/lib/users"
)

type tokenCmd struct {
	Add    tokenAddCmd    `cmd:"" help:"Let a program use the API."`
	List   tokenListCmd   `cmd:"" help:"List the tokens, and when each was last used."`
	Remove tokenRemoveCmd `cmd:"" help:"Let a program use the API no more."`
}

// tokens finds which programs may use the API.
func (c configFlag) tokens(o *output) (*config.Config, *tokens.Keeper, error) {
	cfg, err := c.load(o.err)
	if err != nil {
		return nil, nil, err
	}
	return cfg, tokens.New(app.Lists(cfg.Store, slog.New(slog.DiscardHandler))), nil
}

type tokenAddCmd struct {
	configFlag
	Name    string   `arg:"" help:"What the program is called; what it does is recorded as token:NAME."`
	Role    string   `help:"What it may do: ${enum}." enum:"admin,warden,viewer" default:"viewer"`
	Lines   []string `help:"The lines it is for, by id and with commas between; or all." placeholder:"ID"`
	Expires string   `help:"When it ends: 24h, 90d, the last day, such as 2026-12-24, or never." placeholder:"WHEN"`
}

func (tokenAddCmd) Help() string { return tokenAddHelp }

// Run makes a token and prints it.
func (c tokenAddCmd) Run(o *output) error {
	cfg, keeper, err := c.tokens(o)
	if err != nil {
		return err
	}
	if err := users.CheckName(c.Name); err != nil {
		return usageError(err.Error())
	}
	of := users.User{Role: users.Role(c.Role)}
	if err := (userAddCmd{Lines: c.Lines}).lines(cfg, &of); err != nil {
		return err
	}
	t := tokens.Token{Name: c.Name, Role: of.Role, Lines: of.Lines, AllLines: of.AllLines}
	if t.Until, err = expiry(c.Expires, time.Now(), cfg.Timezone); err != nil {
		return err
	}
	ctx, cancel := interruptible()
	defer cancel()
	text, err := keeper.Add(ctx, t)
	if err != nil {
		return err
	}
	complain(o.err, "token added: %s, %s of %s; it is not shown again\n", t.Name, t.Role, looksAfter(of))
	_, err = fmt.Fprintln(o.out, text)
	return err
}

type tokenListCmd struct {
	configFlag
	JSON bool `help:"Print JSON: one object per line, times in UTC." name:"json"`
}

// tokenJSON is a token for machines. The token itself is kept nowhere.
type tokenJSON struct {
	Name     string        `json:"name"`
	Role     users.Role    `json:"role"`
	Lines    []call.LineID `json:"lines"`
	AllLines bool          `json:"all_lines"`
	Made     instant       `json:"made"`
	Used     instant       `json:"used"`
	Expires  instant       `json:"expires"`
}

// Run lists the tokens.
func (c tokenListCmd) Run(o *output) error {
	_, keeper, err := c.tokens(o)
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
		var lines []tokenJSON
		for _, t := range all {
			lines = append(lines, tokenJSON{
				t.Name, t.Role, append([]call.LineID{}, t.Lines...), t.AllLines || t.Role == users.Admin, instant(t.Made), instant(t.Used), instant(t.Until),
			})
		}
		return printJSON(o.out, lines)
	}
	if len(all) == 0 {
		_, err := fmt.Fprintln(o.out, "no tokens; to make one: clearline token add NAME --lines all")
		return err
	}
	rows := [][]string{{"NAME", "ROLE", "LINES", "SINCE", "LAST USED", "EXPIRES"}}
	for _, t := range all {
		of := users.User{Role: t.Role, Lines: t.Lines, AllLines: t.AllLines}
		rows = append(rows, []string{plain(t.Name), string(t.Role), looksAfter(of), clock(t.Made), never(t.Used), never(t.Until)})
	}
	return table(o.out, rows)
}

// never is a time, or that there is none.
func never(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return clock(t)
}

type tokenRemoveCmd struct {
	configFlag
	Name string `arg:"" help:"Whose token is removed."`
}

// Run removes a token.
func (c tokenRemoveCmd) Run(o *output) error {
	_, keeper, err := c.tokens(o)
	if err != nil {
		return err
	}
	ctx, cancel := interruptible()
	defer cancel()
	if err := keeper.Remove(ctx, c.Name); err != nil {
		return unknownToken(ctx, keeper, c.Name, err)
	}
	_, err = fmt.Fprintf(o.out, "token removed: %s\n", c.Name)
	return err
}

// unknownToken says which tokens there are when one that is meant is not.
func unknownToken(ctx context.Context, keeper *tokens.Keeper, name string, err error) error {
	all, _ := keeper.All(ctx) //nolint:errcheck // what went wrong first is what is told
	var there []string
	for _, t := range all {
		there = append(there, t.Name)
	}
	return unknown("token", name, there, err)
}
