package flow_test

import (
	"fmt"
	"strings"

	"clearline/lib/flow"
	"clearline/lib/prompt"
)

// secrets watches, from a caller's keys and a flow's effects alone, that who is let past
// has keyed what lets past, and that nothing says what that is.
type secrets struct {
	terms     flow.Terms
	admission flow.Admission
	keys      string               // of the caller, all of them
	misses    int                  // wrong codes that were noted
	right     bool                 // a code or a word was noted as right
	knew      map[flow.Secret]bool // was noted as right before it was locked
}

func (w *secrets) before(ev flow.Event, current flow.Screening) {
	w.terms = current.Terms
	switch ev := ev.(type) {
	case flow.Began:
		if current.Stage == flow.Beginning {
			w.admission = ev.Admission
		}
	case flow.DTMF:
		if ev.Leg == current.Caller && !current.CallerGone {
			w.keys += string(ev.Key)
		}
	}
}

// digits are the caller's keys without those that begin again or mean nothing.
func (w *secrets) digits() string { return strings.ReplaceAll(w.keys, "*", "") }

func (w *secrets) knowsCode() bool {
	code := string(w.terms.Code)
	return w.knew[flow.BypassCode] || code != "" && !w.terms.CodeLocked && w.misses < 3 && strings.Contains(w.keys, "*") && strings.Contains(w.digits(), code)
}

func (w *secrets) knowsWord() bool {
	word := string(w.terms.Word)
	return w.knew[flow.FamilyWord] || w.admission == flow.AskedWord && word != "" && !w.terms.WordLocked && strings.Contains(w.digits(), word)
}

func (w *secrets) effect(t fataler, e flow.Effect) {
	t.Helper()
	if text := mustJSON(e) + fmt.Sprintf("%+v", e); leaks(text) {
		t.Fatalf("an effect holds a code: %s", text)
	}
	switch e := e.(type) {
	case flow.NoteSecret:
		w.noted(t, e)
	case flow.RingResident:
		if w.admission == flow.TakesMessage && !w.knowsCode() {
			t.Fatalf("%s rings at night, but the code was not keyed", e.Endpoint)
		}
	case flow.Play:
		said := string(e.Script)
		if strings.Contains(said, string(prompt.KnewCode)) && !w.knowsCode() || strings.Contains(said, string(prompt.KnewWord)) && !w.knowsWord() {
			t.Fatalf("%s is said of a caller who keyed %s", said, w.keys)
		}
	}
}

func (w *secrets) noted(t fataler, e flow.NoteSecret) {
	t.Helper()
	locked, knows := w.terms.CodeLocked, w.knowsCode()
	if e.Secret == flow.FamilyWord {
		locked, knows = w.terms.WordLocked, w.knowsWord()
	}
	if locked || w.right || e.Right && !knows {
		t.Fatalf("%+v after the keys %s", e, w.keys)
	}
	w.right = e.Right
	w.knew = map[flow.Secret]bool{e.Secret: e.Right}
	if e.Secret == flow.BypassCode && !e.Right {
		w.misses++
	}
}
