package policy_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"clearline/lib/call"
	"clearline/lib/policy"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// window is one of flat-1 that is open from noon for some minutes.
func window(kind call.WindowKind, number string, minutes int) call.Window {
	return call.Window{
		Line: "flat-1", Kind: kind, Number: number,
		Since: noon, Until: noon.Add(time.Duration(minutes) * time.Minute),
	}
}

// treatment is how windows alone treat a caller, and why.
func treatment(w policy.Windows, line call.LineID, from call.Caller, at time.Time) (policy.Treatment, string) {
	d := policy.NewHouse().WithWindows(w).Decide(policy.Question{Line: line, From: from, At: at})
	return d.Treatment, d.Reason()
}

const suspect = "+441632960201"

func TestTreatment(t *testing.T) {
	quarantine := window(call.Quarantine, suspect, 10)
	nameless := window(call.Quarantine, "", 10)
	attack := window(call.UnderAttack, "", 10)
	emergency := window(call.CallBackEmergency, "", 60)
	other := window(call.CallBackOther, "", 60)

	theSuspect := call.Caller{Number: suspect, Presentation: call.Allowed}
	somebody := call.Caller{Number: "+441632960202", Presentation: call.Allowed}
	withheld := call.Caller{Number: suspect, Presentation: call.Withheld}
	without := call.Caller{Presentation: call.Unavailable}
	for name, c := range map[string]struct {
		windows []call.Window
		from    call.Caller
		after   time.Duration
		want    policy.Treatment
	}{
		"nothing happened":                                          {nil, somebody, 0, policy.Screen},
		"who was torn down is refused":                              {[]call.Window{quarantine}, theSuspect, 0, policy.Refuse},
		"somebody else is screened":                                 {[]call.Window{quarantine}, somebody, 0, policy.Screen},
		"a withheld number is not looked up":                        {[]call.Window{quarantine}, withheld, 0, policy.Screen},
		"the emergency services are not challenged":                 {[]call.Window{emergency}, somebody, 0, policy.Unchallenged},
		"without a number neither":                                  {[]call.Window{emergency}, without, 0, policy.Unchallenged},
		"who was torn down is refused in spite of that":             {[]call.Window{emergency, quarantine}, theSuspect, 0, policy.Refuse},
		"without a number after one without was torn down":          {[]call.Window{emergency, nameless}, without, 0, policy.Screen},
		"with a withheld number after one without was torn down":    {[]call.Window{emergency, nameless}, withheld, 0, policy.Screen},
		"with a number after one without was torn down":             {[]call.Window{emergency, nameless}, somebody, 0, policy.Unchallenged},
		"without a number, under attack, the emergency may call":    {[]call.Window{emergency, nameless, attack}, without, 0, policy.Screen},
		"under attack callers are refused":                          {[]call.Window{attack}, somebody, 0, policy.Refuse},
		"under attack the emergency services may call back":         {[]call.Window{attack, emergency}, somebody, 0, policy.Unchallenged},
		"under attack no other service may":                         {[]call.Window{attack, other}, somebody, 0, policy.Refuse},
		"a service may call back":                                   {[]call.Window{other}, somebody, 0, policy.Unchallenged},
		"a service may call back without a number":                  {[]call.Window{other}, without, 0, policy.Unchallenged},
		"without a number, and no emergency, after one without":     {[]call.Window{other, nameless}, without, 0, policy.Screen},
		"a caller without a number is screened when one was before": {[]call.Window{nameless}, without, 0, policy.Screen},
		"a window that is over changes nothing":                     {[]call.Window{attack}, somebody, 10 * time.Minute, policy.Screen},
		"a window runs to its last moment":                          {[]call.Window{attack}, somebody, 10*time.Minute - 1, policy.Refuse},
		"a clock that was set back ends no window":                  {[]call.Window{attack}, somebody, -time.Hour, policy.Refuse},
		"the attack is over, the call-back goes on":                 {[]call.Window{attack, other}, somebody, 20 * time.Minute, policy.Unchallenged},
	} {
		t.Run(name, func(t *testing.T) {
			w := policy.NewWindows(c.windows)
			got, why := treatment(w, "flat-1", c.from, noon.Add(c.after))
			if got != c.want || why == "" {
				t.Errorf("%s because %q, want %s", got, why, c.want)
			}
			if got, _ := treatment(w, "flat-2", c.from, noon.Add(c.after)); got != policy.Screen {
				t.Errorf("the neighbour's caller: %s", got)
			}
		})
	}
}

