package store_test

import (
	"testing"

	"clearline/lib/store"
)

func TestALetterSaysNothingOfWhomIsForgotten(t *testing.T) {
	const discreet = "What this message said of the caller was forgotten before it could be sent. The history has the rest."
	for _, text := range []string{
		"+441632960277", "01632 960 277", "Flat 1: 01632960277 rang", "(01632) 960-277", "Ms X, +44 1632 960 277.", "01632 960 277 2026-03-14 02:15", "1 call, 01632 960277!",
	} {
		got, said := store.Discreet(store.Letter{ID: "1", Title: "Flat 1", Text: text, Urgent: true}, "+441632960277")
		if !said || got.Text != discreet || got.Title != "Flat 1" || !got.Urgent {
			t.Errorf("%q becomes %+v", text, got)
		}
	}
	got, said := store.Discreet(store.Letter{Title: "Flat 1: 01632 960 277 rang", Text: "Look"}, "+441632960277")
	if want := "Flat 1: (a number that was forgotten) rang"; !said || got.Title != want || got.Text != "Look" {
		t.Errorf("a title becomes %+v", got)
	}
}

func TestALetterAboutSomebodyElseStaysAsItIs(t *testing.T) {
	for _, text := range []string{
		"", "999", "01632 960 278", "at 01:63 on 29.6.0277", "277", "£01632 and 960277",
	} {
		l := store.Letter{Title: text, Text: text}
		for _, number := range []string{"+441632960277", "999", ""} {
			if got, said := store.Discreet(l, number); said || got != l {
				t.Errorf("of %q %q becomes %+v", number, text, got)
			}
		}
	}
}

func TestADeedStaysWithoutTheNumberItWasAbout(t *testing.T) {
	d := store.Deed{ID: 7, By: "ann", Did: "block", Line: "flat-1", To: "+441632960277", Note: "after 01632 960277 rang"}
	got, said := store.DiscreetDeed(d, "+441632960277")
	d.To, d.Note = "(a number that was forgotten)", "after (a number that was forgotten) rang"
	if !said || got != d {
		t.Errorf("it becomes %+v", got)
	}
	if got, said := store.DiscreetDeed(store.Deed{To: "1471"}, "1471"); !said || got.To != "(a number that was forgotten)" {
		t.Errorf("of a short number it becomes %+v", got)
	}
	if got, said := store.DiscreetDeed(d, "+441632960278"); said || got != d {
		t.Errorf("about somebody else it becomes %+v", got)
	}
}

func FuzzDiscreet(f *testing.F) {
	f.Add("Flat 1: 01632 960 277 rang", "+441632960277")
	f.Add("+ +\x00\xff9", "999999999")
	f.Fuzz(func(t *testing.T, text, number string) {
		got, said := store.Discreet(store.Letter{Title: text}, number)
		if !said && got.Title != text {
			t.Errorf("nothing was said, and %q became %q", text, got.Title)
		}
		if _, again := store.Discreet(got, number); again {
			t.Errorf("%q still says %q: %q", text, number, got.Title)
		}
	})
}
