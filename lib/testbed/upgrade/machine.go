package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// machine is a Debian that its own systemd has booted. It has processes, mounts and control
// groups of its own; the network is that of this machine.
type machine struct {
	cmd *exec.Cmd
	pid string // of its systemd, as this machine counts
	log bytes.Buffer
}

// booting makes the root a machine's and hands over to systemd: $1 is the root, $2 a folder
// that both see under the same name.
const booting = `set -e
mount --make-rprivate /
mount --bind "$1" "$1"
mount -t proc proc "$1/proc"
mount -t sysfs -o ro sysfs "$1/sys"
mount -t cgroup2 cgroup2 "$1/sys/fs/cgroup"
mount --rbind /dev "$1/dev"
mount -t tmpfs tmpfs "$1/run"
mount -t tmpfs tmpfs "$1/tmp"
mkdir -p "$1$2"
mount --bind "$2" "$1$2"
exec chroot "$1" env -i container=other PATH=/usr/sbin:/usr/bin:/sbin:/bin \
    /lib/systemd/systemd --system --unit=basic.target --log-target=console`

// bootMax bounds how long a machine takes to come up.
const bootMax = time.Minute

// boot starts the Debian in a folder. The caller halts it.
func boot(ctx context.Context, root, shared string) (*machine, error) {
	m := &machine{}
	m.cmd = exec.CommandContext(context.WithoutCancel(ctx), "unshare", "--mount", "--pid", "--fork", "--ipc", "--uts", "--cgroup", "--kill-child",
		"sh", "-c", booting, "boot", root, shared)
	m.cmd.Stdout, m.cmd.Stderr = &m.log, &m.log
	m.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
	if err := m.cmd.Start(); err != nil {
		return nil, fmt.Errorf("boot %s: %w", root, err)
	}
	ctx, cancel := context.WithTimeout(ctx, bootMax)
	defer cancel()
	for {
		if m.pid == "" {
			m.pid = childOf(m.cmd.Process.Pid)
		} else if out, err := m.run(ctx, "systemctl", "is-active", "basic.target"); err == nil && strings.TrimSpace(out) == "active" {
			return m, nil
		}
		select {
		case <-ctx.Done():
			m.halt()
			return nil, fmt.Errorf("boot %s: %w\n%s", root, ctx.Err(), m.log.String())
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// childOf is the only child of a process; empty when there is none yet.
func childOf(pid int) string {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	if err != nil {
		return ""
	}
	first, _, _ := strings.Cut(strings.TrimSpace(string(text)), " ")
	return first
}

// run runs a command in the machine and returns what it says.
func (m *machine) run(ctx context.Context, args ...string) (string, error) {
	inside := append([]string{
		"--target", m.pid, "--mount", "--pid", "--ipc", "--uts", "--cgroup", "--root", "--wd",
		"env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", "DEBIAN_FRONTEND=noninteractive",
	}, args...)
	out, err := exec.CommandContext(ctx, "nsenter", inside...).CombinedOutput()
	if err != nil {
		return string(out), fmt.Errorf("%s: %w\n%s", strings.Join(args, " "), err, out)
	}
	return string(out), nil
}

// halt ends everything that runs in the machine.
func (m *machine) halt() {
	_ = m.cmd.Process.Kill() // systemd goes with it, and everything with systemd
	_ = m.cmd.Wait()
}
