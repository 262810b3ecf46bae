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
	at       time.Time
	asterisk time.Duration // of processors' time
	own      time.Duration // Clearline's
	phones   time.Duration
	all      time.Duration // everybody's on the machine
	received int           // RTP packets at the telephones
}

// usage adds up what was done while residents dialled.
type usage struct {
	took  time.Duration
	spent gauge
	late  time.Duration // the most by which the telephones sent a frame late
}

func (h *hall) gauge() gauge {
	g := gauge{
		at: time.Now(), asterisk: spent(h.house.Bed.Asterisk.PID()), own: spent(h.clearlinePID), phones: spent(os.Getpid()), all: busy(),
	}
	phones := append(h.phones(), h.exchange.phone)
	for _, p := range phones {
		for _, c := range p.Calls() {
			all, _, _ := c.Packets()
			g.received += all
		}
	}
	return g
}

func (u *usage) add(from, to gauge, late time.Duration) {
	u.took += to.at.Sub(from.at)
	u.spent.asterisk += to.asterisk - from.asterisk
	u.spent.own += to.own - from.own
	u.spent.phones += to.phones - from.phones
	u.spent.all += to.all - from.all
	u.spent.received += to.received - from.received
	u.late = max(u.late, late)
}

// share is a part of one core.
type share struct {
	who string
	of  float64
}

// shares are those of Asterisk, Clearline, the telephones and everybody else.
func (u *usage) shares() []share {
	of := func(d time.Duration) float64 {
		if u.took <= 0 {
			return 0
		}
		return max(0, d.Seconds()/u.took.Seconds())
	}
	s := u.spent
	return []share{
		{"asterisk", of(s.asterisk)},
		{"clearline", of(s.own)},
		{"telephones", of(s.phones)},
		{"others", of(s.all - s.asterisk - s.own - s.phones)},
	}
}

// packetRate is how many RTP packets reached the telephones in a second; they sent as many.
func (u *usage) packetRate() float64 {
	if u.took <= 0 {
		return 0
	}
	return float64(u.spent.received) / u.took.Seconds()
}

// tickTime is the unit of processors' time in /proc (USER_HZ, 100 wherever Go runs).
const tickTime = 10 * time.Millisecond

// spent is the processors' time of a process; 0 where it cannot be read.
func spent(pid int) time.Duration {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	return spentIn(string(text))
}

// spentIn reads utime and stime of proc_pid_stat(5). The name may hold anything.
func spentIn(stat string) time.Duration {
	fields := strings.Fields(stat[strings.LastIndexByte(stat, ')')+1:])
	if len(fields) < 13 {
		return 0
	}
	return ticks(fields[11]) + ticks(fields[12])
}

// busy is the time for which all processors together were not idle.
func busy() time.Duration {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0
	}
	return busyIn(string(text))
}

// busyIn reads the first line of proc_stat(5): user, nice, system, idle, iowait, irq,
// softirq, steal.
func busyIn(stat string) (sum time.Duration) {
	first, _, _ := strings.Cut(stat, "\n")
	for i, field := range strings.Fields(first) {
		if i >= 1 && i <= 8 && i != 4 && i != 5 {
			sum += ticks(field)
		}
	}
	return sum
}

func ticks(s string) time.Duration {
	n, _ := strconv.Atoi(s)
	return time.Duration(n) * tickTime
}

// processOf finds the process that runs a binary; 0 where there is none.
func processOf(binary string) int {
	links, _ := filepath.Glob("/proc/[0-9]*/exe")
	for _, link := range links {
		if exe, err := os.Readlink(link); err == nil && exe == binary {
			pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(link)))
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
