package main

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"strings"
	"sync"
	"time"

	"clearline/dialplan"
	"clearline/lib/testbed"
	"clearline/lib/testbed/house"
)

//go:embed plain.conf
var plainDialplan string

//go:embed features.conf
var features string

// hall is a house of many lines: one Asterisk with the real Clearline, and beside
// Clearline's a plain dialplan for the same telephones.
type hall struct {
	house        *house.House
	binary       string
	clearline    *house.Process
	clearlinePID int
	exchange     *exchange
	pairs        []*pair
	unused       int // first line that Clearline has not seen yet
	joined       joined
	tap          *tap   // nil unless requests are traced
	dir          string // temporary
}

// pair is a line's telephone and the caller who rings it.
type pair struct {
	n                int // from 100
	line             string
	caller, resident *testbed.Phone
}

// firstLine is where lines and their numbers begin to count; see plain.conf.
const firstLine = 100

func (p *pair) guardedNumber() string { return fmt.Sprintf("01632960%03d", p.n) }
func (p *pair) plainNumber() string   { return fmt.Sprintf("07700900%03d", p.n) }

// callerNumber is what the caller shows, in a hall of size lines.
func (p *pair) callerNumber(size int) string { return fmt.Sprintf("01632960%03d", p.n+size) }

// hallOptions say what is measured in a hall.
type hallOptions struct {
	size     int               // lines
	tapped   bool              // requests to Asterisk are traced
	settings map[string]string // of Clearline's configuration, besides those of all halls
	dialplan string            // put behind Clearline's
}

// openHall starts everything but Clearline. The caller closes the hall.
func openHall(ctx context.Context, opt hallOptions, progress *progress) (h *hall, err error) {
	h = &hall{unused: opt.size}
	defer func() {
		if err != nil {
			err = errors.Join(err, h.close())
		}
	}()
	if h.dir, err = os.MkdirTemp("", "clearline-bench-"); err != nil {
		return h, fmt.Errorf("make a temporary folder: %w", err)
	}
	progress.say("compiling Clearline")
	if h.binary, err = house.Build(ctx, h.dir); err != nil {
		return h, err
	}
	progress.say("starting Asterisk with %d lines", opt.size)
	settings := map[string]string{"screening.human_check": "false", "log.level": `"info"`}
	maps.Copy(settings, opt.settings)
	var deaf error
	h.house, err = house.Open(ctx, house.Options{
		ARI: func(direct string) string {
			if !opt.tapped {
				return direct
			}
			h.tap, deaf = newTap(direct)
			return h.tap.address(direct)
		},
		Settings: settings,
		Bed: testbed.Options{
			Lines:    lines(opt.size),
			Progress: progress,
			Files: map[string]string{
				"features.conf": features,
				"logger.conf":   "[general]\n[logfiles]\nfull.log => notice,warning,error\n",
			},
		},
	})
	if err = errors.Join(err, deaf); err != nil {
		return h, err
	}
	return h, h.furnish(ctx, opt)
}

// furnish adds the dialplan to compare with, and the telephones.
func (h *hall) furnish(ctx context.Context, opt hallOptions) error {
	var contexts bytes.Buffer
	if err := dialplan.Write(&contexts, h.house.Config); err != nil {
		return err
	}
	if err := h.house.Bed.Asterisk.SetDialplan(ctx, contexts.String()+opt.dialplan); err != nil {
		return err
	}
	h.house.Bed.Timeline.Watch(h.joined.watch)
	return h.openPhones(ctx, opt.size)
}

func lines(size int) []testbed.Line {
	var all []testbed.Line
	for n := firstLine; n < firstLine+size; n++ {
		all = append(all, testbed.Line{
			ID: fmt.Sprintf("flat-%d", n), Numbers: []string{fmt.Sprintf("+441632960%03d", n)}, Endpoints: []string{fmt.Sprintf("e%d", n)},
		})
	}
	return all
}

