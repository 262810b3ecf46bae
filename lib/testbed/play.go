package testbed

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// Play is one performance of a scenario.
type Play struct {
	Bed *Bed
	// Patience is how long a step waits for what must come true.
	Patience time.Duration
	// OnStep is called after each step with how long it took and its error; may be nil.
	OnStep func(step Step, took time.Duration, err error)

	// Begun is when the performance began.
	Begun time.Time

	base Baseline
	mu   sync.Mutex
	// groups are names that stand for several phones, in order.
	groups map[string][]string
	heard  map[*Phone]time.Time // begin of the last thing a line was about
	tones  int
}

// defaultPatience suits prompts of speech on a busy machine.
const defaultPatience = 15 * time.Second

// Perform plays a scenario on the bed and stops its phones afterwards. Its own phones
// must be the only ones. The error names file and line, and says what happened instead.
func (b *Bed) Perform(ctx context.Context, s *Scenario, onStep func(Step, time.Duration, error)) error {
	p := &Play{Bed: b, Patience: defaultPatience, OnStep: onStep}
	return p.Perform(ctx, s)
}

// Perform plays a scenario.
func (p *Play) Perform(ctx context.Context, s *Scenario) error {
	p.groups, p.heard = map[string][]string{}, map[*Phone]time.Time{}
	p.base, p.Begun = p.Bed.Baseline(), time.Now()
	defer p.Bed.StopPhones()
	for _, step := range s.Steps {
		begun := time.Now()
		err := p.step(ctx, step)
		if p.OnStep != nil {
			p.OnStep(step, time.Since(begun), err)
		}
		if err != nil {
			p.Bed.Timeline.Add("scenario", "FAILED %s: %v", step, err)
			return fmt.Errorf("%s: %w", step, err)
		}
	}
	return nil
}

func (p *Play) step(ctx context.Context, step Step) error {
	p.Bed.Timeline.Add("scenario", "%s", step)
	patience, err := Values(step.values).Duration("within", p.Patience)
	if err != nil {
		return err
	}
	// A step that lets time pass needs that time on top.
	for _, name := range []string{"for", "length"} {
		extra, err := Values(step.values).Duration(name, 0)
		if err != nil {
			return err
		}
		patience += extra
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return step.verb.do(ctx, p, step.values)
}

// Phones returns the phones a name stands for: one, or a group's in order.
func (p *Play) Phones(name string) ([]*Phone, error) {
	p.mu.Lock()
	names, isGroup := p.groups[name]
	p.mu.Unlock()
	if !isGroup {
		names = []string{name}
	}
	var phones []*Phone
	for _, n := range names {
		phone := p.Bed.Phone(n)
		if phone == nil {
			return nil, fmt.Errorf("find phone %q: no earlier line introduces it", n)
		}
		phones = append(phones, phone)
	}
	return phones, nil
}

// Each does something with every phone a name stands for, all at once.
func (p *Play) Each(name string, do func(i int, phone *Phone) error) error {
	phones, err := p.Phones(name)
	if err != nil {
		return err
	}
	errs := make([]error, len(phones))
	var wg sync.WaitGroup
	for i, phone := range phones {
		wg.Go(func() { errs[i] = do(i, phone) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

// Heard waits until a phone hears what no earlier line has been about.
func (p *Play) Heard(ctx context.Context, phone *Phone, what string) (Heard, error) {
	p.mu.Lock()
	after := p.heard[phone]
	p.mu.Unlock()
	begun := time.Now()
	var found Heard
	err := phone.bell.until(ctx, func() bool {
		all := phone.Heard()
		i := slices.IndexFunc(all, func(h Heard) bool {
			return (what == "anything" || h.Is(what)) && (h.At.After(after) || h.Until.After(begun))
		})
		if i >= 0 {
			found = all[i]
		}
		return i >= 0
	})
	if err != nil {
		return Heard{}, fmt.Errorf("wait for %s to hear %s: %w; %s", phone.Name, what, err, phone.describe())
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if found.At.After(p.heard[phone]) {
		p.heard[phone] = found.At
	}
	return found, nil
}

// freshTone returns a frequency that nobody else says, as long as there are such.
func (p *Play) freshTone() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	for range 100 {
		hz := 500 + 21*(p.tones%100)
		p.tones++
		if !slices.ContainsFunc(p.Bed.Tones.all(), func(have int) bool { return have != hz && have-hz < 20 && hz-have < 20 }) {
			return hz
		}
	}
	return 500
}

// pass lets time pass.
func pass(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
