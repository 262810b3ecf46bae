package number_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"clearline/lib/number"
)

func TestParse(t *testing.T) {
	cases := []struct {
		name, text, e164, digits, grouped string
		foreign                           bool
	}{
		{"a national number is grouped after its area code", "01632 960200", "+441632960200", "01632960200", "01632 960 200", false},
		{"an international number reads as at home", "+441632960200", "+441632960200", "441632960200", "01632 960 200", false},
		{"a country code without plus is seen", "441632960200", "+441632960200", "441632960200", "01632 960 200", false},
		{"the dialled international prefix is seen", "00441632960200", "+441632960200", "00441632960200", "01632 960 200", false},
		{"a missing trunk zero is supplied", "1632960200", "+441632960200", "1632960200", "01632 960 200", false},
		{"marks between digits are passed over", "+44 (0)1632-960.200", "+441632960200", "4401632960200", "01632 960 200", false},
		{"a London number keeps its groups", "020 7946 0123", "+442079460123", "02079460123", "020 7946 0123", false},
		{"a Manchester number keeps its groups", "0161 496 0123", "+441614960123", "01614960123", "0161 496 0123", false},
		{"a mobile number", "07700 900123", "+447700900123", "07700900123", "07700 900 123", false},
		{"a freephone number", "0808 157 0123", "+448081570123", "08081570123", "0808 157 0123", false},
		{"a UK-wide number", "0306 999 0123", "+443069990123", "03069990123", "0306 999 0123", false},
		{"a number from abroad", "+12125550123", "+12125550123", "12125550123", "212 555 0123", true},
		{"a short code stays digits", "159", "", "159", "159", false},
		{"an emergency number stays digits", "999", "", "999", "999", false},
		{"a six-digit helpline stays digits", "116123", "", "116123", "116 123", false},
		{"a relay prefix stays digits", "18000", "", "18000", "180 00", false},
		{"a country code too many stays digits", "+44999", "", "44999", "449 99", false},
		{"zeros stay digits", "0000", "", "0000", "0000", false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			n, err := number.Parse(c.text, "GB")
			if err != nil {
				t.Fatal(err)
			}
			if n.E164 != c.e164 || n.Digits != c.digits || n.Grouped() != c.grouped || n.Foreign("GB") != c.foreign {
				t.Errorf("Parse(%q) = E164 %q, Digits %q, Grouped %q, Foreign %v",
					c.text, n.E164, n.Digits, n.Grouped(), n.Foreign("GB"))
			}
		})
	}
}

func TestParseRefusesWhatIsNoNumber(t *testing.T) {
	for _, text := range []string{
		"", " ", "+", "anonymous", "sip:01632960200", "01632960200;ext=5", "0800 FLOWERS", "٠١٦٣٢٩٦٠٢٠٠", "0163296+0200",
		"*21*07700900123#", "01632960200\n01632960201", "${SYSTEM(reboot)}", "01632960200\x00", strings.Repeat("1", 41), "\xff\xfe",
	} {
		if n, err := number.Parse(text, "GB"); !errors.Is(err, number.ErrNotNumber) {
			t.Errorf("Parse(%q) = %v, %v", text, n, err)
		}
	}
}

func TestForms(t *testing.T) {
	cases := []struct {
		name, text, region string
		want               []string
	}{
		{
			"a British number at home", "01632 960101", "GB",
			[]string{"+441632960101", "441632960101", "00441632960101", "01632960101", "1632960101"},
		},
		{
			"a British number on a trunk abroad has no national form", "+441632960101", "FR",
			[]string{"+441632960101", "441632960101", "00441632960101"},
		},
		{
			"a plan whose trunk prefix is the country code repeats nothing", "+12125550123", "US",
			[]string{"+12125550123", "12125550123", "01112125550123", "2125550123"},
		},
		{"a short code is itself", "159", "GB", []string{"159"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			n, err := number.Parse(c.text, c.region)
			if err != nil {
				t.Fatal(err)
			}
			if got := n.Forms(c.region); !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestDialled(t *testing.T) {
	cases := []struct {
		name, text, region string
		want               []string
	}{
		{
			"a British number at home is never dialled without its zero", "01632 960101", "GB",
			[]string{"+441632960101", "00441632960101", "441632960101", "01632960101"},
		},
		{
			"a British number from abroad", "+441632960101", "IE",
			[]string{"+441632960101", "00441632960101"},
		},
		{
			"a plan that dials the national number as it is", "+12125550123", "US",
			[]string{"+12125550123", "01112125550123", "12125550123", "2125550123"},
		},
		{"a short code is itself", "159", "GB", []string{"159"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			n, err := number.Parse(c.text, c.region)
			if err != nil {
				t.Fatal(err)
			}
			if got := n.Dialled(c.region); !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestKnownRegion(t *testing.T) {
	for region, want := range map[string]bool{"GB": true, "IE": true, "UK": false, "gb": false, "": false} {
		if got := number.KnownRegion(region); got != want {
			t.Errorf("KnownRegion(%q) = %v", region, got)
		}
	}
}
