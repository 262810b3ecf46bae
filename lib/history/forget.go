package history

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"time"

	"clearline/lib/call"
)

// forgetMax bounds how long it may take to find or forget a number: files are read and
// written from one end to the other.
const forgetMax = 5 * time.Minute

// Forgetter finds and removes what is kept about a number, which is one as Caller.Number
// has it.
type Forgetter interface {
	// Traces returns what is kept about a number.
	Traces(ctx context.Context, number string) (call.Traces, error)
	// Forget removes it and returns what it was; entries of the lists stay unless lists is
	// set, and calls under way stay in any case. Doing it again does no harm.
	Forget(ctx context.Context, number string, lists bool) (call.Traces, error)
}

// about asks about a number. It is no part of a path, which may be logged.
type about struct {
	Number string `json:"number"`
	Lists  bool   `json:"lists"`
}

func (s *server) traces(w http.ResponseWriter, r *http.Request) {
	s.about(w, r, func(ctx context.Context, a about) (call.Traces, error) { return s.kept.Traces(ctx, a.Number) })
}

func (s *server) forget(w http.ResponseWriter, r *http.Request) {
	s.about(w, r, func(ctx context.Context, a about) (call.Traces, error) { return s.kept.Forget(ctx, a.Number, a.Lists) })
}

// about does something about a number, one at a time and while no snapshot is made. Others
// may read meanwhile.
func (s *server) about(w http.ResponseWriter, r *http.Request, do func(context.Context, about) (call.Traces, error)) {
	var asked about
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 64<<10)).Decode(&asked); err != nil || asked.Number == "" {
		http.Error(w, "no number can be read in the question", http.StatusBadRequest)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), forgetMax)
	defer cancel()
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(forgetMax + writeMax)) // otherwise the usual one holds
	var found call.Traces
	err := inTurn(ctx, s.making, func() (err error) {
		found, err = do(ctx, asked)
		return err
	})
	if err != nil {
		s.log.Warn("not found or forgotten what is kept about a number", "err", err)
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(found) // who asked has gone
}

// Traces implements Forgetter. The error wraps ErrNobody when nobody listens.
func (c Client) Traces(ctx context.Context, number string) (call.Traces, error) {
	return c.about(ctx, "traces", about{Number: number})
}

// Forget implements Forgetter. The error wraps ErrNobody when nobody listens.
func (c Client) Forget(ctx context.Context, number string, lists bool) (call.Traces, error) {
	return c.about(ctx, "forget", about{Number: number, Lists: lists})
}

func (c Client) about(ctx context.Context, what string, asked about) (found call.Traces, err error) {
	ctx, cancel := context.WithTimeout(ctx, forgetMax+askMax)
	defer cancel()
	body, err := json.Marshal(asked)
	if err != nil {
		return found, err
	}
	answer, err := c.request(ctx, http.MethodPost, what, body)
	if err != nil {
		return found, err
	}
	defer func() { _ = answer.Close() }()
	text, err := io.ReadAll(io.LimitReader(answer, answerMax))
	if err != nil {
		return found, c.meaning(err)
	}
	if err := json.NewDecoder(bytes.NewReader(text)).Decode(&found); err != nil {
		return found, misunderstood(err)
	}
	return found, nil
}
