// Package users keeps the people who may use the console, and finds out whether somebody
// is one of them.
package users

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"clearline/lib/call"
)

// Role says what a user may do. What that is in particular is for others to say.
type Role string

// The roles.
const (
	Admin  Role = "admin"  // everything, on every line
	Warden Role = "warden" // decide, listen and keep lists, on their lines
	Viewer Role = "viewer" // look, on their lines; nothing is played to them
)

// Roles are all there are.
func Roles() []Role { return []Role{Admin, Warden, Viewer} }

// User is somebody who may use the console.
type User struct {
	Name     string // 1 to 40 of a to z, 0 to 9, and - _ . within
	Role     Role
	Lines    []call.LineID // those they look after
	AllLines bool          // they look after every line, those of later among them; an admin does
	Password string        // argon2id hash with its parameters, in the PHC string format
	Secret   string        // of one-time codes (RFC 6238), base32; empty when none are asked for
	Epoch    string        // changes with everything that ends what they are signed in to
	Made     time.Time
}

// Sees reports whether the user looks after a line.
func (u User) Sees(line call.LineID) bool {
	return u.AllLines || u.Role == Admin || slices.Contains(u.Lines, line)
}

// The bounds of a password, in bytes: NIST SP 800-63B asks for length and nothing else.
const (
	ShortestPassword = 12
	LongestPassword  = 512
)

// WrongError says why somebody cannot be a user, or a password cannot be one, and what would
// be right.
type WrongError struct{ Why string }

// Error is what is wrong, in words.
func (e *WrongError) Error() string { return e.Why }

func wrong(format string, args ...any) error { return &WrongError{fmt.Sprintf(format, args...)} }

var nameForm = regexp.MustCompile(`^[a-z0-9]([a-z0-9._-]{0,38}[a-z0-9])?$`)

// CheckName says what is wrong with a name: a *WrongError.
func CheckName(name string) error {
	switch {
	case name == call.ByResident:
		return wrong("%q stands for whoever picks up the telephone: choose another name", name)
	case !nameForm.MatchString(name):
		return wrong("%q cannot be a name: use 1 to 40 of a to z, 0 to 9, and - _ . within", name)
	}
	return nil
}

// CheckPassword says what is wrong with a password for somebody: a *WrongError.
func CheckPassword(name, password string) error {
	switch n := len(password); {
	case !utf8.ValidString(password):
		return wrong("the password is no text in UTF-8")
	case n < ShortestPassword:
		return wrong("the password is too short: use %d characters or more, such as four words", ShortestPassword)
	case n > LongestPassword:
		return wrong("the password is too long: use %d bytes at most", LongestPassword)
	case monotonous(password, name):
		return wrong("the password can be guessed: use four words that have nothing to do with each other")
	}
	return nil
}

// monotonous reports whether a password is one of the kinds that are tried first: few
// different characters, or a name with little more.
func monotonous(password, name string) bool {
	different := map[rune]bool{}
	for _, r := range password {
		different[r] = true
	}
	return len(different) < 5 || len(name) >= 6 && len(password) < len(name)+6 && strings.HasPrefix(password, name)
}

// check says what is wrong with a user, their password aside.
func (u User) check() error {
	if err := CheckName(u.Name); err != nil {
		return err
	}
	switch {
	case !slices.Contains(Roles(), u.Role):
		return wrong("there is no role %q: choose admin, warden or viewer", u.Role)
	case u.Role != Admin && !u.AllLines && len(u.Lines) == 0:
		return wrong("%s %s looks after no line: name the lines, or all", u.Role, u.Name)
	}
	return nil
}
