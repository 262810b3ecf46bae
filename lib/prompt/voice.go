package prompt

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Voice reads texts aloud.
type Voice interface {
	// Ready says what is missing for it to speak.
	Ready() error
	// Recipe names all that decides how u sounds: a change of it makes the sound anew.
	Recipe(u Utterance) string
	// Speak writes u as a WAV file, of any rate and number of channels. Other files may be
	// left beside it.
	Speak(ctx context.Context, u Utterance, file string) error
}

// Utterance is a text to be read.
type Utterance struct {
	Language string // "cy_GB"
	Voice    string // the espeak-ng voice of the language: "cy"
	Text     string
	Pace     int // words per minute
}

// Residents are spoken to slower than people talk: many are hard of hearing.
const (
	residentPace = 140
	callerPace   = 160
)

// paceOf is how fast a prompt is read.
func paceOf(name Name) int {
	if strings.HasPrefix(string(name), "screening/") {
		return callerPace
	}
	return residentPace
}

// Espeak is the voice of espeak-ng.
type Espeak struct{}

// Ready implements Voice.
func (Espeak) Ready() error { return installed("espeak-ng") }

// Recipe implements Voice.
func (Espeak) Recipe(u Utterance) string {
	return strings.Join([]string{"espeak-ng", u.Voice, strconv.Itoa(u.Pace), u.Text}, "\x00")
}

// Speak implements Voice.
func (Espeak) Speak(ctx context.Context, u Utterance, file string) error {
	return run(ctx, u.Text, "espeak-ng", "--stdin", "-v", u.Voice, "-s", strconv.Itoa(u.Pace), "-w", file)
}

// Command is a voice that the operator names: a program and its arguments, in which
// placeholders stand for what each prompt needs. It is started without a shell, so that
// nothing in a text means anything. The text is on its standard input, too.
type Command []string

// placeholders of a Command: what they stand for is in Speak.
var placeholders = []string{"{text}", "{out}", "{language}", "{voice}", "{pace}"}

// commandMax is how long a program may take for one prompt.
const commandMax = 30 * time.Second

// Fault says what is wrong with the command, and what would be right; empty when nothing is.
func (c Command) Fault() (problem, remedy string) {
	remedy = `write program and arguments: ["/usr/local/bin/say", "--in", "{text}", "--out", "{out}"]`
	all := strings.Join(c, " ")
	switch {
	case len(c) == 0 || c[0] == "":
		return "names no program", remedy
	case strings.Contains(c[0], "{"):
		return "has a placeholder for its program", remedy
	case strings.ContainsAny(all, "\x00\n"):
		return "holds a character that no argument may hold", remedy
	case !strings.Contains(all, "{out}"):
		return "does not say where the sound goes", remedy
	}
	for _, argument := range c[1:] {
		_, rest, open := strings.Cut(argument, "{")
		for open {
			name, after, closed := strings.Cut(rest, "}")
			if !closed || !slices.Contains(placeholders, "{"+name+"}") {
				return fmt.Sprintf("holds {%s, which stands for nothing", name), "use " + strings.Join(placeholders, ", ")
			}
			_, rest, open = strings.Cut(after, "{")
		}
	}
	return "", ""
}

// Ready implements Voice.
func (c Command) Ready() error {
	if problem, remedy := c.Fault(); problem != "" {
		return fmt.Errorf("the command %s; %s", problem, remedy)
	}
	if _, err := exec.LookPath(c[0]); err != nil {
		return fmt.Errorf("the command for prompts cannot be run: %w", err)
	}
	return nil
}

// Recipe implements Voice.
func (c Command) Recipe(u Utterance) string {
	return strings.Join(append(slices.Clone(c), u.Language, u.Voice, strconv.Itoa(u.Pace), u.Text), "\x00")
}

// Speak implements Voice.
func (c Command) Speak(ctx context.Context, u Utterance, file string) error {
	ctx, cancel := context.WithTimeout(ctx, commandMax)
	defer cancel()
	text := filepath.Join(filepath.Dir(file), "text.txt")
	if err := os.WriteFile(text, []byte(u.Text+"\n"), 0o600); err != nil {
		return fmt.Errorf("write the text for the command: %w", err)
	}
	fill := strings.NewReplacer("{text}", text, "{out}", file, "{language}", u.Language, "{voice}", u.Voice, "{pace}", strconv.Itoa(u.Pace))
	args := make([]string, len(c)-1)
	for i, argument := range c[1:] {
		args[i] = fill.Replace(argument)
	}
	if err := run(ctx, u.Text, c[0], args...); err != nil {
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return fmt.Errorf("%s took more than %s for one prompt: %w", c[0], commandMax, err)
		}
		return err
	}
	if _, err := os.Stat(file); err != nil {
		return fmt.Errorf("%s made no file for {out}: %w", c[0], err)
	}
	return nil
}

func installed(programs ...string) error {
	for _, program := range programs {
		if _, err := exec.LookPath(program); err != nil {
			return fmt.Errorf("%s is not installed; install it with: apt install espeak-ng sox", program)
		}
	}
	return nil
}
