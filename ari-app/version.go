package main

import (
	"fmt"
	"runtime/debug"
)

// The linker sets version for releases, and commit where what is built is no clone.
var (
	version = "development"
	commit  string
)

type versionCmd struct{}

// Run prints the version and the commit it was built from.
func (versionCmd) Run(o *output) error {
	text := "clearline " + version
	if commit != "" {
		text += " " + commit
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				text += " " + s.Value
			}
		}
	}
	_, err := fmt.Fprintln(o.out, text)
	return err
}
