package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"clearline/lib/testbed"
)

// exchange answers what Asterisk sends out by the trunk, and knows who dialled.
type exchange struct {
	phone  *testbed.Phone
	cancel context.CancelFunc
	done   chan struct{}

	mu   sync.Mutex
	from map[string]*testbed.Call // the latest call, by the number it comes from
}

// often is the time between two looks at a telephone. Times are those of packets: it
// makes none of them longer.
const often = 5 * time.Millisecond

func answerAll(phone *testbed.Phone) *exchange {
	ctx, cancel := context.WithCancel(context.Background())
	x := &exchange{phone: phone, cancel: cancel, done: make(chan struct{}), from: map[string]*testbed.Call{}}
	go x.run(ctx)
	return x
}

func (x *exchange) run(ctx context.Context) {
	defer close(x.done)
	var answering sync.WaitGroup
	defer answering.Wait()
	tick := time.NewTicker(often)
	defer tick.Stop()
	for seen := 0; ; {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		calls := x.phone.Calls()
		for _, c := range calls[seen:] {
			x.mu.Lock()
			x.from[c.Far] = c
			x.mu.Unlock()
			answering.Go(func() {
				if c.WaitState(ctx, testbed.Ringing) == nil {
					_ = c.Answer(ctx) // one that was given up meanwhile shows by its sample
				}
			})
		}
		seen = len(calls)
	}
}

// expect forgets an earlier call from a line.
func (x *exchange) expect(p *pair) {
	x.mu.Lock()
	defer x.mu.Unlock()
	delete(x.from, p.number())
}

// rung is the call from a line; nil while there is none.
func (x *exchange) rung(p *pair) *testbed.Call {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.from[p.number()]
}

func (x *exchange) stop() {
	x.cancel()
	<-x.done
}

// number is what the line shows when it dials out.
func (p *pair) number() string { return fmt.Sprintf("+441632960%03d", p.n) }
