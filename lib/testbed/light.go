package testbed

import (
	"context"
	"fmt"
	"regexp"

	"github.com/emiago/sipgo/sip"
)

// messageSummary is the event of which phones are told that messages wait (RFC 3842).
const messageSummary = "message-summary"

var (
	messagesWaiting = regexp.MustCompile(`(?m)^Messages-Waiting: *(yes|no)\r?$`)
	voiceMessages   = regexp.MustCompile(`(?m)^Voice-Message: *([0-9]+)/([0-9]+)`)
)

// light is what a phone was last told of messages.
type light struct {
	told      bool
	on        bool
	new, kept string
}

// onMessages reads how many messages wait.
func (p *Phone) onMessages(req *sip.Request, tx sip.ServerTransaction) {
	p.onOther(req, tx)
	waiting, count := messagesWaiting.FindSubmatch(req.Body()), voiceMessages.FindSubmatch(req.Body())
	if waiting == nil || count == nil {
		p.note("is told of messages that cannot be read: %q", req.Body())
		return
	}
	now := light{true, string(waiting[1]) == "yes", string(count[1]), string(count[2])}
	p.note("is told of %s new and %s kept messages, light %v", now.new, now.kept, now.on)
	p.mu.Lock()
	p.light = now
	p.mu.Unlock()
	p.bell.ring()
}

// lit waits for the light of a phone to be on, or off, and for so many messages.
func lit(on bool) func(context.Context, *Play, *Phone, Values) error {
	return func(ctx context.Context, _ *Play, p *Phone, v Values) error {
		want := light{true, on, v["new"], v["kept"]}
		var now light
		err := p.until(ctx, "be told of messages", func() bool {
			p.mu.Lock()
			defer p.mu.Unlock()
			now = p.light
			return now == want
		})
		if err != nil {
			return fmt.Errorf("%s was told %+v: %w", p.Name, now, err)
		}
		return nil
	}
}

// lightVerbs are about the message-waiting light, of an Asterisk that has one.
var lightVerbs = []builtin{
	{`{who:phone} lights up with {new:count} new and {kept:count} kept message(s)`, each(lit(true))},
	{`{who:phone} is dark with {new:count} new and {kept:count} kept message(s)`, each(lit(false))},
}
