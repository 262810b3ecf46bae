// Command bill lists what is inside the programs of a release: a CycloneDX bill of
// materials, and the licences of everything, word for word.
//
//	bill --version 1.2.3 --commit HASH --sbom FILE --licences FILE PROGRAM...
//
// It fails when the licence of a module is not known.
package main

import (
	"bytes"
	"cmp"
	"context"
	"debug/buildinfo"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// part is something inside a program: a module, or Go itself.
type part struct {
	name, version string
	sum           string   // the go.sum hash, "h1:..."; empty for Go
	texts         []string // licences and notices, word for word
	licences      []string // SPDX identifiers
}

func main() {
	version := flag.String("version", "", "version of the release")
	commit := flag.String("commit", "", "commit it was built from")
	sbom := flag.String("sbom", "", "file for the bill of materials")
	licences := flag.String("licences", "", "file for the licences")
	flag.Parse()
	if err := run(*version, *commit, *sbom, *licences, flag.Args()); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "bill:", err)
		os.Exit(1)
	}
}

func run(version, commit, sbom, licences string, programs []string) error {
	parts, err := inside(programs)
	if err != nil {
		return err
	}
	where, err := folders(context.Background(), parts)
	if err != nil {
		return err
	}
	for i, p := range parts {
		if err := parts[i].readLicences(where[p.name]); err != nil {
			return err
		}
	}
	text, err := billOfMaterials(version, commit, parts)
	if err != nil {
		return err
	}
	if err := os.WriteFile(sbom, text, 0o644); err != nil {
		return err
	}
	return os.WriteFile(licences, []byte(listed(parts)), 0o644)
}

// inside are the parts of all programs, Go first and then by name.
func inside(programs []string) ([]part, error) {
	parts := map[string]part{}
	for _, program := range programs {
		info, err := buildinfo.ReadFile(program)
		if err != nil {
			return nil, fmt.Errorf("look into %s: %w", program, err)
		}
		goVersion := strings.TrimPrefix(info.GoVersion, "go")
		parts[""] = part{name: "std", version: goVersion}
		for _, m := range info.Deps {
			if m.Replace != nil {
				m = m.Replace
			}
			parts[m.Path] = part{name: m.Path, version: m.Version, sum: m.Sum}
		}
	}
	names := slices.Sorted(maps.Keys(parts))
	var all []part
	for _, name := range names {
		all = append(all, parts[name])
	}
	return all, nil
}

// folders are where the sources of the parts are, by name.
func folders(ctx context.Context, parts []part) (map[string]string, error) {
	root, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
	if err != nil {
		return nil, fmt.Errorf("ask go where it is: %w", err)
	}
	found := map[string]string{"std": strings.TrimSpace(string(root))}
	args := []string{"mod", "download", "-json"}
	for _, p := range parts {
		if p.name != "std" {
			args = append(args, p.name+"@"+p.version)
		}
	}
	out, err := exec.CommandContext(ctx, "go", args...).Output()
	if err != nil {
		return nil, fmt.Errorf("fetch the sources of what is inside: %w", err)
	}
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var module struct{ Path, Dir string }
		err := decoder.Decode(&module)
		if errors.Is(err, io.EOF) {
			return found, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read what go says of modules: %w", err)
		}
		found[module.Path] = module.Dir
	}
}

// listed are all licences, one after the other.
func listed(parts []part) string {
	var b strings.Builder
	b.WriteString("Clearline contains these parts of others, under these licences.\n")
	for _, p := range parts {
		fmt.Fprintf(&b, "\n%s\n%s %s: %s\n", strings.Repeat("=", 80), p.title(), p.version, strings.Join(p.licences, ", "))
		for _, text := range p.texts {
			fmt.Fprintf(&b, "\n%s\n", strings.TrimSpace(text))
		}
	}
	return b.String()
}

func (p part) title() string {
	return cmp.Or(map[string]string{"std": "The Go standard library"}[p.name], p.name)
}
