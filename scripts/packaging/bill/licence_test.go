package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const isc = `Permission to use, copy, modify, and distribute this software for any
purpose with or without fee is hereby granted, provided that the above
copyright notice and this permission notice appear in all copies.

THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.
`

func TestLicencesOfAModule(t *testing.T) {
	for _, c := range []struct {
		name  string
		files map[string]string
		ids   []string
		texts int
		fault string
	}{
		{name: "a licence and a notice", files: map[string]string{"LICENSE.md": isc, "NOTICE": "Made by Ann.", "main.go": isc}, ids: []string{"ISC"}, texts: 2},
		{name: "the British spelling, beside another licence", files: map[string]string{"licence": isc, "COPYING": isc}, ids: []string{"ISC"}, texts: 2},
		{name: "a text that is no licence", files: map[string]string{"LICENSE": "All rights reserved."}, fault: "the licence of example.org/m v1.0.0 is not known"},
		{name: "a licence in a notice alone", files: map[string]string{"NOTICE": isc}, fault: "is not known"},
		{name: "nothing", fault: "is not known"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			for name, text := range c.files {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			p := part{name: "example.org/m", version: "v1.0.0"}
			err := p.readLicences(dir)
			if c.fault != "" {
				if err == nil || !strings.Contains(err.Error(), c.fault) {
					t.Errorf("the error is %v", err)
				}
				return
			}
			if err != nil || !slices.Equal(p.licences, c.ids) || len(p.texts) != c.texts {
				t.Errorf("%v, %d texts, %v", p.licences, len(p.texts), err)
			}
		})
	}
}
