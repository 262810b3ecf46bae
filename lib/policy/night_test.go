package policy_test

import (
	"testing"
	"time"
	_ "time/tzdata" // nights are by the clocks of London

	"clearline/lib/call"
	"clearline/lib/policy"
)

func TestProfilesRunByTheWallClock(t *testing.T) {
	london, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	night := policy.Profile{From: 22 * 60, To: 7 * 60}
	weekend := policy.Profile{From: 22 * 60, To: 7 * 60, Days: policy.DaysOf(time.Friday, time.Saturday)}
	siesta := policy.Profile{From: 13 * 60, To: 14*60 + 30, Days: policy.DaysOf(time.Monday)}
	small := policy.Profile{From: 60 + 30, To: 2*60 + 30}
	for name, c := range map[string]struct {
		profile policy.Profile
		at      time.Time
		want    bool
	}{
		"a minute before the night":           {night, time.Date(2026, 3, 2, 21, 59, 59, 0, london), false},
		"the night begins":                    {night, time.Date(2026, 3, 2, 22, 0, 0, 0, london), true},
		"the night goes on past midnight":     {night, time.Date(2026, 3, 3, 0, 0, 0, 0, london), true},
		"its last minute":                     {night, time.Date(2026, 3, 3, 6, 59, 59, 0, london), true},
		"it ends":                             {night, time.Date(2026, 3, 3, 7, 0, 0, 0, london), false},
		"Friday's night on Friday":            {weekend, time.Date(2026, 3, 6, 23, 0, 0, 0, london), true},
		"Saturday's night on Sunday morning":  {weekend, time.Date(2026, 3, 8, 3, 0, 0, 0, london), true},
		"Sunday's night is none of them":      {weekend, time.Date(2026, 3, 8, 23, 0, 0, 0, london), false},
		"Friday morning is Thursday's night":  {weekend, time.Date(2026, 3, 6, 3, 0, 0, 0, london), false},
		"Monday's siesta":                     {siesta, time.Date(2026, 3, 2, 14, 29, 0, 0, london), true},
		"it ends at half past two":            {siesta, time.Date(2026, 3, 2, 14, 30, 0, 0, london), false},
		"there is none on Tuesday":            {siesta, time.Date(2026, 3, 3, 14, 0, 0, 0, london), false},
		"from midnight to midnight is always": {policy.Profile{}, time.Date(2026, 3, 3, 12, 0, 0, 0, london), true},
		"from noon to noon is always":         {policy.Profile{From: 720, To: 720}, time.Date(2026, 3, 3, 11, 59, 0, 0, london), true},
		"summer: seven is seven on the wall":  {night, time.Date(2026, 7, 1, 6, 30, 0, 0, london), true},
		"summer: seven is six elsewhere":      {night, time.Date(2026, 7, 1, 6, 30, 0, 0, time.UTC).In(london), false},
		"clocks go forward: the hour that is skipped begins late": {
			small, time.Date(2026, 3, 29, 1, 0, 0, 0, time.UTC).In(london), true, // 02:00 on the wall
		},
		"clocks go forward: a minute before": {small, time.Date(2026, 3, 29, 0, 59, 0, 0, time.UTC).In(london), false},
		"clocks go back: the first half past one": {
			small, time.Date(2026, 10, 25, 0, 30, 0, 0, time.UTC).In(london), true,
		},
		"clocks go back: one o'clock again is outside again": {
			small, time.Date(2026, 10, 25, 1, 15, 0, 0, time.UTC).In(london), false,
		},
		"clocks go back: the second half past one": {
			small, time.Date(2026, 10, 25, 1, 30, 0, 0, time.UTC).In(london), true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			if got := c.profile.Runs(c.at); got != c.want {
				t.Errorf("at %s: %t", c.at, got)
			}
		})
	}
}

func TestEntriesThatHaveEndedAreExplained(t *testing.T) {
	london, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	carer := lineContact
	carer.Name, carer.Until = "Ann, the carer", time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
	s := scene{from: shows(ann), entries: []call.Entry{carer}, at: carer.Until.In(london)}
	house, q := s.house(t), s.question()
	want := "Ann, the carer (+441632960301) was a contact on this line until 1 July 2026, 13:00"
	for _, step := range house.Explain(q) {
		if step.Rule == policy.RuleLineContact {
			if step.Held || step.Sentence != want {
				t.Errorf("got %+v\nwant %s", step, want)
			}
			return
		}
	}
	t.Error("the contacts were not asked")
}
