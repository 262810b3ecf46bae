package testbed

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Asterisk is one running instance with addresses and folders of its own.
type Asterisk struct {
	Install Install
	Home    string // its temporary folder

	opt  Options // with defaults filled in
	at   *block
	ari  *ariClient
	pid  int
	done chan struct{} // closed when the process is gone

	mu   sync.Mutex
	exit error
}

// bootTime bounds the time from start to readiness on a busy machine.
const bootTime = 40 * time.Second

// StartAsterisk writes a configuration, starts an instance and waits until ARI answers
// and PJSIP knows its endpoints. The caller stops it.
func StartAsterisk(ctx context.Context, opt Options) (*Asterisk, error) {
	opt = opt.withDefaults()
	if err := opt.check(); err != nil {
		return nil, err
	}
	if opt.Install == nil {
		in, err := FindAsterisk(ctx, opt.Progress)
		if err != nil {
			return nil, err
		}
		opt.Install = &in
	}
	at, err := reserveBlock()
	if err != nil {
		return nil, err
	}
	home, err := os.MkdirTemp("", "clearline-asterisk-") // short: it holds a unix socket
	if err != nil {
		at.unlock()
		return nil, fmt.Errorf("make asterisk's folder: %w", err)
	}
	a := &Asterisk{Install: *opt.Install, Home: home, opt: opt, at: at, done: make(chan struct{})}
	a.ari = newARIClient(a.ARIURL(), a.ARIUser(), a.ARIPassword())
	if err := a.boot(ctx); err != nil {
		err = fmt.Errorf("start asterisk: %w%s", err, a.lastWords())
		a.remove()
		return nil, err
	}
	return a, nil
}

func (a *Asterisk) boot(ctx context.Context) error {
	if err := (config{opt: a.opt, in: a.Install, home: a.Home, at: a.at}).write(); err != nil {
		close(a.done)
		return err
	}
	return a.Restart(ctx)
}

// Restart starts the process again after Stop or Kill, with the same addresses, folders
// and configuration, and waits until it is ready.
func (a *Asterisk) Restart(ctx context.Context) error {
	a.mu.Lock()
	a.done, a.exit = make(chan struct{}), nil
	done := a.done
	a.mu.Unlock()
	started := make(chan error, 1)
	go a.run(done, started)
	if err := <-started; err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, bootTime)
	defer cancel()
	if err := a.waitReady(ctx, done); err != nil {
		a.Kill()
		return err
	}
	return nil
}

// run owns the process from start to end. Its thread is locked because the kernel sends
// Pdeathsig when the starting thread ends: nothing of ours outlives a killed test.
func (a *Asterisk) run(done chan struct{}, started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer close(done)
	console, err := os.Create(filepath.Join(a.Home, "log/console.log"))
	if err != nil {
		started <- fmt.Errorf("open console log: %w", err)
		return
	}
	defer func() { _ = console.Close() }()
	cmd := a.Install.command(context.Background(), "-f", "-C", a.confPath())
	cmd.Stdout, cmd.Stderr = console, console
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		started <- fmt.Errorf("run %s: %w", cmd.Path, err)
		return
	}
	a.mu.Lock()
	a.pid = cmd.Process.Pid
	a.mu.Unlock()
	started <- nil
	err = cmd.Wait()
	a.mu.Lock()
	a.exit = err
	a.mu.Unlock()
}

// waitReady polls until ARI answers, Asterisk has booted and every endpoint is known.
func (a *Asterisk) waitReady(ctx context.Context, done <-chan struct{}) error {
	var last error
	err := poll(ctx, 20*time.Millisecond, func() (bool, error) {
		select {
		case <-done:
			a.mu.Lock()
			defer a.mu.Unlock()
			return false, fmt.Errorf("asterisk ended: %w", errors.Join(a.exit))
		default:
		}
		var have []struct{ Resource string }
		if last = a.ari.get(ctx, "/endpoints/PJSIP", &have); last != nil {
			return false, nil
		}
		if want := len(a.opt.endpoints()); len(have) < want {
			last = fmt.Errorf("PJSIP knows %d of %d endpoints", len(have), want)
			return false, nil
		}
		return true, nil
	})
	if err != nil {
		return errors.Join(err, last)
	}
	if _, err := a.CLI(ctx, "core waitfullybooted"); err != nil {
		return err
	}
	return nil
}

