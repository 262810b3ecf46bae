// Package carrier carries one message to where a shoutrrr URL leads, in a process of its own.
//
// The library knows some thirty services and waits for most of them without end; some it
// takes at their word that was never spoken. So what carries is killed when its time is
// over, what it asks over HTTP is watched, and nothing that goes wrong in it can reach the
// process that looks after calls. It is told the URL on its standard input, and nobody else
// sees it there.
package carrier

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Message is what is carried.
type Message struct {
	URL    string // of shoutrrr
	ID     string // the same when the same message is carried again
	Event  string
	Title  string // one line
	Text   string
	Urgent bool
}

// answer is what the process says.
type answer struct{ Fault string } // empty when the message was sent; it shows no secret

// answerMax is as much as is read of what the process says.
const answerMax = 16 << 10

// Carrier starts processes that carry.
type Carrier struct {
	Command []string      // the program that runs Carry, and its arguments
	slots   chan struct{} // one for each process there may be at once
}

// atOnce is how many messages are carried at once.
const atOnce = 4

// New makes a carrier.
func New(command ...string) *Carrier {
	return &Carrier{Command: command, slots: make(chan struct{}, atOnce)}
}

// unwanted are what the process must not have: it would speak to systemd in our place.
var unwanted = []string{"NOTIFY_SOCKET=", "WATCHDOG_USEC=", "WATCHDOG_PID="}

// Send carries a message until ctx is done, and says why it was not sent. The error shows
// nothing of the URL.
func (c *Carrier) Send(ctx context.Context, m Message) error {
	select {
	case c.slots <- struct{}{}:
		defer func() { <-c.slots }()
	case <-ctx.Done():
		return errors.New("others took too long")
	}
	asked, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("encode the message: %w", err)
	}
	// Whoever starts the process must outlive it: it is killed when its thread ends.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	cmd := exec.CommandContext(ctx, c.Command[0], c.Command[1:]...)
	cmd.Stdin = bytes.NewReader(asked)
	said := &short{}
	cmd.Stdout = said
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool {
		return slices.ContainsFunc(unwanted, func(name string) bool { return strings.HasPrefix(v, name) })
	})
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} // nobody carries what the next run carries again
	cmd.WaitDelay = time.Second
	err = cmd.Run()
	switch {
	case ctx.Err() != nil:
		return errors.New("no answer in time")
	case err != nil:
		return fmt.Errorf("the process that sends has failed: %w", err)
	}
	var got answer
	if err := json.Unmarshal(said.Bytes(), &got); err != nil {
		return errors.New("the process that sends has said nothing")
	}
	if got.Fault != "" {
		return errors.New(got.Fault)
	}
	return nil
}

// short keeps the beginning of what is written to it.
type short struct{ bytes.Buffer }

func (s *short) Write(p []byte) (int, error) {
	room := max(0, answerMax-s.Len())
	s.Buffer.Write(p[:min(room, len(p))])
	return len(p), nil
}

// Carry is what the process does: it reads a message, sends it, and says what became of it.
func Carry(in io.Reader, out io.Writer) error {
	var m Message
	if err := json.NewDecoder(in).Decode(&m); err != nil {
		return fmt.Errorf("read the message: %w", err)
	}
	var a answer
	if err := send(m); err != nil {
		a.Fault = Redact(m.URL, err.Error())
	}
	return json.NewEncoder(out).Encode(a)
}
