package call

import "time"

// Role says what a dialled number is for.
type Role string

// The roles. A relay prefix (18001) has none of its own: it takes the role of the
// number that follows it.
const (
	Emergency    Role = "emergency"    // must always connect, at once, with nothing in the way
	Verification Role = "verification" // dialled to check a story or to get help: the line is cleared first
	Trap         Role = "trap"         // fraudsters tell people to dial it; it is never routed
	Other        Role = "other"        // everything else: none of Clearline's business
)

// Way says how a number was dialled.
type Way string

// The ways in.
const (
	WayFresh   Way = "fresh"   // on a leg of its own, as any call is dialled
	WayConsult Way = "consult" // on the keypad, while the resident was asked about a caller
	WayGuarded Way = "guarded" // on the keypad, inside the call with an unknown caller
)

// Outcome says how an attempt ended.
type Outcome string

// The outcomes. An attempt under way has none.
const (
	OutcomeCleared   Outcome = "cleared"   // every other leg was proved gone, and the call was made
	OutcomeUnproved  Outcome = "unproved"  // an emergency went on before every leg was proved gone
	OutcomeNotMade   Outcome = "not-made"  // a leg was not proved gone: the resident was told to use another telephone
	OutcomeExplained Outcome = "explained" // a trap: the resident heard the right numbers
	OutcomeAbandoned Outcome = "abandoned" // the resident hung up first
	OutcomeTaken     Outcome = "taken"     // the dialplan took the leg and made the call: Clearline was silent for too long
)

// Attempt is one dialling of a number that is not Other. Its ID is that of the call
// that clears the line; dialling again while it is under way joins it.
type Attempt struct {
	ID      ID
	Line    LineID
	Dialled string // digits as dialled
	Number  string // of the service: E.164, or the digits of a short code
	Service string // its name, for people
	Role    Role
	Way     Way
	At      time.Time
	Found   int           // other legs of the line that were found up
	Gone    int           // those of them that were proved gone
	Took    time.Duration // from At to the outcome
	Outcome Outcome
	Suspect Caller // the unknown caller of the line, now or within the window before; zero when there was none
	Urgency Urgency
}

// Urgency says how much an attempt looks like an attack. An attempt with one is an
// incident.
type Urgency string

// The urgencies, in rising order.
const (
	Calm   Urgency = ""       // no unknown caller had anything to do with it
	Raised Urgency = "raised" // within the window after an unknown caller
	High   Urgency = "high"   // inside the call with one, or for the second time within the window
)

// WindowKind says what a Window changes.
type WindowKind string

// The kinds.
const (
	Quarantine        WindowKind = "quarantine"         // a caller who was torn down is refused
	UnderAttack       WindowKind = "under-attack"       // unknown callers are refused
	CallBackEmergency WindowKind = "callback-emergency" // callers are not challenged: it may be the emergency services
	CallBackOther     WindowKind = "callback-other"     // callers are not challenged: it may be the service that was called
	SecretLocked      WindowKind = "secret-locked"      // a bypass code or family word was wrong too often, and is not compared
	ScreeningPaused   WindowKind = "screening-paused"   // unknown callers are asked nothing: the resident has dialled the code for it
	ScreeningResumed  WindowKind = "screening-resumed"  // every pause that began before it is over
	LastCaller        WindowKind = "last-caller"        // whom a code is about: Number called at Since
)

// Window changes how the callers of a line are treated for a time. Of windows with
// the same line, kind and number the one that lasts longest holds.
type Window struct {
	Line   LineID
	Kind   WindowKind
	Number string // of the caller in quarantine, or of the last caller, as Caller.Number; empty for one who showed none. Which secret is locked. Empty for the other kinds
	Since  time.Time
	Until  time.Time
}