func (a *Asterisk) confPath() string { return filepath.Join(a.Home, "etc/asterisk.conf") }

// ARIURL is the base address for ARI, such as http://127.16.0.1:18088/ari.
func (a *Asterisk) ARIURL() string {
	return fmt.Sprintf("http://%s:%d/ari", a.at.asterisk(), httpPort)
}

// ARIUser is the name of the ARI user.
func (a *Asterisk) ARIUser() string { return "clearline" }

// ARIPassword is the password of the ARI user.
func (a *Asterisk) ARIPassword() string { return a.opt.Password }

// SIPAddress is where Asterisk takes SIP over UDP, address and port.
func (a *Asterisk) SIPAddress() string { return fmt.Sprintf("%s:%d", a.at.asterisk(), sipPort) }

// RecordingDir is where Asterisk puts ARI recordings.
func (a *Asterisk) RecordingDir() string { return filepath.Join(a.Home, "spool/recording") }

// LogPath is Asterisk's own log, verbose 3.
func (a *Asterisk) LogPath() string { return filepath.Join(a.Home, "log/full.log") }

// PID is the process id.
func (a *Asterisk) PID() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.pid
}

// CLI runs one command of Asterisk's command line and returns what it printed.
func (a *Asterisk) CLI(ctx context.Context, command string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	out, err := a.Install.command(ctx, "-C", a.confPath(), "-rx", command).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("run %q in asterisk: %w: %s", command, err, strings.TrimSpace(string(out)))
	}
	return string(out), nil
}

// SetDialplan replaces the included dialplan and reloads.
func (a *Asterisk) SetDialplan(ctx context.Context, text string) error {
	if err := os.WriteFile(filepath.Join(a.Home, "etc/dialplan.conf"), []byte(text+"\n"), 0o600); err != nil {
		return fmt.Errorf("write dialplan: %w", err)
	}
	_, err := a.CLI(ctx, "dialplan reload")
	return err
}

// Freeze stops the process in its tracks (SIGSTOP); Thaw lets it go on.
func (a *Asterisk) Freeze() error { return a.signal(syscall.SIGSTOP) }

// Thaw lets a frozen process go on.
func (a *Asterisk) Thaw() error { return a.signal(syscall.SIGCONT) }

// Kill ends the process at once, as a crash would, and waits until it is gone. Restart
// brings it back.
func (a *Asterisk) Kill() {
	_ = a.signal(syscall.SIGKILL) // fails only when it is gone already
	<-a.gone()
}

func (a *Asterisk) gone() <-chan struct{} {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.done
}

func (a *Asterisk) signal(s syscall.Signal) error {
	select {
	case <-a.gone():
		return errors.New("signal asterisk: it has ended")
	default:
	}
	if err := syscall.Kill(a.PID(), s); err != nil {
		return fmt.Errorf("signal asterisk: %w", err)
	}
	return nil
}

// Stop ends the process, gently for up to three seconds and then by force, and removes
// its folder. Only the process started here is touched.
func (a *Asterisk) Stop() {
	_ = a.Thaw() // a frozen process cannot hear SIGTERM
	_ = a.signal(syscall.SIGTERM)
	select {
	case <-a.gone():
	case <-time.After(3 * time.Second):
		a.Kill()
	}
	a.remove()
}

func (a *Asterisk) remove() {
	a.ari.close()
	_ = os.RemoveAll(a.Home) // what cannot be removed is in the temporary folder
	a.at.unlock()
}

// lastWords is the end of what Asterisk said, for an error message.
func (a *Asterisk) lastWords() string {
	var b strings.Builder
	for _, path := range []string{filepath.Join(a.Home, "log/console.log"), a.LogPath()} {
		text, err := os.ReadFile(path)
		if err != nil || len(text) == 0 {
			continue
		}
		lines := strings.Split(strings.TrimSpace(string(text)), "\n")
		lines = lines[max(0, len(lines)-15):]
		fmt.Fprintf(&b, "\n%s:\n\t%s", filepath.Base(path), strings.Join(lines, "\n\t"))
	}
	return b.String()
}
