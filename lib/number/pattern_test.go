package number_test

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"clearline/lib/number"
)

func key(t testing.TB, text string) number.Key {
	t.Helper()
	k, ok := number.KeyOf(text)
	if !ok {
		t.Fatalf("KeyOf(%q) is no key", text)
	}
	return k
}

func TestKeysSortAsTextDoesAndCodesStandBehind(t *testing.T) {
	inOrder := []string{"+1", "+12125550123", "+44", "+440", "+44163296", "+441632960", "+4416329600", "+441632960123", "+44163296012300", "+4417", "+999999999999999", "0", "00", "000000000000000", "1", "159", "44", "441632960123", "999999999999999"}
	for i, text := range inOrder {
		k := key(t, text)
		if k.String() != text || k.E164() != strings.HasPrefix(text, "+") {
			t.Errorf("key of %q is %q, E.164 %v", text, k, k.E164())
		}
		if i > 0 && key(t, inOrder[i-1]) >= k {
			t.Errorf("%q is not behind %q", text, inOrder[i-1])
		}
	}
}

func TestWhatIsNoNumberHasNoKey(t *testing.T) {
	for _, text := range []string{"", "+", "++44", "44+", "1234567890123456", "+1234567890123456", "15 9", "१५९", "+44163296012x", "\x00"} {
		if k, ok := number.KeyOf(text); ok {
			t.Errorf("KeyOf(%q) = %v", text, k)
		}
	}
}

func TestLookingUpDoesNotAllocate(t *testing.T) {
	p, err := number.ParsePattern("name:*PARCEL*", "GB")
	if err != nil {
		t.Fatal(err)
	}
	if n := testing.AllocsPerRun(100, func() {
		k, _ := number.KeyOf("+441632960123")
		_ = p.HasKey(k)
		_ = p.HasName("Your Parcel Überfällig")
		_, _ = number.Canonical("+441632960000-+441632960999")
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestParsePattern(t *testing.T) {
	cases := []struct {
		name, text, want string
		kind             number.Kind
	}{
		{"a number at home", "01632 960123", "+441632960123", number.Exact},
		{"a number with a hyphen is no range", "01632-960123", "+441632960123", number.Exact},
		{"a number with hyphens is no range", "+44-161-496-0123", "+441614960123", number.Exact},
		{"a short code", "159", "159", number.Exact},
		{"a number of no plan", "0000", "0000", number.Exact},
		{"a prefix with a plus", "+441632*", "+441632*", number.Prefix},
		{"a prefix with blanks", " +44 1632 * ", "+441632*", number.Prefix},
		{"a prefix at home", "01632*", "+441632*", number.Prefix},
		{"a prefix with the trunk zero in brackets", "+44 (0)1632*", "+441632*", number.Prefix},
		{"a prefix with the trunk zero left in", "+4401632*", "+441632*", number.Prefix},
		{"a prefix as dialled abroad", "0044 1632*", "+441632*", number.Prefix},
		{"a whole country", "+234*", "+234*", number.Prefix},
		{"a whole country as dialled", "00234*", "+234*", number.Prefix},
		{"all numbers of one kind", "09*", "+449*", number.Prefix},
		{"a range with a plus", "+441632960000-+441632960999", "+441632960000-+441632960999", number.Range},
		{"a range at home", "01632 960000 - 01632 960999", "+441632960000-+441632960999", number.Range},
		{"a range of numbers with hyphens", "0161-496-0000-0161-496-0999", "+441614960000-+441614960999", number.Range},
		{"a range in words", "01632 960000 to 01632 960999", "+441632960000-+441632960999", number.Range},
		{"a range with a dash", "01632 960000–01632 960999", "+441632960000-+441632960999", number.Range},
		{"a range with dots", "01632960000..01632960999", "+441632960000-+441632960999", number.Range},
		{"a range of one", "01632960123-01632960123", "+441632960123", number.Exact},
		{"a name", "name:*Parcel*", "name:*parcel*", number.Name},
		{"a name in any case", "NAME: Your  Bank ", "name:your bank", number.Name},
		{"a name with stars too many", "name:***a***b***", "name:*a*b*", number.Name},
		{"a name of another script", "name:*ПОСЫЛКА*", "name:*посылка*", number.Name},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			p, err := number.ParsePattern(c.text, "GB")
			if err != nil {
				t.Fatal(err)
			}
			if p.String() != c.want || p.Kind() != c.kind {
				t.Errorf("%q became %q, kind %d; want %q, %d", c.text, p, p.Kind(), c.want, c.kind)
			}
			again, err := number.ParsePattern(p.String(), "GB")
			if err != nil || again != p {
				t.Errorf("%q parsed as %q, %v", p, again, err)
			}
			if stored, ok := number.Canonical(p.String()); !ok || stored != p {
				t.Errorf("%q is read from a store as %q, %v", p, stored, ok)
			}
		})
	}
}

func TestParsePatternRefusesWithAHint(t *testing.T) {
	cases := []struct{ name, text, hint string }{
		{"nothing", "", "write a number"},
		{"a text", "anonymous", "write a number"},
		{"a star in the middle", "0163*960", "write a number"},
		{"a star alone", "*", "begin a prefix"},
		{"a plus and a star", "+*", "begin a prefix"},
		{"a prefix of no country", "+0163*", "begin a prefix"},
		{"a prefix that may be of several countries", "1632*", "begin a prefix"},
		{"a prefix of more digits than a number has", "+4416329601234567*", "begin a prefix"},
		{"a prefix of letters", "abc*", "begin a prefix"},
		{"a number of too many digits", "1234567890123456", "15 digits"},
		{"a plus before a number at home", "+0123456789", "code of a country"},
		{"a range that goes down", "01632960999-01632960000", "to a higher one"},
		{"a range of two lengths", "+441632960000..+44163296099", "same length"},
		{"a range of short codes", "100..199", "whole number"},
		{"a range with one end", "01632960000..", "whole number"},
		{"a name that fits everybody", "name:*", "2 to 80 letters"},
		{"a name of one letter", "name:*a*", "2 to 80 letters"},
		{"a name too long", "name:" + strings.Repeat("a", 81), "2 to 80 letters"},
		{"a name that is no text", "name:\xff\xfe\xfd", "2 to 80 letters"},
		{"a text without end", strings.Repeat("-", 1000), "write a number"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			p, err := number.ParsePattern(c.text, "GB")
			if !errors.Is(err, number.ErrPattern) || !strings.Contains(err.Error(), c.hint) {
				t.Errorf("ParsePattern(%q) = %q, %v; want a hint %q", c.text, p, err, c.hint)
			}
		})
	}
}

