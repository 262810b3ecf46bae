package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"clearline/lib/testbed/house"
)

// soakCmd plays calls in one house for a long time.
type soakCmd struct {
	For  time.Duration `help:"How long." default:"10m"`
	Seed uint64        `help:"Of what is drawn by chance; 0 for a new one." default:"0"`
}

const soakHelp = `Plays calls of every kind in one house, one after the other, and lets something break in
four of ten. At the end memory, handles, goroutines and channels must be where they were after the
first tenth, nothing may be left, and every call must be in the history with a cause.`

func (soakCmd) Help() string { return soakHelp }

// soakLines are enough for a line to be at peace again when it is called next: after 999
// callers nobody knows are refused for a minute.
const soakLines = 30

// The callers of a soak, by the last digits of their numbers: none is that of a line, which
// would be a caller who pretends to be the resident.
const (
	firstStranger = 200
	strangers     = 700
)

// soaked are the faults of a soak, most of the time none. Those that lose the store on
// purpose, or need a house of their own, are for the matrix.
func soaked() []fault {
	var some []fault
	for _, f := range faults[1:] {
		if !f.redis && !f.agi && !f.loses && !f.clock && f.last <= 5*time.Second {
			some = append(some, f)
		}
	}
	return some
}

// Run soaks, and says what has grown.
func (c soakCmd) Run(ctx context.Context) error {
	dir, done, err := built(ctx, false)
	if err != nil {
		return err
	}
	defer done()
	if c.Seed == 0 {
		c.Seed = rand.Uint64()
	}
	fmt.Fprintf(os.Stderr, "seed %d\n", c.Seed)
	s, err := open(ctx, filepath.Join(dir, "clearline"), soakLines, fault{})
	if err != nil {
		return err
	}
	defer s.close()
	gauges, wrong := s.soak(ctx, c)
	if len(gauges) < 10 {
		return errors.Join(append(wrong, errors.New("too short to say anything"))...)
	}
	tenth := len(gauges) / 10
	first, last := middle(gauges[tenth:2*tenth+1]), middle(gauges[len(gauges)-tenth-1:])
	fmt.Printf("%d calls\nafter a tenth: %v\nat the end:    %v\n", len(gauges), first, last)
	return errors.Join(append(wrong, grown(first, last), s.house.Bed.CheckNothingLeft(ctx, s.base), s.written(ctx))...)
}

// soak plays calls until the time is over, and returns what was held after each.
func (s *scene) soak(ctx context.Context, c soakCmd) (gauges []gauge, wrong []error) {
	chance := rand.New(rand.NewPCG(c.Seed, 0)) //nolint:gosec // nothing secret
	some := soaked()
	for until, n := time.Now().Add(c.For), 0; time.Now().Before(until) && ctx.Err() == nil; n++ {
		f, st := faults[0], states[chance.IntN(len(states))]
		if chance.IntN(10) < 4 {
			f = some[chance.IntN(len(some))]
		}
		said, err := s.round(ctx, n, f, st)
		if err != nil {
			said = "WRONG: " + err.Error()
			wrong = append(wrong, fmt.Errorf("call %d, %s, %s: %w", n, f.name, st.name, err))
		}
		g, err := s.gauge(ctx)
		if err != nil {
			wrong = append(wrong, err)
		}
		gauges = append(gauges, g)
		fmt.Fprintf(os.Stderr, "%4d  %s, %s: %s\n      %v\n", n, f.name, st.name, said, g)
	}
	return gauges, wrong
}

// round plays one call, and hangs everything up.
func (s *scene) round(ctx context.Context, n int, f fault, st state) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := s.call(ctx, n%soakLines, firstStranger+n%strangers); err != nil {
		return "", err
	}
	said, err := st.play(ctx, s, f)
	if err == nil {
		err = s.mend()
	}
	s.house.Bed.StopPhones()
	return said, errors.Join(err, s.house.Bed.CheckNothingLeft(ctx, s.base), s.ready(ctx))
}

// built compiles the program into a folder, and the one whose clock can jump.
func built(ctx context.Context, jumping bool) (dir string, done func(), err error) {
	dir, err = os.MkdirTemp("", "clearline-faults-")
	if err != nil {
		return "", nil, err
	}
	done = func() { _ = os.RemoveAll(dir) }
	if _, err = house.Build(ctx, dir); err == nil && jumping {
		err = buildJumping(ctx, dir)
	}
	if err != nil {
		done()
		return "", nil, err
	}
	return dir, done, nil
}

// program is the one for a fault.
func program(dir string, f fault) string {
	if f.clock {
		return filepath.Join(dir, jumping)
	}
	return filepath.Join(dir, "clearline")
}