func (h *hall) openPhones(ctx context.Context, size int) error {
	bed := h.house.Bed
	phone, err := bed.Exchange(ctx, "exchange", "")
	if err != nil {
		return err
	}
	h.exchange = answerAll(phone)
	for _, line := range lines(size) {
		p := &pair{n: firstLine + len(h.pairs), line: line.ID}
		self := testbed.Identity{Number: p.callerNumber(size)}
		if p.caller, err = bed.Caller(ctx, fmt.Sprintf("caller-%d", p.n), "", self); err != nil {
			return err
		}
		if p.resident, err = bed.Resident(ctx, fmt.Sprintf("resident-%d", p.n), line.Endpoints[0]); err != nil {
			return err
		}
		h.pairs = append(h.pairs, p)
	}
	bed.Tones.Add(talk)
	return nil
}

func (h *hall) phones() []*testbed.Phone {
	var all []*testbed.Phone
	for _, p := range h.pairs {
		all = append(all, p.caller, p.resident)
	}
	return all
}

// take returns telephones of lines on which nothing has happened that Clearline would
// remember: it refuses the callers of a line for minutes behind an attempt. When no such
// lines are left, Clearline begins anew with an empty store.
func (h *hall) take(ctx context.Context, count int, with system) ([]*pair, error) {
	if with == plain {
		return h.pairs[:count], nil
	}
	if h.unused+count > len(h.pairs) {
		if err := h.beginAnew(ctx); err != nil {
			return nil, err
		}
		h.unused = 0
	}
	pairs := h.pairs[h.unused : h.unused+count]
	h.unused += count
	return pairs, nil
}

func (h *hall) beginAnew(ctx context.Context) error {
	if err := h.stopClearline(); err != nil {
		return err
	}
	if err := os.Remove(h.house.Config.Store.Path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("empty the store: %w", err)
	}
	var err error
	if h.clearline, err = h.house.Run(ctx, h.binary); err != nil {
		return err
	}
	h.clearlinePID = processOf(h.binary)
	return nil
}

// stopWithin bounds how long Clearline may take to end in order.
const stopWithin = 8 * time.Second

func (h *hall) stopClearline() error {
	if h.clearline == nil {
		return nil
	}
	running := h.clearline
	h.clearline = nil
	stopped := make(chan error, 1)
	go func() { stopped <- running.Stop() }()
	select {
	case err := <-stopped:
		return err
	case <-time.After(stopWithin):
		running.Kill()
		return fmt.Errorf("clearline did not stop within %s", stopWithin)
	}
}

// close ends everything, in the order of dependence.
func (h *hall) close() error {
	if h.exchange != nil {
		h.exchange.stop()
	}
	if h.house != nil {
		h.house.Bed.StopPhones()
	}
	_ = h.stopClearline() // Ctrl-C reaches it too: how it ended says nothing
	if h.tap != nil {
		h.tap.close()
	}
	if h.house != nil {
		h.house.Bed.Timeline.Watch(nil)
		h.house.Close()
	}
	if h.dir == "" {
		return nil
	}
	return os.RemoveAll(h.dir)
}

// joined tells when Clearline has said that a line's guarded call is up.
type joined struct {
	mu   sync.Mutex
	line map[string]chan struct{}
}

func (j *joined) watch(m testbed.Moment) {
	if m.Who != "clearline" || !strings.Contains(m.What, "stage=guarded") {
		return
	}
	for word := range strings.FieldsSeq(m.What) {
		if id, ok := strings.CutPrefix(word, "line="); ok {
			j.mu.Lock()
			if up := j.line[id]; up != nil {
				close(up)
				delete(j.line, id)
			}
			j.mu.Unlock()
		}
	}
}

// expect returns what is closed when the line's next guarded call is up.
func (j *joined) expect(line string) <-chan struct{} {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.line == nil {
		j.line = map[string]chan struct{}{}
	}
	up := make(chan struct{})
	j.line[line] = up
	return up
}
