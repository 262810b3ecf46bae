package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"

	"github.com/google/licensecheck"
)

// legal is what files with licences, and notices that must go with them, are called.
var legal = regexp.MustCompile(`(?i)^(li[cs]en[cs]es?|copying|notice|patents)([-.].*)?$`)

// granting of those say by themselves what one may do.
var granting = regexp.MustCompile(`(?i)^(li[cs]en|copying)`)

// readLicences finds the licences of a part in the folder of its sources.
func (p *part) readLicences(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("look for the licence of %s: %w", p.name, err)
	}
	for _, entry := range entries {
		if !entry.Type().IsRegular() || !legal.MatchString(entry.Name()) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		if err != nil {
			return fmt.Errorf("read the licence of %s: %w", p.name, err)
		}
		p.texts = append(p.texts, string(text))
		if !granting.MatchString(entry.Name()) {
			continue
		}
		for _, match := range licensecheck.Scan(text).Match {
			if !slices.Contains(p.licences, match.ID) {
				p.licences = append(p.licences, match.ID)
			}
		}
	}
	if len(p.licences) == 0 {
		return fmt.Errorf("the licence of %s %s is not known: look into %s", p.name, p.version, dir)
	}
	slices.Sort(p.licences)
	return nil
}
