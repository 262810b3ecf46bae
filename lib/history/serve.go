package history

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"time"
)

const (
	readMax  = 3 * time.Second // for the history to be read, others' turns included
	writeMax = 5 * time.Second // for an answer to be taken
	closeMax = time.Second     // for answers under way when it is stopped
)

// server answers one question at a time, so that nobody who asks can keep the store
// from calls. Entries are too many for that: they are read a few at a time.
type server struct {
	kept    Kept
	log     *slog.Logger
	turn    chan struct{} // holds an item while the history is read, or the lists are changed
	streams chan struct{} // holds an item for each who takes entries
	making  chan struct{} // holds an item while a snapshot is made, or something is forgotten
}

// Serve answers on l from what is kept until ctx is done, and then returns nil. Nothing reads
// any more when it returns, and l is closed.
func Serve(ctx context.Context, l net.Listener, kept Kept, log *slog.Logger) error {
	s := &server{kept: kept, log: log, turn: make(chan struct{}, 1), streams: make(chan struct{}, streams), making: make(chan struct{}, 1)}
	mux := http.NewServeMux()
	mux.Handle("GET /calls", answer(s, kept.Records))
	mux.Handle("GET /incidents", answer(s, kept.Attempts))
	mux.HandleFunc("GET /entries", s.entries)
	mux.HandleFunc("POST /entries", s.change)
	mux.HandleFunc("POST /snapshots", s.snapshot)
	mux.HandleFunc("GET /documents", s.documents)
	mux.HandleFunc("POST /documents", s.changeDocument)
	mux.HandleFunc("POST /traces", s.traces)
	mux.HandleFunc("POST /forget", s.forget)
	web := &http.Server{
		Handler:           mux,
		ReadHeaderTimeout: time.Second, ReadTimeout: time.Second, IdleTimeout: time.Second,
		WriteTimeout: writeMax, MaxHeaderBytes: 4096,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	stopped := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(stopped)
		patience, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeMax)
		defer cancel()
		if web.Shutdown(patience) != nil {
			_ = web.Close() // who does not take an answer goes without
		}
	})
	err := web.Serve(l)
	if !stop() {
		<-stopped
		err = nil
	} else {
		_ = web.Close()
		err = fmt.Errorf("serve the history: %w", err)
	}
	s.turn <- struct{}{} // the last turn is over, and there is no other
	for range streams {
		s.streams <- struct{}{}
	}
	s.making <- struct{}{}
	return err
}

// answer lists what read returns, as JSON with the names of the Go fields.
func answer[T any](s *server, read func(context.Context, int) ([]T, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		limit, err := strconv.Atoi(r.URL.Query().Get("limit"))
		if err != nil || limit < 1 || limit > Most {
			http.Error(w, fmt.Sprintf("limit must be a number from 1 to %d", Most), http.StatusBadRequest)
			return
		}
		ctx, cancel := context.WithTimeout(r.Context(), readMax)
		defer cancel()
		var body []byte
		err = inTurn(ctx, s.turn, func() error {
			list, err := read(ctx, limit)
			if err == nil {
				body, err = json.Marshal(list)
			}
			return err
		})
		if err != nil {
			s.log.Warn("history not read", "path", r.URL.Path, "err", err)
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(body) // who asked has gone
	}
}

// inTurn does what nobody else may do meanwhile who waits for the same turn.
func inTurn(ctx context.Context, turn chan struct{}, do func() error) error {
	select {
	case turn <- struct{}{}:
		defer func() { <-turn }()
		return do()
	case <-ctx.Done():
		return ctx.Err()
	}
}
