package pbx

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"os/exec"
	"regexp"
	"strings"
	"time"
)

// Console asks a running Asterisk by its command line. Whoever asks must be allowed to open
// Asterisk's control socket: root, or a user of Asterisk's group.
type Console struct {
	Command string // the program; empty for the asterisk on PATH
	Config  string // its asterisk.conf; empty for the usual one
}

// askMax bounds one question. "dialplan show" of a large exchange takes a second.
const askMax = 10 * time.Second

// Ask runs one command and returns what Asterisk printed. The error says in one line why it
// could not be asked.
func (c Console) Ask(ctx context.Context, command string) (string, error) {
	return c.run(ctx, "-rx", command)
}

// Version asks the program itself, which need not be running, for "22.10.1".
func (c Console) Version(ctx context.Context) (string, error) {
	out, err := c.run(ctx, "-V")
	if err != nil {
		return "", err
	}
	return strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(out), "Asterisk")), nil
}

func (c Console) run(ctx context.Context, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, askMax)
	defer cancel()
	if c.Config != "" {
		args = append([]string{"-C", c.Config}, args...)
	}
	cmd := exec.CommandContext(ctx, cmp.Or(c.Command, "asterisk"), args...)
	var said, complained bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &complained
	if err := cmd.Run(); err != nil {
		words := strings.TrimSpace(complained.String() + said.String())
		if first, _, _ := strings.Cut(words, "\n"); first != "" {
			return "", fmt.Errorf("ask asterisk's command line: %s", first)
		}
		return "", fmt.Errorf("ask asterisk's command line: %w", err)
	}
	return said.String(), nil
}

// Folders are where an Asterisk keeps what.
type Folders struct {
	Config, Data, Spool, Run string
}

// Recordings is the folder that ARI recordings come to.
func (f Folders) Recordings() string { return f.Spool + "/recording" }

// Sounds is the folder of sound files.
func (f Folders) Sounds() string { return f.Data + "/sounds" }

// Folders asks for the folders in use.
func (c Console) Folders(ctx context.Context) (Folders, error) {
	shown, err := c.Ask(ctx, "core show settings")
	if err != nil {
		return Folders{}, err
	}
	named := func(name string) string {
		for line := range strings.Lines(shown) {
			if value, ok := strings.CutPrefix(strings.TrimSpace(line), name+" directory:"); ok {
				return strings.TrimSpace(value)
			}
		}
		return ""
	}
	return Folders{Config: named("Configuration"), Data: named("Data"), Spool: named("Spool"), Run: named("Run/Sockets")}, nil
}

var boundTo = regexp.MustCompile(`Enabled and Bound to (\S+)`)

// Listening lists the addresses at which Asterisk's HTTP server listens, as "127.0.0.1:8088".
func (c Console) Listening(ctx context.Context) ([]string, error) {
	shown, err := c.Ask(ctx, "http show status")
	if err != nil {
		return nil, err
	}
	var all []string
	for _, m := range boundTo.FindAllStringSubmatch(shown, -1) {
		all = append(all, m[1])
	}
	return all, nil
}

// Plan asks for the dialplan in use.
func (c Console) Plan(ctx context.Context) (Plan, error) {
	shown, err := c.Ask(ctx, "dialplan show")
	if err != nil {
		return nil, err
	}
	return ReadPlan(shown), nil
}

var endpointShown = regexp.MustCompile(`(?m)^ Endpoint:  ([^/\s<]+)`)

// Endpoints lists the endpoints of PJSIP, as "PJSIP/101".
func (c Console) Endpoints(ctx context.Context) ([]string, error) {
	shown, err := c.Ask(ctx, "pjsip show endpoints")
	if err != nil {
		return nil, err
	}
	var all []string
	for _, m := range endpointShown.FindAllStringSubmatch(shown, -1) {
		all = append(all, "PJSIP/"+m[1])
	}
	return all, nil
}
