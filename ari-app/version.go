package main

import (
	"fmt"
	"runtime/debug"
)

// version is set by the linker for releases.
var version = "development"

type versionCmd struct{}

// Run prints the version and the commit it was built from.
func (versionCmd) Run(o *output) error {
	text := "clearline " + version
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
