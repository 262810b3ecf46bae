package testbed

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// hear adds to what the phone has heard and returns how to lengthen it.
func (p *Phone) hear(h Heard) (extend func(time.Time)) {
	own := &h
	p.mu.Lock()
	p.heard = append(p.heard, own)
	p.mu.Unlock()
	p.hub.timeline.AddAt(h.At, p.Name, "hears "+h.What)
	p.bell.ring()
	return func(until time.Time) {
		p.mu.Lock()
		fresh := until.Sub(own.Until) >= blockSize*time.Second/sampleRate/2
		own.Until = until
		p.mu.Unlock()
		if fresh {
			p.bell.ring()
		}
	}
}

// Heard returns all the phone has recognised, in the order of recognition: prompts,
// tones, ringing, keys ("key 5"), unknown sounds.
func (p *Phone) Heard() []Heard {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := make([]Heard, len(p.heard))
	for i, h := range p.heard {
		all[i] = *h
	}
	return all
}

// Keys returns the keys heard since a time, as a string such as "5#".
func (p *Phone) Keys(since time.Time) string {
	var keys strings.Builder
	for _, h := range p.Heard() {
		if key, ok := strings.CutPrefix(h.What, "key "); ok && !h.At.Before(since) {
			keys.WriteString(key)
		}
	}
	return keys.String()
}

// Infos is how many SIP INFO requests the phone has been sent.
func (p *Phone) Infos() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.infos
}

// WaitHeard waits until the phone hears something that fits: an item at or after index
// from of Heard, or one that still sounds after the wait began. It returns the item and
// its index.
func (p *Phone) WaitHeard(ctx context.Context, what string, from int) (Heard, int, error) {
	begun := time.Now()
	var found Heard
	at := -1
	err := p.bell.until(ctx, func() bool {
		for i, h := range p.Heard() {
			if h.Is(what) && (i >= from || h.Until.After(begun)) {
				found, at = h, i
				return true
			}
		}
		return false
	})
	if err != nil {
		return Heard{}, 0, fmt.Errorf("wait for %s to hear %s: %w; %s", p.Name, what, err, p.describe())
	}
	return found, at, nil
}

// HeardSince returns what the phone has heard, or was still hearing, since a time and
// that fits name; an empty name fits everything.
func (p *Phone) HeardSince(since time.Time, name string) []Heard {
	var found []Heard
	for _, h := range p.Heard() {
		if h.Until.After(since) && (name == "" || h.Is(name)) {
			found = append(found, h)
		}
	}
	return found
}
