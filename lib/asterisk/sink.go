package asterisk

import (
	"time"

	"clearline/lib/call"
	"clearline/lib/flow"
	"clearline/lib/prompt"
)

// Sink takes what Asterisk tells. All methods are called from one goroutine, in the
// order in which Asterisk told it. They must return at once: enqueue, do not work.
type Sink interface {
	// Arrived tells of a leg that came in from the dialplan, once per leg.
	Arrived(Arrival)
	// Dialled tells of a resident's leg that came in from the dialplan to dial: each time
	// it does.
	Dialled(Dialled)
	// Happened tells a flow's event. The event may be of a leg or a bridge nobody
	// knows.
	Happened(flow.Event)
	// Connected tells that events flow from now on, and what Asterisk held for the
	// application before the first of them. What happened while nobody was
	// connected is not told again.
	Connected(Holdings)
	// Disconnected follows every Connected once, after the last event.
	Disconnected(error)
}

// Arrival is a leg that the dialplan handed over:
// Stasis(app,inbound,LINE,DIALLED,PRESENTATION,attested:WORD,category:WORD).
type Arrival struct {
	Leg     call.LegID
	Line    call.LineID // as the dialplan said it
	Dialled string      // digits and a leading '+', at most 32
	From    call.Caller // cleaned: see [call.Caller]; Number is digits and a leading '+', at most 32
	At      time.Time   // by Asterisk's clock
}

// Dialled is a resident's leg that the dialplan handed over: Stasis(app,outbound,LINE,DIALLED),
// or Stasis(app,code,LINE,CODE,PROMPT) for a code, with the number of a prompt or nothing.
type Dialled struct {
	Leg     call.LegID
	Line    call.LineID // as the dialplan said it
	Dialled string      // digits and a leading '+', at most 32; of a code digits, '*' and '#'
	Code    bool        // what was dialled is a code, and no number
	Prompt  prompt.Name // which somebody wants to record; empty for none in particular
	At      time.Time   // by Asterisk's clock
}

// Holdings are what Asterisk still holds for the application. A leg whose Arrived is
// about to follow is not among them.
type Holdings struct {
	Legs    []call.LegID
	Bridges []call.BridgeID
}
