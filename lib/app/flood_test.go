package app_test

import (
	"testing"

	"clearline/lib/testbed"
	"clearline/lib/testbed/house"
)

func TestAFloodIsRefusedUnanswered(t *testing.T) {
	h := moveIn(t, house.Options{
		Bed:      testbed.Options{Lines: flats[:1]},
		Settings: map[string]string{"screening.max_per_number": "2"},
	})
	h.Bed.Scenario(t, testbed.NewVerbs(), "flood", `phone caller is 01632 960200
phone resident is line flat-1
phone exchange is the exchange
caller rings 01632 960101
caller is answered
caller hangs up
caller rings 01632 960101
caller is answered
caller hangs up
caller rings 01632 960101
caller is refused with cause 21 unanswered
resident rings 01632 960998
exchange rings as 01632960998
resident hangs up
nothing is left`)
}
