package config

import (
	"fmt"
	"slices"
	"strings"
)

// Severity says whether a configuration can be run in spite of a fault.
type Severity int

// The severities.
const (
	Error   Severity = iota // it cannot be run
	Warning                 // it can, and the operator should know
)

// Fault is one thing wrong with a configuration.
type Fault struct {
	Severity Severity
	File     string
	Line     int    // from 1
	Key      string // "screening.purpose_max"; empty when the fault is in no key
	Problem  string
	Remedy   string // what would be right
}

// String is the fault on one line: "FILE:LINE: key: what is wrong; what would be
// right", with "warning: " before the key of a warning.
func (f Fault) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s:%d: ", f.File, f.Line)
	if f.Severity == Warning {
		b.WriteString("warning: ")
	}
	if f.Key != "" {
		b.WriteString(f.Key + ": ")
	}
	b.WriteString(f.Problem)
	if f.Remedy != "" {
		b.WriteString("; " + f.Remedy)
	}
	return b.String()
}

// Fault makes a fault that was found elsewhere about a key of c: "prompts.dir".
func (c *Config) Fault(s Severity, key, problem, remedy string) Fault {
	l := &loader{file: c.Path, lines: c.places}
	l.report(s, key, problem, remedy)
	return l.faults[0]
}

// Broken says whether there is an Error among the faults.
func Broken(faults []Fault) bool {
	return slices.ContainsFunc(faults, func(f Fault) bool { return f.Severity == Error })
}
