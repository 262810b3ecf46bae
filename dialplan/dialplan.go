// Package dialplan prints the contexts an operator includes into the exchange's
// dialplan. They hold every safeguard that must work without Clearline: what
// happens to a call when it is absent, frozen, or restarted.
package dialplan

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/netip"
	"path"
	"strings"
	"text/template"

	"clearline/lib/call"
	"clearline/lib/config"
	"clearline/lib/number"
	"clearline/lib/prompt"
)

// patience is how many seconds the exchange waits for Clearline to say who a caller is,
// and to take the call over: with the time to deliver it otherwise, no caller waits
// longer than 2 s.
const patience = 1.8

// telling is how many seconds it waits for Clearline to hear whom a resident dials.
const telling = 1

// consultPatience is the same for a resident who has picked up: longer, because a busy
// Clearline that speaks late is better than one that drops the caller.
const consultPatience = 5

// header begins the first line; the fingerprint of the rest follows it.
const header = "; clearline-dialplan 1 sha256:"

// emergencyPatience and dialPatience are the same for a resident who dials an emergency
// number, or another. What the dialplan does then takes 0.3 s: 1 s, or 2 s, is the most
// that is added in all.
const (
	emergencyPatience = 0.6
	dialPatience      = 1.6
)

//go:embed clearline.conf.tmpl outbound.conf.tmpl verdict.conf.tmpl
var sources embed.FS

var conf = template.Must(template.ParseFS(sources, "*.tmpl"))

// page is what the template shows. Everything in it was checked by config or
// made safe here: the template quotes nothing.
type page struct {
	Config          *config.Config
	Inbound         string
	Outbound        string
	Verdict         string
	Screening       string
	Unscreened      string
	Consult         string
	Whose           string
	Code            string
	Dialled         string
	Clearing        string
	Cleared         string
	Floor           string
	Failsafe        string
	AGI             string // address and port of Clearline's verdict server
	Patience        float64
	Telling         int
	ConsultPatience int
	Emergency       float64 // seconds
	Dial            float64 // seconds
	Lost            string  // sound files without ending
	Trap            string
	RightNumbers    string
	DialNow         string
	Lines           []line
	Services        []service // on every line
	Urgent          []string  // emergency numbers of three digits
	Own             []service // on some lines only
	Codes           []string  // what residents dial to hear messages, and after a call
	Records         bool      // somebody may record prompts, and be rung for one (CLEARLINE_PROMPT)
	Trusting        []string  // ids of the lines that trust the numbers dialled on them
}

type line struct {
	ID, Name  string
	Forms     []form
	Endpoints []telephone
	Number    string // the first of its numbers, E.164; may be empty
	Legs      string // regular expression for the names of the legs of its telephones
}

// service is one form of a number that Clearline clears the line for.
type service struct {
	Extension string
	Role      call.Role
	Lines     []string
}

// form is one way a trunk writes a number of a line.
type form struct{ Extension, Line string }

// Write prints the dialplan for a configuration that has no faults.
func Write(w io.Writer, c *config.Config) error {
	text, err := render(c)
	if err != nil {
		return fmt.Errorf("print dialplan: %w", err)
	}
	if _, err := w.Write(text); err != nil {
		return fmt.Errorf("print dialplan: %w", err)
	}
	return nil
}

// UpToDate says whether installed, the text of a dialplan file, is what Write
// prints for c. Changes made to it by hand are not looked for.
func UpToDate(installed []byte, c *config.Config) (bool, error) {
	now, err := render(c)
	if err != nil {
		return false, fmt.Errorf("compare dialplan: %w", err)
	}
	return Fingerprint(installed) == Fingerprint(now), nil
}

// Fingerprint is the fingerprint in the first line of a dialplan file, or empty
// when Write did not make it.
func Fingerprint(text []byte) string {
	first, _, _ := strings.Cut(string(text[:min(len(text), 200)]), "\n")
	print, ok := strings.CutPrefix(strings.TrimSpace(first), header)
	if !ok {
		return ""
	}
	return print
}

func render(c *config.Config) ([]byte, error) {
	lines, err := linesOf(c)
	if err != nil {
		return nil, err
	}
	common, own, err := services(c)
	if err != nil {
		return nil, err
	}
	sound := func(name prompt.Name) string { return path.Join(c.Prompts.Dir, c.Language, string(name)) }
	var body bytes.Buffer
	err = conf.ExecuteTemplate(&body, "clearline.conf.tmpl", page{
		Config:          c,
		Inbound:         config.ContextInbound,
		Outbound:        config.ContextOutbound,
		Verdict:         config.ContextVerdict,
		Screening:       config.ContextScreening,
		Unscreened:      config.ContextUnscreened,
		Consult:         config.ContextConsult,
		Whose:           config.ContextWhose,
		Code:            config.ContextCode,
		Dialled:         config.ContextDialled,
		Clearing:        config.ContextClearing,
		Cleared:         config.ContextCleared,
		Floor:           config.ContextFloor,
		Failsafe:        config.ContextFailsafe,
		AGI:             address(c.AGI.Listen),
		Patience:        patience,
		Telling:         telling,
		ConsultPatience: consultPatience,
		Emergency:       emergencyPatience,
		Dial:            dialPatience,
		Lost:            sound(prompt.GuardLost),
		Trap:            sound(prompt.TrapDialled),
		RightNumbers:    sound(prompt.RightNumbers),
		DialNow:         sound(prompt.DialNow),
		Lines:           lines,
		Services:        common,
		Urgent:          urgent(common),
		Own:             own,
		Codes:           codes(c),
		Records:         c.Codes.RecordPIN.Reveal() != "",
		Trusting:        trusting(c),
	})
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(body.Bytes())
	return append([]byte(header+hex.EncodeToString(sum[:])+"\n"), body.Bytes()...), nil
}

