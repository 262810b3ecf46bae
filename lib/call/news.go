package call

import "time"

// News is something that has just happened on a line, for people and programs outside the
// calls: consoles, programs that read the feed, wardens who are to be told. What a Kind does
// not speak of is zero.
type News struct {
	Kind      NewsKind
	At        time.Time
	Line      LineID      // empty when no line owns the number dialled
	Call      ID          // the caller's call, or the attempt's ID
	Stage     string      // the flow's stage, as in Underway
	From      Caller      // the caller; for an attempt its suspect
	Recording RecordingID // the stated purpose, or the message
	Said      string      // CallTranscribed: what was said, as text; hostile until encoded
	Decision  Decision    // CallDecided
	Cause     Cause       // CallEnded
	Keys      int         // PINSuspected: how many, never which
	Attempt   Attempt     // AttemptBegan, AttemptEnded
}

// NewsKind says what has happened.
type NewsKind string

// The kinds.
const (
	CallBegan       NewsKind = "call-began"       // an unknown caller was taken in
	CallMoved       NewsKind = "call-moved"       // to another Stage; or a clearing has found legs, or proved them gone
	CallWaits       NewsKind = "call-waits"       // the caller has said why they call, and waits for a decision
	CallTranscribed NewsKind = "call-transcribed" // what the caller said is known as text, in Said
	CallDecided     NewsKind = "call-decided"     // by whom is in Decision
	CallEnded       NewsKind = "call-ended"       // and is in the history; callers who were refused at once have this one only
	MessageTaken    NewsKind = "message-taken"    // a caller has left a message
	PINSuspected    NewsKind = "pin-suspected"    // the resident pressed keys in a guarded call that look like a PIN
	AttemptBegan    NewsKind = "attempt-began"    // the resident dials a number for help, or, within the same attempt, another one
	AttemptEnded    NewsKind = "attempt-ended"    // how is in Attempt
	ListsChanged    NewsKind = "lists-changed"    // of the Line; of the house, or anywhere, when it is empty

	ScreeningChanged NewsKind = "screening-changed" // screening of the Line is paused, or begins again
)

// Underway is a call that goes on, as a console shows it.
type Underway struct {
	Call      ID
	Line      LineID
	Kind      string    // "screening" or "clearing"
	Stage     string    // the flow's stage: "greeting", "asking", "guarded", ...
	Since     time.Time // when the call came in
	Moved     time.Time // when it came to Stage
	From      Caller
	Waits     bool        // for a decision: a warden can refuse it now
	MayAccept bool        // a warden can accept it now
	Recording RecordingID // what the caller said, once it is on the disk
	Said      string      // the same as text, as far as a server understood it; hostile until encoded
	Decision  Decision    // zero while nobody has decided
	Notes     Notes
	Attempt   Attempt // of a clearing
}
