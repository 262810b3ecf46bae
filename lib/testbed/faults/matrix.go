package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
)

// matrix is what became of calls: rows are faults, columns what went on.
type matrix struct {
	mu    sync.Mutex
	cells map[[2]int]cell
	total int
}

func newMatrix() *matrix { return &matrix{cells: map[[2]int]cell{}} }

func (m *matrix) put(at [2]int, c cell) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.cells[at] = c
}

func (m *matrix) count() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.cells)
}

// wanted are the cells whose row or column contains one of the words; all without words.
func (m *matrix) wanted(words []string) (places [][2]int) {
	for i, f := range faults {
		for j, st := range states {
			fits := func(word string) bool { return strings.Contains(f.name, word) || strings.Contains(st.name, word) }
			if len(words) == 0 || slices.ContainsFunc(words, fits) {
				places = append(places, [2]int{i, j})
			}
		}
	}
	return places
}

// wrong names the cells in which something happened that must not.
func (m *matrix) wrong() error {
	var all []error
	for i := range faults {
		for j := range states {
			if c, played := m.cells[[2]int{i, j}]; played && c.Wrong != "" {
				all = append(all, fmt.Errorf("%s, %s: %s", c.Fault, c.State, c.Wrong))
			}
		}
	}
	return errors.Join(all...)
}

// write prints a table for each column, which is easier to read than one that is a yard wide.
func (m *matrix) write(w io.Writer) error {
	var b bytes.Buffer
	for j, st := range states {
		var rows []string
		for i, f := range faults {
			if c, played := m.cells[[2]int{i, j}]; played {
				said := c.Said
				if c.Wrong != "" {
					said = "**" + c.Wrong + "**"
				}
				rows = append(rows, fmt.Sprintf("| %s | %s |\n", f.name, strings.ReplaceAll(said, "|", "/")))
			}
		}
		if len(rows) > 0 {
			fmt.Fprintf(&b, "### %s\n\n| what broke | what happened |\n|---|---|\n%s\n", st.name, strings.Join(rows, ""))
		}
	}
	_, err := w.Write(b.Bytes())
	return err
}

// The marks between which the table stands in a document.
const (
	tableBegins = "<!-- table begins -->\n"
	tableEnds   = "<!-- table ends -->"
)

// into puts the table into a document.
func (m *matrix) into(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	before, rest, begins := strings.Cut(string(text), tableBegins)
	_, after, ends := strings.Cut(rest, tableEnds)
	if !begins || !ends {
		return fmt.Errorf("%s has no place for the table: the lines %q and %q", path, strings.TrimSpace(tableBegins), tableEnds)
	}
	var table bytes.Buffer
	if err := m.write(&table); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(before+tableBegins+"\n"+table.String()+tableEnds+after), 0o644) //nolint:gosec // a document
}
