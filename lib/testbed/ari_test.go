package testbed

import (
	"testing"
	"time"
)

func TestChannelsShowWhoseTheyAre(t *testing.T) {
	b := Start(t, Options{Dialplan: `[clearline-inbound]
exten => _[+0-9]!,1,Set(CLEARLINE_LINE=flat-1)
 same => n,Goto(clearline-deliver,flat-1,1)
[clearline-outbound]
`})
	ctx := within(t, 30*time.Second)
	caller := Must[*Phone](t)(b.Caller(ctx, "caller", "", Identity{Number: "01632960200"}))
	resident := Must[*Phone](t)(b.Resident(ctx, "resident", "101"))
	Must[*Call](t)(caller.Call(ctx, "01632960101"))
	check(t, resident.Answer(ctx))
	var channels []struct {
		ID   string
		Name string
		Vars map[string]string `json:"channelvars"`
	}
	// While two are being joined there may be a channel of Asterisk's own for a moment.
	check(t, poll(ctx, 10*time.Millisecond, func() (bool, error) {
		channels = nil
		err := b.Asterisk.ARI(ctx, "GET", "/channels", nil, &channels)
		return len(channels) == 2, err
	}))
	var linked []string
	for _, c := range channels {
		t.Logf("%s: %q", c.Name, c.Vars)
		id := c.Vars["CHANNEL(linkedid)"]
		linked = append(linked, id)
		line, known := c.Vars["CLEARLINE_LINE"]
		if !known || (line == "flat-1") != (c.ID == id) {
			t.Errorf("%s shows CLEARLINE_LINE %q; only the caller's channel has it", c.Name, line)
		}
		if role, known := c.Vars["CLEARLINE_ROLE"]; !known || role != "" {
			t.Errorf("%s shows CLEARLINE_ROLE %q, %t; want an empty one", c.Name, role, known)
		}
	}
	if linked[0] == "" || linked[0] != linked[1] {
		t.Errorf("two legs of one call have the linked ids %q", linked)
	}
}
