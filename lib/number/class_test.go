package number_test

import (
	"testing"

	"clearline/lib/call"
	"clearline/lib/number"
)

func TestClassOf(t *testing.T) {
	shown := func(n string) call.Caller { return call.Caller{Number: n, Presentation: call.Allowed} }
	cases := []struct {
		name string
		from call.Caller
		want number.Class
	}{
		{"a number that may be shown is classified", shown("+447700900123"), number.Mobile},
		{"a national form is read in the region", shown("01632960123"), number.Geographic},
		{"a hidden number is withheld though the trunk tells it", call.Caller{Number: "+447700900123", Presentation: call.Withheld}, number.Withheld},
		{"a hidden number stays withheld from a payphone", call.Caller{Presentation: call.Withheld, Category: "payphone"}, number.Withheld},
		{"a payphone is one though its number is not known", call.Caller{Presentation: call.Unavailable, Category: "payphone"}, number.Payphone},
		{"a payphone is one though its number is known", call.Caller{Number: "+441632960123", Presentation: call.Allowed, Category: "payphone"}, number.Payphone},
		{"an operator is one", call.Caller{Presentation: call.Unavailable, Category: "operator"}, number.Operator},
		{"an ordinary telephone is its number", call.Caller{Number: "+441632960123", Presentation: call.Allowed, Category: "ordinary"}, number.Geographic},
		{"an emergency service ringing back is its number", call.Caller{Number: "+441632960123", Presentation: call.Allowed, Category: "emergency-callback"}, number.Geographic},
		{"no number is unavailable", shown(""), number.Unavailable},
		{"a number that may neither be shown nor hidden is unavailable", call.Caller{Number: "+441632960123", Presentation: call.Unavailable}, number.Unavailable},
		{"a text is invalid", shown("anonymous"), number.Invalid},
		{"a short code", shown("159"), number.ShortCode},
		{"a number from abroad", shown("+12125550123"), number.International},
		{"nobody at all is unavailable", call.Caller{}, number.Unavailable},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := number.ClassOf(c.from, "GB"); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestCategories(t *testing.T) {
	for value, want := range map[string]number.Category{
		"": "", "payphone": number.PayphoneCategory, "PayPhone": number.PayphoneCategory, `"operator"`: number.OperatorCategory,
		"ordinary": number.Ordinary, "mobile-hplmn": number.Ordinary, "psap-callback": number.EmergencyCallback,
		"emergency-callback": number.EmergencyCallback, "\x00": number.Ordinary,
	} {
		if got := number.ParseCategory(value); got != want {
			t.Errorf("ParseCategory(%q) = %q", value, got)
		}
	}
	for digits, want := range map[string]number.Category{
		"": "", "00": number.Ordinary, "27": number.PayphoneCategory, "70": number.PayphoneCategory, " 34": number.OperatorCategory, "x": number.Ordinary,
	} {
		if got := number.CategoryOfLine(digits); got != want {
			t.Errorf("CategoryOfLine(%q) = %q", digits, got)
		}
	}
}
