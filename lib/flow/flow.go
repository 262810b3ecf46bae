// Package flow holds what Clearline does with a call, as pure state machines: a
// flow is a value, and Step returns the next value and the effects to perform.
// There is no clock, no chance, no I/O and no goroutine in here.
package flow

// Timer names a timer of a flow.
type Timer string

// The timers.
const (
	StageTimer  Timer = "stage"  // bounds the wait of the current stage
	RenewTimer  Timer = "renew"  // renews the dead-man's time
	KeyTimer    Timer = "key"    // bounds the wait for the next key of a number
	PauseTimer  Timer = "pause"  // keys after it do not belong to those before
	WarnTimer   Timer = "warn"   // a warning may be given again
	AdviceTimer Timer = "advice" // whispers the next reminder
	SearchTimer Timer = "search" // begins the next search for legs
	BoundTimer  Timer = "bound"  // ends the search for legs
	HoldTimer   Timer = "hold"   // the network has let go of a line
)
