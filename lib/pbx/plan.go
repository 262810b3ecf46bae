// Package pbx reads what Asterisk keeps and says apart from calls: its dialplan, its
// configuration files, its command line. It looks, and changes nothing.
package pbx

import (
	"regexp"
	"strconv"
	"strings"
)

// Plan is a dialplan, by the name of the context.
type Plan map[string]*Context

// Context is one context of a dialplan.
type Context struct {
	Extensions []Extension
	Includes   []string // in the order they are searched
}

// Extension is what is done for a number, or for the numbers of a pattern.
type Extension struct {
	Pattern string // "999", or "_X." for a pattern
	Steps   []Step // by priority
}

// Step is one application that is run.
type Step struct {
	Priority int
	Label    string // may be empty
	App      string // "Goto"
	Data     string // its arguments: "clearline-verdict,s,1"
	File     string // where it was read: "extensions.conf"; empty when that is not known
}

// The lines of "dialplan show". An extension may be for one caller alone; its hints are
// not steps.
var (
	contextLine   = regexp.MustCompile(`^\[ (?:Included c|C)ontext '(.*)' created by '.*' \]$`)
	includeLine   = regexp.MustCompile(`^  Include =>\s+'(.*)'\s+\[.*\]$`)
	extensionLine = regexp.MustCompile(`^  '(.+?)'(?: \(CID match '.*?'\))? =>\s*(\S.*)$`)
	stepLine      = regexp.MustCompile(`^\s*(?:\[([^\]]+)\])?\s*(\d+)\. (.*)$`)
	placeOf       = regexp.MustCompile(`^(.*?)\s+\[([^\[\]:]+)(?::\d+)?\]$`)
)

// ReadPlan reads the output of "dialplan show". Lines that it does not know are passed over.
func ReadPlan(shown string) Plan {
	p := Plan{}
	var in *Context
	for line := range strings.Lines(shown) {
		line = strings.TrimRight(line, "\r\n")
		if m := contextLine.FindStringSubmatch(line); m != nil {
			in = p.context(m[1])
			continue
		}
		if in == nil {
			continue
		}
		if m := includeLine.FindStringSubmatch(line); m != nil {
			in.Includes = append(in.Includes, m[1])
			continue
		}
		if m := extensionLine.FindStringSubmatch(line); m != nil {
			in.Extensions = append(in.Extensions, Extension{Pattern: m[1]})
			line = m[2]
		}
		if m := stepLine.FindStringSubmatch(line); m != nil && len(in.Extensions) > 0 {
			in.last().add(m[2], m[1], m[3])
		}
	}
	return p
}

// The lines of an extensions.conf, as far as "clearline dialplan" uses them.
var (
	sectionText = regexp.MustCompile(`^\[([^\]]+)\]$`)
	extenText   = regexp.MustCompile(`^exten => ([^,]+),1,(.*)$`)
	sameText    = regexp.MustCompile(`^ same => n(?:\(([^)]+)\))?,(.*)$`)
)

// ReadText reads a dialplan as Clearline prints it: every extension begins with priority 1
// and goes on with n. What the files of an operator may hold besides is not understood.
func ReadText(text string) Plan {
	p := Plan{}
	var in *Context
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		if m := sectionText.FindStringSubmatch(line); m != nil {
			in = p.context(m[1])
			continue
		}
		if in == nil {
			continue
		}
		if m := extenText.FindStringSubmatch(line); m != nil {
			in.Extensions = append(in.Extensions, Extension{Pattern: m[1]})
			in.last().add("1", "", m[2])
		} else if m := sameText.FindStringSubmatch(line); m != nil && len(in.Extensions) > 0 {
			in.last().add(strconv.Itoa(len(in.last().Steps)+1), m[1], m[2])
		}
	}
	return p
}

// context is the context of a name, made when it is not there: Asterisk merges what
// several files say about one.
func (p Plan) context(name string) *Context {
	if p[name] == nil {
		p[name] = &Context{}
	}
	return p[name]
}

func (c *Context) last() *Extension { return &c.Extensions[len(c.Extensions)-1] }

// add adds a step from a priority and "App(data)", with or without the place behind it.
func (e *Extension) add(priority, label, run string) {
	n, _ := strconv.Atoi(priority) // the pattern takes digits only
	s := Step{Priority: n, Label: label}
	if m := placeOf.FindStringSubmatch(run); m != nil {
		run, s.File = m[1], m[2]
	}
	app, data, _ := strings.Cut(run, "(")
	s.App, s.Data = app, strings.TrimSuffix(data, ")")
	e.Steps = append(e.Steps, s)
}

// Extension is the extension of a pattern, without its includes, or nil.
func (c *Context) Extension(pattern string) *Extension {
	if c == nil {
		return nil
	}
	for i := range c.Extensions {
		if c.Extensions[i].Pattern == pattern {
			return &c.Extensions[i]
		}
	}
	return nil
}

// SameSteps says whether two extensions do the same, wherever they were read.
func (e *Extension) SameSteps(other *Extension) bool {
	if e == nil || other == nil || len(e.Steps) != len(other.Steps) {
		return e == other
	}
	for i, s := range e.Steps {
		o := other.Steps[i]
		s.File, o.File = "", ""
		if s != o {
			return false
		}
	}
	return true
}
