// Package peers lets the Clearlines that share a store ask each other to clear a line,
// each beside an Asterisk of its own.
package peers

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"clearline/lib/call"
)

const (
	// BeatEvery is how often a node says that it lives.
	BeatEvery  = 3 * time.Second
	leastLasts = 10 * time.Second
	missedWait = 500 * time.Millisecond // before another try to say that this node lives
	postLasts  = 3 * time.Second        // what is older is answered by nobody
)

// Wire carries what nodes say to each other.
type Wire interface {
	// Announce says that a run of a node lives, for a time, and returns all nodes that do.
	Announce(ctx context.Context, node, run string, lasts time.Duration) (live []string, err error)
	// Withdraw says that a node lives no more.
	Withdraw(ctx context.Context, node string) error
	// Post leaves a text for a node for a time, under an id of its own.
	Post(ctx context.Context, node, id string, text []byte, lasts time.Duration) error
	// Listen calls functions, one at a time, until ctx is done: began when nothing is
	// missed from then on, here with a node that lives and its run, gone with one that has
	// ended, and post with a text for node.
	Listen(ctx context.Context, node string, began func(), here func(node, run string), gone func(node string), post func(text []byte)) error
}

// Vacate ends what a line has at this node, for another one.
type Vacate func(ctx context.Context, v call.Vacate) (call.Vacated, error)

// Options are what Peers need.
type Options struct {
	Name  string // of this node
	Wire  Wire
	Lasts time.Duration // how long a node that says no more counts as living; 10 s at least
	Log   *slog.Logger
}

// Peers are the other nodes.
type Peers struct {
	opt Options
	run string // tells this run from another of the same name

	mu      sync.Mutex
	live    map[string]time.Time // nodes other than this one, and when one was last heard of
	waiting map[string]chan message

	work   sync.WaitGroup
	cancel context.CancelFunc
}

// message is a question to a node, or an answer to it.
type message struct {
	ID      string // of the question
	From    string
	Vacate  *call.Vacate  `json:",omitempty"`
	Vacated *call.Vacated `json:",omitempty"`
	Fault   string        `json:",omitempty"` // why there is no answer
}

// New makes the peers of a node. Nothing is said to anybody before Start.
func New(opt Options) *Peers {
	opt.Lasts = max(opt.Lasts, leastLasts)
	return &Peers{opt: opt, run: rand.Text(), live: map[string]time.Time{}, waiting: map[string]chan message{}}
}

// Start makes this node known, and answers others with what vacate says.
func (p *Peers) Start(ctx context.Context, vacate Vacate) {
	ctx, p.cancel = context.WithCancel(context.WithoutCancel(ctx))
	heard := make(chan struct{}, 1) // holds a token when this node can be asked
	p.work.Go(func() {
		began := func() {
			select {
			case heard <- struct{}{}:
			default:
			}
		}
		err := p.opt.Wire.Listen(ctx, p.opt.Name, began, p.here, p.gone, func(text []byte) { p.posted(ctx, vacate, text) })
		if err != nil {
			p.opt.Log.Error("other nodes are not heard: nothing is cleared for them here", "err", err)
		}
	})
	p.work.Go(func() { p.beat(ctx, heard) })
}

// Stop ends everything. To the others this node lives until its time is over, or it
// withdraws.
func (p *Peers) Stop() {
	if p.cancel == nil {
		return
	}
	p.cancel()
	p.work.Wait()
}

// Withdraw says that this node has nothing to clear any more. Stop comes first.
func (p *Peers) Withdraw(ctx context.Context) {
	if err := p.opt.Wire.Withdraw(ctx, p.opt.Name); err != nil {
		p.opt.Log.Warn("other nodes do not know that this one ends, and will miss its answers for a while", "err", err)
	}
}

// beat says again and again that this node lives. It begins when it can be asked.
func (p *Peers) beat(ctx context.Context, heard <-chan struct{}) {
	pause := 24 * time.Hour // until then nobody should ask
	reached := true
	for {
		select {
		case <-ctx.Done():
			return
		case <-heard:
		case <-time.After(pause):
		}
		pause = BeatEvery
		live, err := p.opt.Wire.Announce(ctx, p.opt.Name, p.run, p.opt.Lasts)
		switch {
		case ctx.Err() != nil:
			return
		case err == nil:
			p.learn(func(nodes map[string]time.Time, now time.Time) { listed(nodes, live, now, p.opt.Lasts) })
		case reached:
			p.opt.Log.Error("other nodes cannot be reached: those that lived count as living, and as not clear", "nodes", p.Live(), "err", err)
		}
		if reached = err == nil; !reached {
			pause = missedWait
		}
	}
}

