package config

import (
	"fmt"
	"path/filepath"

	"clearline/lib/prompt"
)

func (p *Prompts) read(t *table) {
	t.text("dir", &p.Dir, isFolder)
	t.text("spare", &p.Spare, isFolder)
	t.text("own", &p.Own, isFolder)
	if p.Own != "" && within(p.Own, p.Dir) {
		t.fault(t.at("own"), fmt.Sprintf("%q is the folder of the sound files, or lies in it", p.Own), "name a folder elsewhere: what is made must not be taken for a recording")
	}
	p.command(t)
	t.finish()
}

// command reads the program that reads texts aloud.
func (p *Prompts) command(t *table) {
	entries := t.texts("command")
	if len(entries) == 0 {
		if list, given := t.values["command"].([]any); given && len(list) == 0 {
			t.fault(t.at("command"), "names no program", "leave it out for espeak-ng")
		}
		return
	}
	var c prompt.Command
	for _, e := range entries {
		c = append(c, e.text)
	}
	if problem, remedy := c.Fault(); problem != "" {
		t.fault(t.at("command"), problem, remedy)
		return
	}
	p.Command = c
}

// within says whether a folder is another, or lies in it.
func within(folder, other string) bool {
	rel, err := filepath.Rel(other, folder)
	return err == nil && filepath.IsLocal(rel)
}
