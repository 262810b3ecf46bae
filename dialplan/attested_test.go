package dialplan_test

import (
	"bytes"
	"context"
	"encoding/json"
	"testing"
	"time"

	"clearline/dialplan"
	"clearline/lib/call"
	"clearline/lib/fastagi"
	"clearline/lib/testbed"
	"clearline/lib/testbed/house"
)

// curious is a policy that keeps what it was asked, and knows nobody.
type curious chan fastagi.Arrival

func (c curious) Verdict(_ context.Context, a fastagi.Arrival) fastagi.Answer {
	c <- a
	return fastagi.Answer{Verdict: fastagi.Unknown}
}

// attesting is what an operator puts before clearline-inbound.
const attesting = `
[from-trunk]
exten => 01632960101,1,Set(CLEARLINE_ATTESTED=${ATTESTS})
 same => n,Set(CLEARLINE_CATEGORY=payphone)
 same => n,Goto(clearline-inbound,${EXTEN},1)
`

func TestWhatTheNetworkFoundOutGoesAlong(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a real Asterisk")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute) // a first build of Asterisk's root included
	defer cancel()
	h, err := house.Open(ctx, house.Options{Bed: testbed.Options{
		TrunkContext: "from-trunk",
		Lines:        []testbed.Line{{ID: "flat-1", Numbers: []string{"+441632960101"}, Endpoints: []string{"101"}}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.Close)
	held := frozen(t, h)
	for said, want := range map[string]string{"passed": "passed", "failed": "failed", "": "", `passed&line=flat-2,x"`: "passedlineflatx"} {
		t.Run(said, func(t *testing.T) {
			var text bytes.Buffer
			if err := dialplan.Write(&text, h.Config); err != nil {
				t.Fatal(err)
			}
			text.WriteString("[globals]\nATTESTS=" + said + "\n" + attesting)
			if err := h.Bed.Asterisk.SetDialplan(ctx, text.String()); err != nil {
				t.Fatal(err)
			}
			asked := make(curious, 1)
			asks(t, h, asked, nil)
			h.Bed.Scenario(t, testbed.NewVerbs(), said, "# "+want+delivered)
			var word call.Attestation
			if want == "passed" || want == "failed" {
				word = call.Attestation(want)
			}
			if a := <-asked; a.From.Attested != word || a.From.Category != "payphone" || a.Line != "flat-1" {
				t.Errorf("the policy was asked about %+v", a)
			}
			for {
				_, frame, err := held.Read(ctx)
				if err != nil {
					t.Fatal(err)
				}
				var event struct {
					Type string
					Args []string
				}
				if err := json.Unmarshal(frame, &event); err != nil || event.Type != "StasisStart" {
					continue
				}
				if n := len(event.Args); n != 6 || event.Args[4] != "attested:"+want || event.Args[5] != "category:payphone" {
					t.Errorf("screening was told %q", event.Args)
				}
				return
			}
		})
	}
}
