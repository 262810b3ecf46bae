package testbed

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Scenario is a conversation, parsed: one step for each line that is neither empty nor a
// comment.
type Scenario struct {
	Name  string // usually the file's
	Title string // the first comment
	Steps []Step
}

// Step is one line of a scenario.
type Step struct {
	File string
	Line int // from 1
	Text string

	verb   verb
	values map[string]string
}

func (s Step) String() string { return fmt.Sprintf("%s:%d: %s", s.File, s.Line, s.Text) }

// Verbs are the forms a scenario's lines can take.
type Verbs struct{ all []verb }

type verb struct {
	pattern
	do func(ctx context.Context, p *Play, v Values) error
}

// Values are what a line put into its pattern's slots.
type Values map[string]string

// Duration reads a slot of kind time; otherwise is for a slot left out.
func (v Values) Duration(name string, otherwise time.Duration) (time.Duration, error) {
	if v[name] == "" {
		return otherwise, nil
	}
	d, err := time.ParseDuration(v[name])
	if err != nil {
		return 0, fmt.Errorf("read time %q: want one such as 1.5s", v[name])
	}
	return d, nil
}

// Tel is a slot of kind tel without its spaces.
func (v Values) Tel(name string) string { return strings.ReplaceAll(v[name], " ", "") }

// NewVerbs returns the verbs of the testbed, listed in verbs_*.go.
func NewVerbs() *Verbs {
	v := &Verbs{}
	for _, list := range [][]builtin{setupVerbs, callVerbs, hearVerbs, clearVerbs, silenceVerbs, transferVerbs, callBackVerbs, bedVerbs, loudVerbs, lightVerbs} {
		for _, b := range list {
			if err := v.Verb(b.pattern, b.do); err != nil {
				panic(err) // a mistake in this package
			}
		}
	}
	return v
}

type builtin struct {
	pattern string
	do      func(ctx context.Context, p *Play, v Values) error
}

// Verb adds a form of line, such as "clearline is stopped" or
// "the warden accepts {who:phone} [within {time:time}]"; see pattern for its language.
// The context ends with the step's patience. When two forms fit a line, the later added
// one wins.
func (v *Verbs) Verb(form string, do func(ctx context.Context, p *Play, values Values) error) error {
	p, err := compilePattern(form)
	if err != nil {
		return err
	}
	v.all = append(v.all, verb{p, do})
	return nil
}

// Forms returns the patterns of all verbs.
func (v *Verbs) Forms() []string {
	var forms []string
	for _, verb := range v.all {
		forms = append(forms, verb.source)
	}
	return forms
}

// Parse reads a scenario. The error names every line that no verb fits, and the nearest
// form there is.
func (v *Verbs) Parse(name, text string) (*Scenario, error) {
	s := &Scenario{Name: name}
	var wrong []error
	for i, line := range strings.Split(text, "\n") {
		line = strings.Join(strings.Fields(line), " ")
		if comment, ok := strings.CutPrefix(line, "#"); ok || line == "" {
			if s.Title == "" {
				s.Title = strings.TrimSpace(comment)
			}
			continue
		}
		step := Step{File: name, Line: i + 1, Text: line}
		if err := v.fit(&step); err != nil {
			wrong = append(wrong, fmt.Errorf("%s: %w", step, err))
			continue
		}
		s.Steps = append(s.Steps, step)
	}
	if len(wrong) > 0 {
		return nil, errors.Join(wrong...)
	}
	if len(s.Steps) == 0 {
		return nil, fmt.Errorf("%s:1: no line that does anything", name)
	}
	return s, nil
}

// fit finds the verb of a step.
func (v *Verbs) fit(step *Step) error {
	nearest, best := "", -1
	for i := len(v.all) - 1; i >= 0; i-- {
		values := v.all[i].match(step.Text)
		if values == nil {
			if d := v.all[i].distance(step.Text); best < 0 || d < best {
				nearest, best = v.all[i].source, d
			}
			continue
		}
		for _, name := range v.all[i].names {
			if strings.Contains(v.all[i].source, "{"+name+":time}") {
				if _, err := Values(values).Duration(name, 0); err != nil {
					return err
				}
			}
		}
		step.verb, step.values = v.all[i], values
		return nil
	}
	return fmt.Errorf("no such line; nearest is %q", nearest)
}
