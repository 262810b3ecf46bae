package notify

import (
	"context"
	"errors"
	"sync"
	"time"

	"clearline/lib/store"
)

const (
	storeMax = 2 * time.Second // for the store to answer
	stuckMax = 8               // answers of the store that are waited for at once
)

// errStuck says that the store does not answer.
var errStuck = errors.New("the store does not answer")

// box is the store's outbox, and a shelf for when there is none that answers: that the store
// has failed is told, too.
type box struct {
	kept  store.Outbox
	shelf *Shelf
	asked chan struct{} // one for each answer that is waited for

	mu   sync.Mutex
	done map[string]time.Time // letters that were sent, by name: when
}

func newBox(kept store.Outbox) *box {
	return &box{kept: kept, shelf: NewShelf(), asked: make(chan struct{}, stuckMax), done: map[string]time.Time{}}
}

// ask asks the store, for a time. A disk that hangs keeps one goroutine for each question,
// and not more of them than stuckMax.
func ask[T any](b *box, ctx context.Context, question func(context.Context) (T, error)) (answer T, err error) {
	select {
	case b.asked <- struct{}{}:
	default:
		return answer, errStuck
	}
	type answered struct {
		answer T
		err    error
	}
	ctx, cancel := context.WithTimeout(ctx, storeMax)
	defer cancel()
	done := make(chan answered, 1)
	go func() {
		defer func() { <-b.asked }()
		got, err := question(ctx)
		done <- answered{got, err}
	}()
	select {
	case got := <-done:
		return got.answer, got.err
	case <-ctx.Done():
		return answer, errStuck
	}
}

// tell asks the store to do something.
func (b *box) tell(ctx context.Context, order func(context.Context) error) error {
	_, err := ask(b, ctx, func(ctx context.Context) (struct{}, error) { return struct{}{}, order(ctx) })
	return err
}

// mail keeps letters. An error means that they are lost.
func (b *box) mail(ctx context.Context, letters []store.Letter) error {
	ctx = context.WithoutCancel(ctx)
	if err := b.tell(ctx, func(ctx context.Context) error { return b.kept.Mail(ctx, letters...) }); err != nil {
		return b.shelf.Mail(ctx, letters...)
	}
	return nil
}

// take takes the next letter to a receiver.
func (b *box) take(ctx context.Context, to string) (store.Letter, bool) {
	letters, err := b.shelf.TakeMail(ctx, to, lease, 1)
	if err == nil && len(letters) == 0 {
		letters, err = ask(b, ctx, func(ctx context.Context) ([]store.Letter, error) { return b.kept.TakeMail(ctx, to, lease, 1) })
	}
	if err != nil || len(letters) == 0 { // how the store is is told elsewhere
		return store.Letter{}, false
	}
	return letters[0], true
}

// giveBack keeps a letter that was not sent.
func (b *box) giveBack(ctx context.Context, l store.Letter) {
	if !b.shelf.has(l) {
		if b.tell(ctx, func(ctx context.Context) error { return b.kept.ReturnMail(ctx, l) }) == nil {
			return
		}
	}
	_ = b.shelf.ReturnMail(ctx, l) // a full shelf: the store hands it out again after its lease
}

// sent removes a letter that was sent, and sees to it that it is not sent again although the
// store may not know.
func (b *box) sent(ctx context.Context, l store.Letter) {
	b.mu.Lock()
	now := time.Now()
	for name, at := range b.done {
		if now.Sub(at) > store.Recall {
			delete(b.done, name)
		}
	}
	b.done[nameOf(l)] = now
	b.mu.Unlock()
	b.remove(ctx, l)
}

// wasSent reports whether a letter was sent by this run.
func (b *box) wasSent(l store.Letter) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return !b.done[nameOf(l)].IsZero()
}

// remove removes a letter from where it is.
func (b *box) remove(ctx context.Context, l store.Letter) {
	ctx = context.WithoutCancel(ctx)
	_ = b.shelf.RemoveMail(ctx, l)
	_ = b.tell(ctx, func(ctx context.Context) error { return b.kept.RemoveMail(ctx, l) }) // otherwise it is handed out once more, and removed then
}

// waiting counts the letters there are.
func (b *box) waiting(ctx context.Context) (n int) {
	counts, _ := ask(b, ctx, b.kept.CountMail)
	shelved, _ := b.shelf.CountMail(ctx)
	for _, count := range counts {
		n += count
	}
	for _, count := range shelved {
		n += count
	}
	return n
}