// linesOf lists the numbers of each line in all their forms. A form that two
// numbers share goes to the first: the exchange takes an extension once.
func linesOf(c *config.Config) ([]line, error) {
	taken := map[string]bool{}
	lines := make([]line, len(c.Lines))
	for i, l := range c.Lines {
		lines[i] = line{ID: string(l.ID), Name: comment(l.Name), Endpoints: telephones(l.Endpoints), Legs: legs(l.Endpoints), Number: own(l.Numbers)}
		for _, text := range l.Numbers {
			n, err := number.Parse(text, c.Region)
			if err != nil {
				return nil, fmt.Errorf("number %q of line %s: %w", text, l.ID, err)
			}
			for _, f := range n.Forms(c.Region) {
				if !taken[f] {
					taken[f] = true
					lines[i].Forms = append(lines[i].Forms, form{f, string(l.ID)})
				}
			}
		}
	}
	return lines, nil
}

// telephone is an endpoint as an extension: an extension holds no slash, which begins a
// caller's number there, and dashes in it mean nothing.
type telephone struct{ Extension string }

func telephones(endpoints []string) []telephone {
	named := make([]telephone, len(endpoints))
	for i, e := range endpoints {
		named[i] = telephone{strings.NewReplacer("-", "=", "/", ":").Replace(e)}
	}
	return named
}

// own is the number a line calls from when its telephone has none of its own.
func own(numbers []string) string {
	if len(numbers) == 0 {
		return ""
	}
	return numbers[0]
}

// legs is a regular expression for the names of the legs of telephones: what a leg is
// named after the dash is the exchange's own count.
func legs(endpoints []string) string {
	quoted := make([]string, len(endpoints))
	for i, e := range endpoints {
		quoted[i] = strings.NewReplacer(".", "[.]", "+", "[+]").Replace(e)
	}
	return "^(" + strings.Join(quoted, "|") + ")-[0-9a-f]+$"
}

// urgent are the emergency numbers that are known by three keys.
func urgent(all []service) []string {
	var short []string
	for _, s := range all {
		if s.Role == call.Emergency && len(s.Extension) == 3 {
			short = append(short, s.Extension)
		}
	}
	return short
}

// services lists every form of the numbers that the line is cleared for: those of all
// lines, and those of some.
func services(c *config.Config) (common, own []service, err error) {
	shared, err := c.CommonPlan()
	if err != nil {
		return nil, nil, err
	}
	for _, f := range shared.Forms() {
		common = append(common, service{Extension: f.Digits, Role: f.Meaning.Role})
	}
	at := map[string]int{}
	for _, l := range c.Lines {
		plan, err := c.Plan(l.ID)
		if err != nil {
			return nil, nil, err
		}
		for _, f := range plan.Forms() {
			if shared.Meaning(f.Digits).Role != call.Other {
				continue
			}
			i, known := at[f.Digits]
			if !known {
				i = len(own)
				at[f.Digits] = i
				own = append(own, service{Extension: f.Digits, Role: f.Meaning.Role})
			}
			own[i].Lines = append(own[i].Lines, string(l.ID))
		}
	}
	return common, own, nil
}

// address is where the exchange, on the same machine, reaches a server that listens so:
// one that listens everywhere listens on the loopback too. Asterisk tries one address of a
// name only, and for localhost that may be the wrong one.
func address(listen string) string {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return listen // config has checked it
	}
	if ip, err := netip.ParseAddr(host); host == "" || host == "localhost" || err == nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}

// codes lists what residents dial that is no number.
func codes(c *config.Config) []string {
	var dialled []string
	for _, code := range c.Codes.All() {
		dialled = append(dialled, code.Dialled)
	}
	return dialled
}

// trusting lists the lines that trust the numbers dialled on them.
func trusting(c *config.Config) []string {
	var ids []string
	for _, l := range c.Lines {
		if l.Policy.TrustDialled > 0 {
			ids = append(ids, string(l.ID))
		}
	}
	return ids
}

// comment makes a text safe to stand in a comment: on one line, without the
// signs that open and close longer comments.
func comment(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == ';' || r == '\x7f' {
			return ' '
		}
		return r
	}, text)
}
