package call

// Cause says why a call ended. Every call ends with exactly one.
type Cause string

// The causes, in the words the history shows.
const (
	Completed      Cause = "completed"       // the two talked, and one of them hung up
	CallerHungUp   Cause = "caller-hung-up"  // before anything was decided
	Refused        Cause = "refused"         // the resident hung up, or stayed silent, when asked, or a warden refused
	EndedBlocked   Cause = "ended-blocked"   // the two talked, and the resident ended that with the keys that block the caller
	RefusedBlocked Cause = "refused-blocked" // the resident or a warden refused and blocked the caller
	NoAnswer       Cause = "no-answer"       // nobody picked up in time, or no warden decided
	LineInUse      Cause = "line-in-use"     // the resident is on another call, or the telephone said busy
	Unreachable    Cause = "unreachable"     // none of the line's endpoints could be rung
	CheckFailed    Cause = "check-failed"    // the human check was failed twice
	NothingSaid    Cause = "nothing-said"    // no purpose was stated, or no message left, twice
	MessageLeft    Cause = "message-left"    // the caller left a message; no telephone rang
	Blocked        Cause = "blocked"         // the caller's number is on a block list
	Cleared        Cause = "cleared"         // the line was cleared for a call to a service
	TurnedAway     Cause = "turned-away"     // torn down before, or unknown to a line that may be under attack
	Crowded        Cause = "crowded"         // too many callers are being screened
	NoLine         Cause = "no-line"         // no line owns the number dialled
	Taken          Cause = "taken"           // the dialplan took the caller back: Clearline was silent for too long
	Fault          Cause = "fault"           // the exchange failed to do what was asked
	Lost           Cause = "lost"            // Clearline stopped while the call was up
)
