package flow_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"clearline/lib/flow"
)

// terms are what the callers of the tests may know.
var terms = flow.Terms{Code: "31416", Word: "2718281"}

func TestACodeIsNeverPrinted(t *testing.T) {
	told := newTelling(t)
	told.s.Terms = terms
	told.begins()
	told.press(caller, "*3141")
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		for _, holder := range []any{terms.Code, terms, &terms, told.s, []flow.Code{terms.Word}, told.s.Keyed} {
			if text := fmt.Sprintf(verb, holder); leaks(text) {
				t.Errorf("%s of a %T shows the digits", verb, holder)
			}
		}
	}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("begun", "terms", terms, "code", terms.Code)
	if leaks(log.String()) {
		t.Errorf("a log shows the digits: %s", log.String())
	}
}

// leaks says whether text holds a code or a word of terms, or most of it, in digits or as
// hex.
func leaks(text string) bool {
	for _, secret := range []string{"3141", "2718", fmt.Sprintf("%x", "3141"), fmt.Sprintf("%x", "2718")} {
		if strings.Contains(text, secret) {
			return true
		}
	}
	return false
}
