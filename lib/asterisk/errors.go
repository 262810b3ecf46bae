package asterisk

import (
	"errors"
	"fmt"
	"net/http"

	"clearline/lib/call"
)

// ErrGone says that the leg an effect names no longer exists. It is [call.ErrLegGone].
var ErrGone = call.ErrLegGone

// How Asterisk words its refusals: a 409 about a channel that is no application's, and a 404
// about one that is no more.
const (
	notInStasis = "not in Stasis"
	noChannel   = "Channel not found"
)

// refusal is an answer of Asterisk's other than success.
type refusal struct {
	status  int
	message string // Asterisk's own words
}

// ErrStranger is wrapped when Asterisk does not know the user, or not with that password.
var ErrStranger = errors.New("unknown user or password")

// Is reports whether the refusal is one of those that others tell apart.
func (r *refusal) Is(target error) bool {
	return target == ErrStranger && r.status == http.StatusUnauthorized
}

func (r *refusal) Error() string {
	if r.message == "" {
		return fmt.Sprintf("asterisk answered %d", r.status)
	}
	return fmt.Sprintf("asterisk answered %d: %s", r.status, r.message)
}

// status is the HTTP status in err, or 0.
func status(err error) int {
	var r *refusal
	if errors.As(err, &r) {
		return r.status
	}
	return 0
}

// orMissing makes a 404 a success: what should go is not there.
func orMissing(err error) error {
	if status(err) == http.StatusNotFound {
		return nil
	}
	return err
}
