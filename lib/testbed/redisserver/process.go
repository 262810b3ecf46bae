package redisserver

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"time"
)

const (
	stopSignal     = syscall.SIGSTOP
	continueSignal = syscall.SIGCONT
)

// errTaken says that somebody else listens where Redis was to listen.
var errTaken = errors.New("the port is taken")

// process is one run of redis-server.
type process struct {
	cmd  *exec.Cmd
	log  string
	done chan struct{} // closed when it has ended
	exit error         // how; read after done
}

// startProcess runs redis-server with words behind its name. What it says goes to a log.
func startProcess(words []string, log string) (*process, error) {
	p := &process{log: log, done: make(chan struct{})}
	started := make(chan error, 1)
	go p.run(words, started)
	if err := <-started; err != nil {
		return nil, err
	}
	return p, nil
}

// run owns the process from start to end. Its thread is locked because the kernel sends
// Pdeathsig when the starting thread ends: no server outlives a killed or panicked test.
func (p *process) run(words []string, started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	log, err := os.Create(p.log)
	if err != nil {
		started <- fmt.Errorf("open redis's log: %w", err)
		return
	}
	defer func() { _ = log.Close() }()
	p.cmd = exec.Command("redis-server", words...) //nolint:noctx // ended by end
	p.cmd.Stdout, p.cmd.Stderr = log, log
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := p.cmd.Start(); err != nil {
		started <- fmt.Errorf("run redis-server: %w", err)
		return
	}
	started <- nil
	p.exit = p.cmd.Wait()
	close(p.done)
}

// wrote reports whether it was this process that described itself as ready: another
// server may listen where it was to listen.
func (p *process) wrote(info string) bool {
	return strings.Contains(info, fmt.Sprintf("process_id:%d\r", p.cmd.Process.Pid)) && !strings.Contains(info, "\nloading:1\r")
}

// signal sends a signal to the process; one that has ended is no error.
func (p *process) signal(signal os.Signal) error {
	if err := p.cmd.Process.Signal(signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("signal redis, process %d: %w", p.cmd.Process.Pid, err)
	}
	return nil
}

// end asks the process to end, frozen or not, and kills it when it does not.
func (p *process) end() error {
	err := errors.Join(p.signal(syscall.SIGTERM), p.signal(continueSignal))
	select {
	case <-p.done:
		return nil
	case <-time.After(2 * time.Second):
	}
	err = errors.Join(err, p.signal(syscall.SIGKILL))
	select {
	case <-p.done:
		return nil
	case <-time.After(2 * time.Second):
		return errors.Join(fmt.Errorf("end redis, process %d: it does not end", p.cmd.Process.Pid), err)
	}
}

// lastWords says why the process has ended.
func (p *process) lastWords() error {
	said, _ := os.ReadFile(p.log)
	if bytes.Contains(said, []byte("Address already in use")) {
		return errTaken
	}
	return fmt.Errorf("redis has ended: %w\n%s", errors.Join(p.exit), said)
}
