package testbed

import (
	"context"
	"testing"
	"time"
)

func TestCallingBackIntoAnEndedCall(t *testing.T) {
	b := clearBed(t, Options{})
	more := []builtin{
		{`caller calls back although the call is up`, func(ctx context.Context, p *Play, _ Values) error {
			return p.Bed.Phone("caller").Last().callBack(ctx)
		}},
		{`caller believes that it was hung up`, func(_ context.Context, p *Play, _ Values) error {
			p.Bed.Phone("caller").Last().dismiss(time.Now())
			return nil
		}},
	}
	play(t, b, onHold, []scene{
		{"behind the end", `
resident hangs up
caller is hung up
caller gets no audio after the BYE
caller calls back into the ended call
`, ""},
		{"from a telephone that ignored the BYE", `
caller ignores BYE
resident ignores BYE
resident rings 999
the line is cleared
spare answers
caller calls back into the ended call
caller gets no audio after the BYE
caller gets no audio after spare rang
resident and spare hear each other
only spare hears resident
nobody hears caller for 300ms
`, ""},
		{"from the telephone that was rung", `
caller hangs up
resident is hung up
resident calls back into the ended call
`, ""},
		{"a call that is up", "caller calls back although the call is up", "not refused, but answered with 200"},
		{"audio of a call that is up", "caller believes that it was hung up\ncaller calls back into the ended call", "audio came"},
		{"a call nobody has hung up", "caller calls back into the ended call", "no call of it was hung up"},
	}, more...)
}
