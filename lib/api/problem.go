package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"clearline/lib/desk"
	"clearline/lib/store"
)

// problem is what was wrong with a request, as RFC 9457 writes it down.
type problem struct {
	Type     string        `json:"type"` // names the kind of problem, and stays as it is
	Title    string        `json:"title"`
	Status   int           `json:"status"`
	Detail   string        `json:"detail,omitempty"`
	Field    string        `json:"field,omitempty"`    // of the request, that is wrong
	Decision *decisionJSON `json:"decision,omitempty"` // about the call, that holds
}

// Error is the title: a problem can be returned as it is.
func (p problem) Error() string { return p.Title }

// kind begins the types of problems.
const kind = "urn:clearline:problem:"

// The problems.
var (
	problemToken   = problem{Type: kind + "token", Status: http.StatusUnauthorized, Title: "A valid bearer token is needed."}
	problemAllowed = problem{Type: kind + "not-allowed", Status: http.StatusForbidden, Title: "The token does not allow that, or there is no such thing on its lines."}
	problemFound   = problem{Type: kind + "not-found", Status: http.StatusNotFound, Title: "There is no such thing."}
	problemPath    = problem{Type: kind + "path", Status: http.StatusNotFound, Title: "The API has no such path."}
	problemMethod  = problem{Type: kind + "method", Status: http.StatusMethodNotAllowed, Title: "The path does not know the method."}
	problemGone    = problem{Type: kind + "gone", Status: http.StatusConflict, Title: "The call is over."}
	problemDecided = problem{Type: kind + "decided", Status: http.StatusConflict, Title: "Somebody has decided already."}
	problemWaits   = problem{Type: kind + "not-waiting", Status: http.StatusConflict, Title: "The caller does not wait for a decision yet."}
	problemOwn     = problem{Type: kind + "residents-choice", Status: http.StatusForbidden, Title: "The resident alone accepts callers of this line."}
	problemSize    = problem{Type: kind + "size", Status: http.StatusRequestEntityTooLarge, Title: "The request is too big."}
	problemWrong   = problem{Type: kind + "wrong", Status: http.StatusBadRequest, Title: "The request cannot be understood."}
	problemPace    = problem{Type: kind + "pace", Status: http.StatusTooManyRequests, Title: "Too many requests: try again in a while."}
	problemStore   = problem{Type: kind + "store", Status: http.StatusServiceUnavailable, Title: "The store cannot be reached: try again later."}
	problemFault   = problem{Type: kind + "fault", Status: http.StatusInternalServerError, Title: "Something went wrong, and Clearline's log says what."}
)

// fail answers with what an error means.
func (a *API) fail(w http.ResponseWriter, r *http.Request, err error) {
	var (
		p     problem
		wrong *desk.WrongError
		size  *http.MaxBytesError
	)
	switch {
	case errors.As(err, &p):
	case errors.As(err, &wrong):
		p = problemWrong
		p.Field, p.Detail = wrong.Field, wrong.Why
	case errors.As(err, &size):
		p = problemSize
	case errors.Is(err, desk.ErrForbidden):
		p = problemAllowed
	case errors.Is(err, desk.ErrNotFound):
		p = problemFound
	case errors.Is(err, desk.ErrGone):
		p = problemGone
	case errors.Is(err, desk.ErrBusy):
		p = problemPace
	case r.Context().Err() != nil:
		return // nobody is there to be told
	case errors.Is(err, store.ErrUnreachable), errors.Is(err, context.DeadlineExceeded):
		p = problemStore
	default:
		a.opts.Log.Error("request of a program failed", "method", r.Method, "path", r.URL.Path, "err", err)
		p = problemFault
	}
	refuse(w, p)
}

// refuse answers with a problem.
func refuse(w http.ResponseWriter, p problem) {
	if p.Status == http.StatusTooManyRequests || p.Status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "2")
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // who asked may be gone
}

// say answers with a value.
func say(w http.ResponseWriter, status int, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(append(text, '\n')) // who asked may be gone
	return nil
}
