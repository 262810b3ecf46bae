package asterisk

import "sync"

// background counts what runs beside the callers. Unlike a sync.WaitGroup it may be
// added to while somebody waits.
type background struct {
	mu      sync.Mutex
	running int
	idle    chan struct{} // closed when running falls to 0; nil while it is 0
}

// run runs f beside the caller.
func (b *background) run(f func()) {
	b.mu.Lock()
	if b.running == 0 {
		b.idle = make(chan struct{})
	}
	b.running++
	b.mu.Unlock()
	go func() {
		defer b.done()
		f()
	}()
}

func (b *background) done() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.running--
	if b.running == 0 {
		close(b.idle)
		b.idle = nil
	}
}

// wait returns when nothing runs.
func (b *background) wait() {
	b.mu.Lock()
	idle := b.idle
	b.mu.Unlock()
	if idle != nil {
		<-idle
	}
}
