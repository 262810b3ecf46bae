package house

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// Build compiles the program into dir, as it is released, and returns its path.
func Build(ctx context.Context, dir string) (string, error) {
	binary := filepath.Join(dir, "clearline")
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", binary, "clearline/ari-app")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := build.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build clearline: %w\n%s", err, out)
	}
	return binary, nil
}

// Process is Clearline as a program of its own.
type Process struct {
	cmd  *exec.Cmd
	done chan struct{} // closed when it has ended
	err  error         // of its end; read after done
}

// readyWithin bounds how long Clearline may take to reach Asterisk.
const readyWithin = 15 * time.Second

// Run starts the program and waits until it has reached Asterisk. What it logs goes
// to the timeline.
func (h *House) Run(ctx context.Context, binary string) (*Process, error) {
	p := &Process{
		cmd:  exec.CommandContext(context.WithoutCancel(ctx), binary, "run", "--config", h.ConfigPath),
		done: make(chan struct{}),
	}
	begun := time.Now()
	log := h.Bed.Timeline.Writer("clearline")
	p.cmd.Stdout, p.cmd.Stderr = log, log
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start clearline: %w", err)
	}
	go func() {
		defer close(p.done)
		p.err = p.cmd.Wait()
	}()
	ctx, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	for !h.connected(begun) {
		select {
		case <-p.done:
			return nil, fmt.Errorf("start clearline: it ended: %w", p.err)
		case <-ctx.Done():
			p.Kill()
			return nil, fmt.Errorf("start clearline: it has not reached asterisk after %v", readyWithin)
		case <-time.After(50 * time.Millisecond):
		}
	}
	return p, nil
}

// connected says whether Clearline has logged since a time that it reached Asterisk.
func (h *House) connected(since time.Time) bool {
	for _, m := range h.Bed.Timeline.Moments(since) {
		if m.Who == "clearline" && strings.Contains(m.What, "connected to the exchange") {
			return true
		}
	}
	return false
}

// PID is the program's process id.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Stop asks the program to end in order and waits for it.
func (p *Process) Stop() error {
	if err := p.Terminate(); err != nil {
		return err
	}
	return p.Wait()
}

// Terminate asks the program to end in order.
func (p *Process) Terminate() error { return p.signal(syscall.SIGTERM) }

// Wait returns when the program has ended, with what it ended with.
func (p *Process) Wait() error {
	<-p.done
	return p.err
}

// Kill ends the program without warning, as a crash would.
func (p *Process) Kill() {
	_ = p.cmd.Process.Kill() // it may have ended already
	<-p.done
}

// Freeze stops the program in its tracks; Thaw lets it go on.
func (p *Process) Freeze() error { return p.signal(syscall.SIGSTOP) }

// Thaw lets a frozen program go on.
func (p *Process) Thaw() error { return p.signal(syscall.SIGCONT) }

func (p *Process) signal(s os.Signal) error {
	if err := p.cmd.Process.Signal(s); err != nil {
		return fmt.Errorf("send %v to clearline: %w", s, err)
	}
	return nil
}
