package history

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"clearline/lib/call"
	"clearline/lib/store"
)

// Batch is how many entries a Change may put and remove.
const Batch = 2000

// Lists reads and changes the lists people keep. Its methods honour their context.
type Lists interface {
	// Entries hands every entry to each, in no order, and stops at the first error of
	// each, which it returns as it is. While the lists change an entry may come twice.
	Entries(ctx context.Context, each func(call.Entry) error) error
	// Change removes and then puts at most Batch entries, of one line all or none. What is
	// put replaces the entry of its key; what is removed need not be there. Doing it again
	// changes nothing.
	Change(ctx context.Context, put []call.Entry, remove []call.EntryKey) error
}

// Kept is what Serve answers from.
type Kept interface {
	Reader
	Lists
	Snapshots
	store.Documents
	Forgetter
}

const (
	changeMost = 16 << 20        // bytes of a change
	changeMax  = 3 * time.Second // for a change to be sent
	streamMax  = 2 * time.Minute // for all entries to be taken
	streams    = 4               // who may take entries at once
	flushEvery = 500             // entries that are to be taken within writeMax
)

// change is a Change on its way.
type change struct {
	Put    []call.Entry    `json:"put"`
	Remove []call.EntryKey `json:"remove"`
}

// check refuses what would be no entry.
func (c change) check() error {
	if n := len(c.Put) + len(c.Remove); n == 0 || n > Batch {
		return fmt.Errorf("%d entries cannot be changed at once: from 1 to %d can", n, Batch)
	}
	keys := c.Remove
	for _, e := range c.Put {
		keys = append(keys, e.Key())
	}
	for _, k := range keys {
		if k.List != call.Contacts && k.List != call.Blocks || k.Pattern == "" {
			return fmt.Errorf("there is no list %q, or an entry of it has no pattern: is this command of another version than the running Clearline?", k.List)
		}
	}
	return nil
}

// entries streams the lists: one entry on a line, as JSON with the names of the Go fields.
// It has no turn of its own, as the store is not held while somebody takes what was read,
// but only few may do so at once.
func (s *server) entries(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), streamMax)
	defer cancel()
	select {
	case s.streams <- struct{}{}:
		defer func() { <-s.streams }()
	default:
		http.Error(w, "others are reading the lists: run the command again", http.StatusServiceUnavailable)
		return
	}
	begun := &beginning{Writer: w}
	out := bufio.NewWriterSize(begun, 64<<10)
	encoder, control, count := json.NewEncoder(out), http.NewResponseController(w), 0
	w.Header().Set("Content-Type", "application/x-ndjson")
	err := s.kept.Entries(ctx, func(e call.Entry) error {
		if count++; count%flushEvery == 0 {
			if err := control.SetWriteDeadline(time.Now().Add(writeMax)); err != nil {
				return err
			}
		}
		return encoder.Encode(e)
	})
	if err == nil {
		err = out.Flush()
	}
	if err == nil {
		return
	}
	s.log.Warn("lists not read", "err", err)
	if begun.yes {
		panic(http.ErrAbortHandler) // whoever takes the answer is to see that it is not whole
	}
	http.Error(w, err.Error(), http.StatusInternalServerError)
}

// beginning notices whether anything was written.
type beginning struct {
	io.Writer
	yes bool
}

func (b *beginning) Write(p []byte) (int, error) {
	b.yes = true
	return b.Writer.Write(p)
}

// change changes the lists, in turn.
func (s *server) change(w http.ResponseWriter, r *http.Request) {
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(changeMax)) // otherwise the usual one holds
	var c change
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, changeMost)).Decode(&c); err != nil {
		http.Error(w, "the change cannot be understood: "+err.Error(), http.StatusBadRequest)
		return
	}
	if err := c.check(); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), readMax)
	defer cancel()
	err := inTurn(ctx, s.turn, func() error { return s.kept.Change(ctx, c.Put, c.Remove) })
	if err != nil {
		s.log.Warn("lists not changed", "err", err)
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	s.log.Info("lists changed", "put", len(c.Put), "removed", len(c.Remove))
	w.WriteHeader(http.StatusNoContent)
}