// listed takes in who lives by the list. One that is not in it, but was heard of within its
// time, has been lost from the list, not died.
func listed(nodes map[string]time.Time, list []string, now time.Time, lasts time.Duration) {
	for node, heard := range nodes {
		if !slices.Contains(list, node) && now.Sub(heard) >= lasts {
			delete(nodes, node)
		}
	}
	for _, node := range list {
		if _, known := nodes[node]; !known {
			nodes[node] = now
		}
	}
}

// learn changes what is known of who lives.
func (p *Peers) learn(change func(nodes map[string]time.Time, now time.Time)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	was := slices.Sorted(maps.Keys(p.live))
	change(p.live, time.Now())
	delete(p.live, p.opt.Name)
	if live := slices.Sorted(maps.Keys(p.live)); !slices.Equal(was, live) {
		p.opt.Log.Info("other nodes that live", "nodes", live)
	}
}

func (p *Peers) here(node, run string) {
	if node == p.opt.Name && run != p.run {
		p.opt.Log.Error("another Clearline has the name of this node: neither clears a line for the other", "node", node)
	}
	p.learn(func(nodes map[string]time.Time, now time.Time) { nodes[node] = now })
}

func (p *Peers) gone(node string) {
	p.learn(func(nodes map[string]time.Time, _ time.Time) { delete(nodes, node) })
}

// Live names the other nodes that live, as far as is known. While they cannot be reached
// it names those that lived before.
func (p *Peers) Live() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Sorted(maps.Keys(p.live))
}

// Vacate asks a node to end what a line has there, and waits for its answer.
func (p *Peers) Vacate(ctx context.Context, node string, v call.Vacate) (call.Vacated, error) {
	answer, err := p.ask(ctx, node, v)
	switch {
	case err != nil:
		return call.Vacated{}, fmt.Errorf("ask node %s to clear line %s: %w", node, v.Line, err)
	case answer.Vacated == nil:
		return call.Vacated{}, fmt.Errorf("ask node %s to clear line %s: it says: %s", node, v.Line, answer.Fault)
	}
	return *answer.Vacated, nil
}

func (p *Peers) ask(ctx context.Context, node string, v call.Vacate) (message, error) {
	id := rand.Text()
	answered := make(chan message, 1)
	p.mu.Lock()
	p.waiting[id] = answered
	p.mu.Unlock()
	defer func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.waiting, id)
	}()
	if err := p.post(ctx, node, id, message{ID: id, From: p.opt.Name, Vacate: &v}); err != nil {
		return message{}, err
	}
	select {
	case answer := <-answered:
		return answer, nil
	case <-ctx.Done():
		return message{}, ctx.Err()
	}
}

func (p *Peers) post(ctx context.Context, node, id string, m message) error {
	text, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("write a message to node %s: %w", node, err)
	}
	return p.opt.Wire.Post(ctx, node, id, text, postLasts)
}

// posted takes an answer to who waits for it, and answers a question beside everything
// else.
func (p *Peers) posted(ctx context.Context, vacate Vacate, text []byte) {
	var m message
	if err := json.Unmarshal(text, &m); err != nil {
		p.opt.Log.Warn("a message of another node cannot be read", "err", err)
		return
	}
	if m.Vacate == nil {
		p.mu.Lock()
		defer p.mu.Unlock()
		if waiting := p.waiting[m.ID]; waiting != nil {
			delete(p.waiting, m.ID) // it is answered once
			waiting <- m
		}
		return
	}
	p.work.Go(func() { p.answer(ctx, vacate, m) })
}

func (p *Peers) answer(ctx context.Context, vacate Vacate, question message) {
	ctx, cancel := context.WithTimeout(ctx, postLasts)
	defer cancel()
	answer := message{ID: question.ID, From: p.opt.Name}
	vacated, err := vacate(ctx, *question.Vacate)
	if err != nil {
		answer.Fault = err.Error()
	} else {
		answer.Vacated = &vacated
	}
	err = p.post(ctx, question.From, question.ID+"-answer", answer)
	if err != nil && !errors.Is(err, context.Canceled) {
		p.opt.Log.Warn("another node is not answered", "node", question.From, "err", err)
	}
}
