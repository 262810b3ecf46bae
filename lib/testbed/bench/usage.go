package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// gauge is what the machine has done so far.
type gauge struct {
	at                          time.Time
	asterisk, clearline, phones time.Duration // of processors' time
	everybody                   time.Duration // the same of all programs on the machine
	received                    int           // RTP packets at the telephones
}

// usage adds up what was done while residents dialled.
type usage struct {
	Took      time.Duration
	Asterisk  time.Duration
	Clearline time.Duration
	Phones    time.Duration
	Everybody time.Duration
	Received  int
	Late      time.Duration // the most by which the telephones sent a frame late
}

func (h *hall) gauge(pairs []*pair) gauge {
	g := gauge{at: time.Now(), asterisk: spent(h.house.Bed.Asterisk.PID()), phones: spent(os.Getpid()), everybody: machine()}
	if h.clearline != nil {
		g.clearline = spent(h.clearlinePID)
	}
	for _, p := range pairs {
		for _, c := range append(p.caller.Calls(), p.resident.Calls()...) {
			all, _, _ := c.Packets()
			g.received += all
		}
	}
	for _, c := range h.exchange.phone.Calls() {
		all, _, _ := c.Packets()
		g.received += all
	}
	return g
}

func (u *usage) add(from, to gauge, late time.Duration) {
	u.Took += to.at.Sub(from.at)
	u.Asterisk += to.asterisk - from.asterisk
	u.Clearline += to.clearline - from.clearline
	u.Phones += to.phones - from.phones
	u.Everybody += to.everybody - from.everybody
	u.Received += to.received - from.received
	u.Late = max(u.Late, late)
}

// tickTime is the unit of processors' time in /proc; the same on every Linux that Go knows.
const tickTime = 10 * time.Millisecond

// spent is the processor's time of a process; 0 where it cannot be read.
func spent(pid int) time.Duration {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	_, behind, _ := strings.Cut(string(text), ") ") // the name may hold anything
	fields := strings.Fields(behind)
	if len(fields) < 13 {
		return 0
	}
	return ticks(fields[11]) + ticks(fields[12])
}

// machine is the time all processors have been busy, or taken away by the host.
func machine() time.Duration {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0
	}
	first, _, _ := strings.Cut(string(text), "\n")
	var busy time.Duration
	for i, field := range strings.Fields(first) {
		if i > 0 && i < 9 && i != 4 && i != 5 { // 4 is idle, 5 waits
			busy += ticks(field)
		}
	}
	return busy
}

func ticks(s string) time.Duration {
	n, _ := strconv.Atoi(s)
	return time.Duration(n) * tickTime
}

// childNamed finds the process that this one started from a binary; 0 where there is none.
func childNamed(binary string) int {
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, stat := range stats {
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(stat)))
		if exe, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid)); err == nil && exe == binary {
			return pid
		}
	}
	return 0
}

// load is the machine's load of the last minute.
func load() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	first, _, _ := strings.Cut(string(text), " ")
	return first
}
