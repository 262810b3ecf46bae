package call

// Choice is what can be decided about a caller who waits.
type Choice string

// The choices.
const (
	Accept Choice = "accept"
	Refuse Choice = "refuse"
	Block  Choice = "block" // refuse, now and whenever this number calls again
)

// Approver says whose yes puts a caller through. Whoever it is, both the resident and a
// warden may refuse.
type Approver string

// The approvers.
const (
	ApproverResident Approver = "resident"
	ApproverWarden   Approver = "warden"
	ApproverEither   Approver = "either"
)

// ByResident is who has decided when the resident has, on the telephone. No warden has that
// name.
const ByResident = "resident"

// Decision is what somebody wants to become of a caller who waits. The first that counts
// holds; later ones change nothing.
type Decision struct {
	By     string // the warden's id, or ByResident
	Choice Choice
}

// Decided is the answer to who decides. A decision that does not hold is no error.
type Decided struct {
	Holds Decision // of the call, whoever made it; zero when nothing has been decided
	Won   bool     // it is the one that was asked for just now
	Why   Unheeded // it does not count; empty when Won
}

// Unheeded says why a decision does not count.
type Unheeded string

// The reasons.
const (
	TooLate    Unheeded = "too-late"    // somebody has decided before, or the call is over
	NotWaiting Unheeded = "not-waiting" // the caller does not wait for a decision yet, or there is no such call
	NotAllowed Unheeded = "not-allowed" // the resident alone may accept callers of this line
)