func TestCanonicalRefusesWhatNoPatternWrites(t *testing.T) {
	for _, text := range []string{
		"", "+", "*", "+*", "+0*", "1632*", "name:", "name:*", "name:a", "1-2", "+1-+1", "+2-+1", "+1-+12", "+1--+2", "01632 960123", "+44*-", "-", "\xff",
	} {
		if p, ok := number.Canonical(text); ok {
			t.Errorf("Canonical(%q) = %q", text, p)
		}
	}
}

func TestPatternsHoldForWhatTheyName(t *testing.T) {
	cases := []struct {
		pattern   string
		has, lack []string
	}{
		{"+441632960123", []string{"+441632960123"}, []string{"441632960123", "+44163296012", "+4416329601230", "+441632960124"}},
		{"159", []string{"159"}, []string{"+159", "1590", "15", "0159"}},
		{"+441632*", []string{"+441632", "+4416320", "+441632999999", "+441632000000", "+441632999999999"}, []string{"+44163", "+441633", "+441631999999999", "441632960123"}},
		{"+440*", nil, []string{"+44", "+441"}},
		{
			"+441632960000-+441632960999",
			[]string{"+441632960000", "+441632960500", "+441632960999", "+4416329600001"},
			[]string{"+441632959999", "+441632961000", "+4416329600", "441632960500", "+4416329609990"},
		},
	}
	for _, c := range cases {
		p, ok := number.Canonical(c.pattern)
		if !ok {
			t.Fatalf("%q is no pattern", c.pattern)
		}
		for _, n := range c.has {
			if !p.HasKey(key(t, n)) {
				t.Errorf("%s does not hold for %s", p, n)
			}
		}
		for _, n := range c.lack {
			if p.HasKey(key(t, n)) {
				t.Errorf("%s holds for %s", p, n)
			}
		}
	}
	if (number.Pattern{}).HasKey(0) || (number.Pattern{}).HasName("") {
		t.Error("the zero pattern holds for something")
	}
}

func TestNamesFit(t *testing.T) {
	cases := []struct {
		pattern, display string
		want             bool
	}{
		{"name:*parcel*", "Your PARCEL is late", true},
		{"name:*parcel*", "parcel", true},
		{"name:*parcel*", "parce", false},
		{"name:parcel", "parcel force", false},
		{"name:parcel*", "parcel force", true},
		{"name:*force", "parcel force", true},
		{"name:*force", "parcel forces", false},
		{"name:a*b*c", "a--b-b--c", true},
		{"name:a*b*c", "a--c--b", false},
		{"name:*überfällig*", "PAKET ÜBERFÄLLIG", true},
		{"name:ab", "", false},
		{"name:a*b", "a*b", true},
		{"+441632960123", "+441632960123", false},
	}
	for _, c := range cases {
		p, ok := number.Canonical(c.pattern)
		if !ok {
			t.Fatalf("%q is no pattern", c.pattern)
		}
		if got := p.HasName(c.display); got != c.want {
			t.Errorf("%s and %q: %v", c.pattern, c.display, got)
		}
	}
}

// One interval of keys is the whole meaning of a pattern of numbers.
func TestBoundsHoldExactlyTheNumbersMeant(t *testing.T) {
	digits := rapid.StringMatching(`[1-9][0-9]{0,14}`)
	rapid.Check(t, func(t *rapid.T) {
		begin, other := digits.Draw(t, "begin"), digits.Draw(t, "other")
		if rapid.Bool().Draw(t, "related") {
			other = (begin + other)[:rapid.IntRange(1, min(15, len(begin)+len(other))).Draw(t, "digits")]
		}
		p, ok := number.Canonical("+" + begin + "*")
		if !ok {
			t.Fatalf("no prefix of %s", begin)
		}
		k, _ := number.KeyOf("+" + other)
		first, last := p.Bounds()
		if got := first <= k && k <= last; got != strings.HasPrefix(other, begin) || got != p.HasKey(k) {
			t.Fatalf("%s and %s: %v", p, other, got)
		}
		bare, _ := number.KeyOf(other)
		if p.HasKey(bare) {
			t.Fatalf("%s holds for the digits %s", p, other)
		}
		low, _ := number.KeyOf("+" + begin)
		if cmp.Compare(begin, other) != cmp.Compare(low, k) {
			t.Fatalf("%s and %s do not sort as text", begin, other)
		}
	})
}

func ExampleParsePattern() {
	for _, text := range []string{"01632 960123", "01632*", "01632 960000 - 01632 960999", "name:*Parcel*"} {
		p, err := number.ParsePattern(text, "GB")
		fmt.Println(p, err)
	}
	// Output:
	// +441632960123 <nil>
	// +441632* <nil>
	// +441632960000-+441632960999 <nil>
	// name:*parcel* <nil>
}
