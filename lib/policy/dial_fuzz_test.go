package policy_test

import (
	"strings"
	"testing"

	"clearline/lib/call"
	"clearline/lib/policy"
)

func FuzzDialled(f *testing.F) {
	for _, s := range []string{
		"999", "9991", "9 999", "+44 (0)300 123 2040", "0300-123-2040", "tel:159", "141 1470 159", "18001 999", "\x00", "+", "(0)", "٩٩٩",
		strings.Repeat("9", 41), "999;ext=1", "${EXTEN}",
	} {
		f.Add(s)
	}
	p := plan(f, "9", "0")
	f.Fuzz(func(t *testing.T, dialled string) {
		form, known := p.Form(dialled)
		if m := p.Meaning(dialled); known && m != form.Meaning || !known && m != (policy.Meaning{Role: call.Other}) {
			t.Errorf("Meaning %+v, Form %+v", m, form)
		}
		digits := strings.Map(func(r rune) rune {
			if strings.ContainsRune("0123456789+", r) {
				return r
			}
			return -1
		}, strings.ReplaceAll(dialled, "(0)", ""))
		written := digits == form.Digits || strings.ReplaceAll(form.Digits, "+", "") == strings.Map(onlyDigits, dialled)
		if known && (form.Meaning.Role == call.Other || !written || strings.ContainsAny(dialled, "*#;:=${}")) {
			t.Errorf("%q is read as %+v", dialled, form)
		}
		kept := p.Keep(dialled)
		if !strings.HasSuffix(dialled, kept) || strings.Map(onlyDigits, kept) != kept {
			t.Errorf("of %q %q is kept", dialled, kept)
		}
		_, whole, more := p.Typed(kept)
		if kept != "" && !whole && !more {
			t.Errorf("%q is kept and leads nowhere", kept)
		}
		if m, whole, _ := p.Typed(dialled); whole != (m.Role != call.Other) || whole && p.Keep(dialled) != dialled {
			t.Errorf("Typed %+v, whole %v", m, whole)
		}
	})
}

func onlyDigits(r rune) rune {
	if r < '0' || r > '9' {
		return -1
	}
	return r
}

func TestLookingUpAllocatesNothing(t *testing.T) {
	p := plan(t, "9")
	if n := testing.AllocsPerRun(100, func() {
		p.Meaning("9 141 18001 0044 300 123 2040")
		p.Keep("123456789012345678909")
		p.Typed("914118001004430012320")
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkTyped(b *testing.B) {
	p := plan(b, "9")
	for b.Loop() {
		p.Typed(p.Keep("49292225039159"))
	}
}

func BenchmarkMeaning(b *testing.B) {
	p := plan(b, "9")
	for b.Loop() {
		p.Meaning("9 0300 123 2040")
	}
}

func BenchmarkThaw(b *testing.B) {
	text, err := plan(b, "9").MarshalJSON()
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := new(policy.Plan).UnmarshalJSON(text); err != nil {
			b.Fatal(err)
		}
	}
}
