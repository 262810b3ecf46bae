// Package fastagi answers the exchange's dialplan, which asks over FastAGI who is calling
// before anything is done with the call:
//
//	AGI(agi://HOST:PORT/verdict?line=LINE&dialled=NUMBER&presentation=WORD&attested=WORD)
//
// The answer is the channel variables CLEARLINE_LINE, CLEARLINE_REASON, and last of all
// CLEARLINE_VERDICT: a dialplan that sees a verdict has all of it, one that sees none was
// not answered. What the dialplan knows stands in the address, since Asterisk sends that
// before anything a stranger wrote; only the caller's number and name come from the rest.
//
// On lines that trust the numbers dialled on them it also tells whom a resident dials, and
// gets no variables:
//
//	AGI(agi://HOST:PORT/dialled?line=LINE&dialled=NUMBER)
//
// Nobody who connects can hold up anybody else: each connection has a goroutine, a bound
// on what is read, and a bound on how long it takes in all.
package fastagi

import (
	"context"
	"time"

	"clearline/lib/call"
)

// Verdict says what the dialplan does with a call.
type Verdict string

// The verdicts.
const (
	Trusted Verdict = "trusted" // goes on in the operator's own dialplan
	Blocked Verdict = "blocked" // is refused without an answer
	Unknown Verdict = "unknown" // is screened
)

// Arrival is a call that has come in and is not answered yet.
type Arrival struct {
	Leg     call.LegID
	Line    call.LineID // as the dialplan said it; empty where it knows none
	Dialled string      // digits and a leading '+', at most 32
	From    call.Caller // cleaned: see [call.Caller]; Number is digits and a leading '+', at most 32
	At      time.Time
}

// Answer is what the dialplan is told of an Arrival.
type Answer struct {
	Verdict Verdict     // none of the above: the exchange gets no answer
	Line    call.LineID // the line that is called; empty for the Arrival's own
	Reason  string      // for people; what a dialplan could take for more than text is left out
}

// Policy decides. It is asked from several goroutines at once, and answers before ctx is
// done: after that nobody waits for the answer.
type Policy interface {
	Verdict(ctx context.Context, a Arrival) Answer
}

// Dialling is a number that a resident dials, none of those that a line is cleared for.
type Dialling struct {
	Leg     call.LegID
	Line    call.LineID
	Dialled string // digits and a leading '+', at most 32, as dialled
	At      time.Time
}

// Learner is told whom residents dial, from several goroutines at once. The resident waits
// until it returns, or ctx is done.
type Learner interface {
	Dialled(ctx context.Context, d Dialling)
}
