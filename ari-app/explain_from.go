package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"clearline/lib/app"
	"clearline/lib/call"
	"clearline/lib/config"
	"clearline/lib/history"
	"clearline/lib/number"
	"clearline/lib/policy"
)

// judgement is what becomes of a caller of a line, and the whole way to it.
type judgement struct {
	Line      call.LineID      `json:"line"`
	From      string           `json:"from"`
	Class     number.Class     `json:"class"`
	At        time.Time        `json:"at"`
	Verdict   policy.Verdict   `json:"verdict"`
	Treatment policy.Treatment `json:"treatment,omitempty"`
	Rule      policy.Rule      `json:"rule"`
	Reason    string           `json:"reason"`
	Steps     []judged         `json:"steps"`
}

// judged is a rule that was asked.
type judged struct {
	Rule     policy.Rule `json:"rule"`
	Held     bool        `json:"held"`
	Sentence string      `json:"sentence"`
}

// askMax bounds what is asked of a running Clearline, or of its store.
const askMax = 2 * time.Minute

// from explains a caller.
func (c explainCmd) from(o *output) error {
	cfg, err := c.load(o.err)
	if err != nil {
		return err
	}
	if err := knownLine(cfg, call.LineID(c.Line)); err != nil {
		return err
	}
	caller, err := c.caller(cfg)
	if err != nil {
		return err
	}
	at, err := moment(c.At, time.Now().In(cfg.Timezone))
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), askMax)
	defer cancel()
	j, err := judge(ctx, cfg, app.Lists(cfg.Store, slog.New(slog.DiscardHandler)), call.LineID(c.Line), caller, at)
	if errors.Is(err, app.ErrNoHistory) {
		complain(o.err, "clearline: nothing is kept at %s yet: only the configuration counts here\n", cfg.Store.Path)
		j, err = judge(ctx, cfg, nil, call.LineID(c.Line), caller, at)
	}
	if err != nil {
		return err
	}
	if c.JSON {
		encoder := json.NewEncoder(o.out)
		encoder.SetIndent("", "  ")
		return encoder.Encode(j)
	}
	return j.print(o.out)
}

// judge asks the policy as the running Clearline does.
func judge(ctx context.Context, cfg *config.Config, kept history.Kept, line call.LineID, from call.Caller, at time.Time) (judgement, error) {
	house, q, err := app.Question(ctx, cfg, kept, line, from, at)
	if err != nil {
		return judgement{}, fmt.Errorf("read the lists and what happened lately: %w", err)
	}
	d := house.Decide(q)
	j := judgement{
		Line: line, From: from.Number, Class: q.Class, At: q.At,
		Verdict: d.Verdict, Treatment: d.Treatment, Rule: d.Rule, Reason: d.Reason(),
	}
	if from.Presentation != call.Allowed {
		j.From = string(from.Presentation)
	}
	for _, s := range house.Explain(q) {
		j.Steps = append(j.Steps, judged{s.Rule, s.Held, s.Sentence})
	}
	return j, nil
}

// caller reads who calls.
func (c explainCmd) caller(cfg *config.Config) (call.Caller, error) {
	from := call.Caller{Name: c.Name, Trunk: c.Trunk, Attested: call.Attestation(c.Attested), Presentation: call.Allowed}
	switch c.From {
	case string(call.Withheld), string(call.Unavailable):
		from.Presentation = call.Presentation(c.From)
		return from, nil
	}
	n, err := number.Parse(c.From, cfg.Region)
	if err != nil {
		return from, usageError(fmt.Sprintf("--from: %q is no telephone number; write one in any form, or withheld, or unavailable", c.From))
	}
	from.Number = n.String()
	return from, nil
}

// moment reads a time: of today, or of a day. Empty is now.
func moment(text string, now time.Time) (time.Time, error) {
	if text == "" {
		return now, nil
	}
	if at, err := time.ParseInLocation("15:04", text, now.Location()); err == nil {
		return time.Date(now.Year(), now.Month(), now.Day(), at.Hour(), at.Minute(), 0, 0, now.Location()), nil
	}
	for _, layout := range []string{"2006-01-02 15:04", "2006-01-02T15:04", time.RFC3339} {
		if at, err := time.ParseInLocation(layout, text, now.Location()); err == nil {
			return at.In(now.Location()), nil
		}
	}
	return now, usageError(fmt.Sprintf("--at: %q is no time; write 23:30, or 2026-12-24 23:30", text))
}

func (j judgement) print(w io.Writer) error {
	var b strings.Builder
	row := func(name, value string) { fmt.Fprintf(&b, "%-8s  %s\n", name, value) }
	row("line", string(j.Line))
	row("from", j.From)
	row("class", string(j.Class))
	row("at", j.At.Format("Monday 2 January 2006 15:04 MST"))
	row("verdict", string(j.Verdict))
	b.WriteString("\n" + outcomes[j.outcome()] + "\n\n")
	for _, s := range j.Steps {
		mark := " "
		if s.Held {
			mark = ">"
		}
		fmt.Fprintf(&b, "%s %-18s  %s\n", mark, s.Rule, s.Sentence)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// outcome names what happens to the call.
func (j judgement) outcome() string {
	if j.Verdict == policy.Unknown {
		return string(j.Treatment)
	}
	return string(j.Verdict)
}

// outcomes say what happens to a call, in a sentence.
var outcomes = map[string]string{
	string(policy.Trusted):      "The call rings as if Clearline were not there.",
	string(policy.Blocked):      "The call is refused without being answered.",
	string(policy.Screen):       "The caller is asked who they are and why they are calling; the resident hears that, and decides.",
	string(policy.Refuse):       "The call is turned away.",
	string(policy.Unchallenged): "The caller is asked nothing; the resident hears who it is, and decides.",
	string(policy.TakeMessage):  "The caller may leave a message; no telephone rings.",
	string(policy.AskWord):      "The caller is asked for the word the family agreed on; the resident hears about it, and decides.",
}