func TestTheLongerWindowHolds(t *testing.T) {
	long, short := window(call.UnderAttack, "", 20), window(call.UnderAttack, "", 10)
	at := noon.Add(15 * time.Minute)
	from := call.Caller{Number: suspect, Presentation: call.Allowed}
	for name, w := range map[string]policy.Windows{
		"the long one last":  policy.NewWindows([]call.Window{short, long}),
		"the long one first": policy.NewWindows([]call.Window{long, short}),
		"the long one added": policy.Windows{}.With(short).With(long),
		"the short one too":  policy.Windows{}.With(long).With(short),
		"tidied":             policy.Windows{}.With(long).Without(noon),
	} {
		if got, _ := treatment(w, "flat-1", from, at); got != policy.Refuse {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestWindowsAreValues(t *testing.T) {
	from := call.Caller{Number: suspect, Presentation: call.Allowed}
	treated := func(w policy.Windows) policy.Treatment {
		got, _ := treatment(w, "flat-1", from, noon)
		return got
	}
	before := policy.NewWindows([]call.Window{window(call.CallBackOther, "", 10), window(call.CallBackEmergency, "", 0)})
	quarantined := before.With(window(call.Quarantine, suspect, 10))
	longer := quarantined.With(window(call.Quarantine, suspect, 20))
	cleared := longer.Without(noon.Add(time.Hour))
	if treated(before) != policy.Unchallenged || treated(quarantined) != policy.Refuse || treated(longer) != policy.Refuse || treated(cleared) != policy.Screen {
		t.Error(treated(before), treated(quarantined), treated(longer), treated(cleared))
	}
	if got, _ := treatment(quarantined, "flat-1", from, noon.Add(15*time.Minute)); got != policy.Screen {
		t.Errorf("a window of older windows grew: %s", got)
	}
}

// TestNobodyInQuarantineIsUnchallenged opens windows in any order, as attempts do.
func TestNobodyInQuarantineIsUnchallenged(t *testing.T) {
	numbers := []string{"", suspect, "+441632960202"}
	rapid.Check(t, func(t *rapid.T) {
		var opened []call.Window
		var w policy.Windows
		now := noon
		for range rapid.IntRange(1, 12).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(0, 20).Draw(t, "minutes")) * time.Minute)
			kind := rapid.SampledFrom([]call.WindowKind{call.Quarantine, call.UnderAttack, call.CallBackEmergency, call.CallBackOther}).Draw(t, "kind")
			one := call.Window{Line: "flat-1", Kind: kind, Since: now, Until: now.Add(time.Duration(rapid.IntRange(0, 60).Draw(t, "long")) * time.Minute)}
			if kind == call.Quarantine {
				one.Number = rapid.SampledFrom(numbers).Draw(t, "number")
			}
			opened, w = append(opened, one), w.With(one)
			if rapid.Bool().Draw(t, "tidy") {
				w = w.Without(now)
			}
			from := call.Caller{
				Number:       rapid.SampledFrom(numbers).Draw(t, "from"),
				Presentation: rapid.SampledFrom([]call.Presentation{call.Allowed, call.Withheld, call.Unavailable}).Draw(t, "presentation"),
			}
			shown := from.Number
			if from.Presentation != call.Allowed {
				shown = ""
			}
			quarantined := slices.ContainsFunc(opened, func(o call.Window) bool {
				return o.Kind == call.Quarantine && o.Number == shown && now.Before(o.Until)
			})
			got, _ := treatment(w, "flat-1", from, now)
			if quarantined && (got == policy.Unchallenged || shown != "" && got != policy.Refuse) {
				t.Fatalf("%+v is %s with %+v", from, got, opened)
			}
			if again, _ := treatment(policy.NewWindows(opened), "flat-1", from, now); again != got {
				t.Fatalf("read at once: %s, one by one: %s", again, got)
			}
		}
	})
}
