// Command faults breaks Clearline, Asterisk, the store and the ways between them in the
// middle of calls, on a private Asterisk with simulated telephones, and writes down what
// happened to each call. scripts/faults prepares a machine and runs it.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
)

const description = `Breaks something in the middle of a call, again and again: each kind of breakage in
each stage of a call is a house of its own, with a real Asterisk, the real program and
simulated telephones on loopback addresses. What must never happen (an emergency call lost,
two who talk without a guard, a bridge without approval, a leg left behind, a call missing
from the history) is an error.

  scripts/faults                            everything, about half an hour; the table on stdout
  scripts/faults --out docs/reliability.md  puts the table into that file, between its marks
  scripts/faults --only killed              rows or columns whose name contains a word
  scripts/faults --list                     rows and columns
  scripts/soak --for 1h                     calls for a long time, see scripts/soak --help`

type options struct {
	Matrix matrixCmd `cmd:"" default:"withargs" help:"Every kind of breakage in each stage of a call."`
	Soak   soakCmd   `cmd:"" help:"Calls of every kind for a long time, with breakages by chance."`
	Cell   cellCmd   `cmd:"" hidden:""`
}

// matrixCmd plays every cell of the matrix.
type matrixCmd struct {
	Out  string   `help:"Put the table into this file, between its marks." type:"path"`
	Only []string `help:"Only rows or columns whose name contains one of these words." placeholder:"WORD"`
	Jobs int      `help:"Houses at a time." default:"3"`
	List bool     `help:"Say what rows and columns there are."`
}

// cellCmd plays one cell in a process of its own: what is left behind is counted by process.
type cellCmd struct {
	Row    int    `arg:""`
	Column int    `arg:""`
	Binary string `arg:""`
}

func main() {
	var opt options
	parsed := kong.Parse(&opt, kong.Name("faults"), kong.Description(description))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	parsed.BindTo(ctx, (*context.Context)(nil))
	if err := parsed.Run(); err != nil {
		fmt.Fprintf(os.Stderr, "faults: %v\n", err)
		os.Exit(1)
	}
}

// Run plays what is wanted and prints the table.
func (c matrixCmd) Run(ctx context.Context) error {
	if c.List {
		for _, f := range faults {
			fmt.Println("row:", f.name)
		}
		for _, st := range states {
			fmt.Println("column:", st.name)
		}
		return nil
	}
	dir, done, err := built(ctx, true)
	if err != nil {
		return err
	}
	defer done()
	m, err := all(ctx, dir, c)
	if err != nil {
		return err
	}
	if c.Out == "" {
		return errors.Join(m.write(os.Stdout), m.wrong())
	}
	return errors.Join(m.into(c.Out), m.wrong())
}

// Run prints what became of the cell, as JSON.
func (c cellCmd) Run(ctx context.Context) error {
	if c.Row >= len(faults) || c.Column >= len(states) {
		return fmt.Errorf("no cell %d %d", c.Row, c.Column)
	}
	return json.NewEncoder(os.Stdout).Encode(play(ctx, c.Binary, faults[c.Row], states[c.Column]))
}

// all plays every cell that is wanted, several at a time.
func all(ctx context.Context, dir string, opt matrixCmd) (*matrix, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	m := newMatrix()
	places := make(chan [2]int)
	var wg sync.WaitGroup
	for range opt.Jobs {
		wg.Go(func() {
			for at := range places {
				c := played(ctx, self, program(dir, faults[at[0]]), at)
				m.put(at, c)
				say(os.Stderr, m, c)
			}
		})
	}
	wanted := m.wanted(opt.Only)
	m.total = len(wanted)
	for _, at := range wanted {
		select {
		case places <- at:
		case <-ctx.Done():
		}
	}
	close(places)
	wg.Wait()
	return m, ctx.Err()
}

// played plays a cell in a process of its own.
func played(ctx context.Context, self, binary string, at [2]int) cell {
	ctx, cancel := context.WithTimeout(ctx, patience+time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, self, "cell", strconv.Itoa(at[0]), strconv.Itoa(at[1]), binary)
	cmd.Stderr = os.Stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 10 * time.Second
	out, err := cmd.Output()
	var c cell
	if err == nil {
		err = json.Unmarshal(out, &c)
	}
	if err != nil {
		c = cell{Fault: faults[at[0]].name, State: states[at[1]].name, Wrong: "not played: " + err.Error()}
	}
	return c
}

func say(w io.Writer, m *matrix, c cell) {
	said := c.Said
	if c.Wrong != "" {
		said = "WRONG: " + c.Wrong
	}
	_, _ = fmt.Fprintf(w, "%3d of %d  %3.0f s  %s, %s: %s\n", m.count(), m.total, c.Took.Seconds(), c.Fault, c.State, said)
	if c.Timeline == "" {
		return
	}
	path := filepath.Join(os.TempDir(), "clearline-faults-"+strings.Map(plain, c.Fault+"-"+c.State)+".log")
	if err := os.WriteFile(path, []byte(c.Timeline), 0o600); err == nil {
		_, _ = fmt.Fprintf(w, "      what happened is in %s\n", path)
	}
}

func plain(r rune) rune {
	if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
		return r
	}
	return '-'
}
