package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// gauge is what Clearline and Asterisk hold when no call is up.
type gauge struct {
	memory     int // KiB resident, of Clearline
	handles    int // open files and sockets, of Clearline
	goroutines int
	exchange   int // KiB resident, of Asterisk
	channels   int
}

func (s *scene) gauge(ctx context.Context) (g gauge, err error) {
	pid := s.clearline.PID()
	g.memory, g.exchange = resident(pid), resident(s.house.Bed.Asterisk.PID())
	if entries, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid)); err == nil {
		g.handles = len(entries)
	}
	if g.goroutines, err = s.goroutines(ctx); err != nil {
		return g, err
	}
	var channels []struct{}
	err = s.house.Bed.Asterisk.ARI(ctx, "GET", "/channels", nil, &channels)
	g.channels = len(channels)
	return g, err
}

// ready waits until Clearline says that all it needs is there.
func (s *scene) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		resp, err := s.ask(ctx, "/readyz")
		if err == nil {
			_ = resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return nil
			}
			err = errors.New(resp.Status)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("clearline is not well again after %v: %w", readyWithin, err)
		case <-tick.C:
		}
	}
}

// readyWithin is how soon Clearline must be well when what was broken is mended.
const readyWithin = 15 * time.Second

// ask asks Clearline for a page. The caller closes the body.
func (s *scene) ask(ctx context.Context, page string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.house.Config.Console.Listen+page, nil)
	if err != nil {
		return nil, err
	}
	return http.DefaultClient.Do(req)
}

// resident is what a process holds in memory, in KiB; 0 where that cannot be read.
func resident(pid int) int {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			n, _ := strconv.Atoi(strings.Fields(rest)[0])
			return n
		}
	}
	return 0
}

// goroutines is how many Clearline says it has.
func (s *scene) goroutines(ctx context.Context) (int, error) {
	resp, err := s.ask(ctx, "/metrics")
	if err != nil {
		return 0, fmt.Errorf("ask for metrics: %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
		if rest, ok := strings.CutPrefix(lines.Text(), "go_goroutines "); ok {
			return strconv.Atoi(rest)
		}
	}
	return 0, fmt.Errorf("ask for metrics: no go_goroutines")
}

// middle is the gauge whose every number is the median of those given.
func middle(all []gauge) gauge {
	of := func(pick func(gauge) int) int {
		var values []int
		for _, g := range all {
			values = append(values, pick(g))
		}
		slices.Sort(values)
		return values[len(values)/2]
	}
	return gauge{
		memory: of(func(g gauge) int { return g.memory }), handles: of(func(g gauge) int { return g.handles }),
		goroutines: of(func(g gauge) int { return g.goroutines }), exchange: of(func(g gauge) int { return g.exchange }),
		channels: of(func(g gauge) int { return g.channels }),
	}
}

// What may be more at the end of a soak than at its beginning.
const (
	moreMemory     = 24 << 10 // KiB
	moreHandles    = 4
	moreGoroutines = 8
)

// grown says what has grown between two gauges that must not.
func grown(from, to gauge) error {
	switch {
	case to.memory > from.memory+moreMemory:
		return fmt.Errorf("memory grew from %d to %d KiB", from.memory, to.memory)
	case to.handles > from.handles+moreHandles:
		return fmt.Errorf("handles grew from %d to %d", from.handles, to.handles)
	case to.goroutines > from.goroutines+moreGoroutines:
		return fmt.Errorf("goroutines grew from %d to %d", from.goroutines, to.goroutines)
	case to.exchange > from.exchange+2*moreMemory:
		return fmt.Errorf("asterisk's memory grew from %d to %d KiB", from.exchange, to.exchange)
	case to.channels > 0:
		return fmt.Errorf("%d channels are left", to.channels)
	}
	return nil
}

func (g gauge) String() string {
	return fmt.Sprintf("clearline %d MiB, %d handles, %d goroutines; asterisk %d MiB, %d channels",
		g.memory>>10, g.handles, g.goroutines, g.exchange>>10, g.channels)
}
