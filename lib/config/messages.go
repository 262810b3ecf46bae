package config

import (
	"fmt"
	"strings"
	"time"

	"clearline/lib/call"
	"clearline/lib/policy"
)

// Messages says how messages are kept that callers leave.
type Messages struct {
	Keep       time.Duration // from when one was left, or saved
	Most       int           // of a line; no more are taken then
	Light      bool          // show in the exchange how many there are
	CallPrefix string        // dialled before a number of outside to call somebody back: digits, or empty
}

// Codes are what residents dial to hear messages, and after a call. An empty one is switched
// off. Each begins with * or #.
type Codes struct {
	Messages string // plays the messages
	Block    string // blocks the last caller
	Trust    string // trusts the last caller
	Pause    string // stops screening for an hour, or begins again
	Record   string // lets somebody say the prompts in another voice, who knows RecordPIN

	RecordPIN Secret // 6 to 8 of the digits 2 to 8; without one, Record is switched off
}

// Code is a code and the key of the configuration that sets it.
type Code struct{ Key, Dialled string }

// All are the codes that are not switched off.
func (c Codes) All() []Code {
	var codes []Code
	for _, each := range []Code{{"messages", c.Messages}, {"block", c.Block}, {"trust", c.Trust}, {"pause", c.Pause}, {"record", c.Record}} {
		off := each.Key == "record" && c.RecordPIN.Reveal() == ""
		if each.Dialled != "" && !off {
			codes = append(codes, each)
		}
	}
	return codes
}

func (m *Messages) read(t *table) {
	// No call is in the history for longer (store.Retention), and a message no longer than that.
	t.duration("keep", &m.Keep, time.Hour, 90*24*time.Hour)
	t.number("most", &m.Most, 1, 1000)
	t.flag("light", &m.Light)
	t.text("call_prefix", &m.CallPrefix, func(s string) (string, string) {
		if s == "" {
			return "", ""
		}
		return isOutside(s)
	})
	t.finish()
}

const codeRemedy = `write * or # and 2 to 5 keys, "*55" for example, or "" to switch it off`

func (c *Codes) read(t *table, from secrets) {
	t.text("messages", &c.Messages, isDialledCode)
	t.text("block", &c.Block, isDialledCode)
	t.text("trust", &c.Trust, isDialledCode)
	t.text("pause", &c.Pause, isDialledCode)
	t.text("record", &c.Record, isDialledCode)
	c.RecordPIN = recordPIN(t, from)
	t.finish()
	seen := map[string]string{}
	for _, code := range c.All() {
		if other, taken := seen[code.Dialled]; taken {
			t.fault(t.at(code.Key), fmt.Sprintf("%s is codes.%s already", code.Dialled, other), "choose another code")
		}
		seen[code.Dialled] = code.Key
	}
}

// recordPIN reads the PIN of who records prompts by telephone.
func recordPIN(t *table, from secrets) Secret {
	return shortSecret(t, from, "record_pin", "write 6 to 8 of the digits 2 to 8, which nobody guesses: 1, 9 and 0 begin numbers for help", isPIN)
}

// isPIN never shows the PIN: it is a secret even when it is wrong.
func isPIN(s string) (problem string) {
	switch {
	case len(s) < 6 || len(s) > 8 || strings.Trim(s, "2345678") != "":
		return "is no PIN"
	case strings.Trim(s, s[:1]) == "", strings.Contains("2345678", s), strings.Contains("8765432", s):
		return "is guessed at the first try"
	}
	return ""
}

func isDialledCode(s string) (problem, remedy string) {
	if s == "" {
		return "", ""
	}
	if strings.Trim(s, "0123456789*#") != "" || strings.Trim(s[:1], "*#") != "" || len(s) < 3 || len(s) > 6 {
		return fmt.Sprintf("%q is no code", s), codeRemedy
	}
	return "", ""
}

// codes checks the codes against what else is dialled, once the plans are made.
func (c *Config) codes(l *loader) {
	if c.Codes.RecordPIN.Reveal() != "" && c.Prompts.Own == "" {
		l.fault("codes.record_pin", "what is recorded has no folder to be kept in", `write [prompts] own = "/var/lib/clearline/voice"`)
	}
	made, err := c.planned()
	if err != nil {
		return // reported when they were made
	}
	all := []*policy.Plan{made.common}
	for _, own := range made.own {
		all = append(all, own)
	}
	for _, code := range c.Codes.All() {
		for _, plan := range all {
			if m := plan.Meaning(code.Dialled); m.Role != call.Other {
				l.fault("codes."+code.Key, fmt.Sprintf("%s is dialled for %s", code.Dialled, m.Service), "choose another code")
				break
			}
		}
	}
}
