package console

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
	"time"

	"clearline/lib/call"
	"clearline/lib/desk"
)

const (
	pictureDays  = 14
	pictureCalls = 5000 // looked at, at most
	callersMost  = 8    // in the picture of who calls most
)

// picturesPage draws what the last two weeks were like.
type picturesPage struct {
	Days     dayChart
	Clearing barChart
	Callers  []frequent
	Deciding barChart
	Calls    int
	Partly   bool // there were more calls than were looked at
}

// frequent is an unknown caller and how often they called.
type frequent struct {
	From  call.Caller
	Calls int
	Wide  int // of 100
}

// verdicts are the kinds of calls that the picture of days tells apart, from the ground up.
var verdicts = []string{"talked", "refused", "unanswered", "blocked"}

// kindOf puts a call into one of the verdicts.
func kindOf(r call.Record) string {
	switch {
	case r.Approved || r.Cause == call.Completed:
		return "talked"
	case r.Cause == call.Refused || r.Cause == call.RefusedBlocked:
		return "refused"
	case r.Cause == call.Blocked || r.Cause == call.TurnedAway || r.Cause == call.Crowded:
		return "blocked"
	}
	return "unanswered"
}

// pictures draws.
func (c *Console) pictures(v *visit) error {
	zone := c.opts.Desk.Zone()
	now := time.Now().In(zone)
	first := time.Date(now.Year(), now.Month(), now.Day()-pictureDays+1, 0, 0, 0, 0, zone)
	records, partly, err := c.recordsSince(v, first)
	if err != nil {
		return err
	}
	attempts, err := c.opts.Desk.Incidents(v.Context(), v.person, desk.IncidentQuery{Calm: true, Since: first, Limit: desk.MostLimit})
	if err != nil {
		return err
	}
	page := picturesPage{Calls: len(records), Partly: partly, Callers: mostFrequent(records)}
	page.Days = drawDays(first, records, zone)
	page.Clearing = drawClearing(attempts.Items)
	page.Deciding = drawDeciding(records)
	c.show(v, http.StatusOK, "pictures", page)
	return nil
}

// recordsSince are the calls since a moment, and whether there were too many.
func (c *Console) recordsSince(v *visit, since time.Time) (all []call.Record, partly bool, err error) {
	q := desk.CallQuery{Since: since, Limit: desk.MostLimit}
	for len(all) < pictureCalls {
		found, err := c.opts.Desk.Calls(v.Context(), v.person, q)
		if err != nil {
			return nil, false, err
		}
		all = append(all, found.Items...)
		if q.Cursor = found.Next; q.Cursor == "" {
			return all, false, nil
		}
	}
	return all, true, nil
}

// mostFrequent are the callers who were screened most often.
func mostFrequent(records []call.Record) []frequent {
	counts := map[string]frequent{}
	for _, r := range records {
		if n := r.From.Shown(); n != "" {
			counts[n] = frequent{From: r.From, Calls: counts[n].Calls + 1}
		}
	}
	all := slices.SortedFunc(maps.Values(counts), func(a, b frequent) int {
		return cmp.Or(b.Calls-a.Calls, cmp.Compare(a.From.Number, b.From.Number))
	})
	all = all[:min(len(all), callersMost)]
	for i := range all {
		all[i].Wide = max(2, 100*all[i].Calls/all[0].Calls)
	}
	return all
}
