// Package call holds the nouns every other package shares: calls, legs, lines,
// callers, and the causes a call can end with. It imports the standard library
// only and knows nothing of Asterisk.
package call

import "time"

// ID names one call through Clearline, from the first leg to the last. IDs sort
// by the time the call arrived and hold only [0-9a-z], so that they are safe in
// file names, URLs and log lines.
type ID string

// LegID names one party's side of a call. Inbound legs carry the id the exchange
// gave them; legs that Clearline starts carry an id of its own choosing, made
// from the call's ID.
type LegID string

// BridgeID names a bridge. Like the ids of playbacks and recordings it is made
// from the call's ID, and a number that grows with every effect where there can
// be more than one, so a repeated effect is seen as the same one.
type BridgeID string

// PlaybackID names what is being said to a leg.
type PlaybackID string

// RecordingID names what is being recorded from a leg, and its file.
type RecordingID string

// LineID names a protected telephone, as written in the configuration.
type LineID string

// Line is a protected telephone.
type Line struct {
	ID        LineID
	Name      string
	Numbers   []string // what callers dial to reach it, E.164
	Endpoints []string // what rings, as the exchange names it: "PJSIP/101"
	Language  string   // of everything said on the line: "en_GB"
}

// Presentation says whether the caller's number may be shown.
type Presentation string

// The presentations an exchange signals (3GPP TS 24.607, RFC 3323).
const (
	Allowed     Presentation = "allowed"
	Withheld    Presentation = "withheld"
	Unavailable Presentation = "unavailable"
)

// Caller is who rings in, as far as the network says. Number and Name come from
// a stranger: they are hostile until encoded for where they go.
type Caller struct {
	Number       string       // E.164 where it could be parsed, otherwise the digits presented, otherwise empty
	Name         string       // display name, control characters removed, at most 80 runes
	Presentation Presentation // whether Number may be shown
	Trunk        string       // endpoint the call came by, without technology: "trunk"
	Attested     Attestation  // what the network found out about Number, where the trunk says so
	Category     string       // "payphone", "operator", "emergency-callback" or "ordinary", where the trunk says so (number.Category)
}

// Shown is the number a caller shows. It is empty for one that may not be shown: that
// proves nothing, and is looked up nowhere.
func (c Caller) Shown() string {
	if c.Presentation != Allowed {
		return ""
	}
	return c.Number
}

// Attestation is what a network found out about the number a caller shows (RFC 8224).
type Attestation string

// The attestations. Most networks say nothing.
const (
	NotAttested       Attestation = ""
	AttestationPassed Attestation = "passed" // the number is the caller's
	AttestationFailed Attestation = "failed" // it was checked, and is not
)

// Record is what remains of a call in the history.
type Record struct {
	ID        ID
	Line      LineID // empty when no line owns the number dialled
	Dialled   string // the number dialled, as the trunk delivered it, digits only
	From      Caller
	Arrived   time.Time
	Ended     time.Time
	Cause     Cause
	Approved  bool        // the caller was accepted
	DecidedBy string      // who accepted or refused: a warden's id, or ByResident; empty when nobody did
	Decided   time.Time   `json:",omitzero"` // when they did; zero when nobody did, or before this was kept
	Recording RecordingID // the stated purpose, or the message; empty when nothing is kept, or no longer
	Said      string      `json:",omitempty"` // what is said in Recording, as far as a server understood it; clean, at most 500 runes, hostile until encoded
	Notes     Notes
	Message   Box       // what has become of the message, if the caller left one
	Saved     time.Time // when the resident saved it
	Instead   Cause     // of a message: why the caller was not put through; empty at night
}

// Notes are the signs noticed while a caller was screened. They advise; they
// never block a call.
type Notes struct {
	SpokeOver   bool // spoke while the greeting was still playing
	WrongDigits int  // wrong answers to the human check
	Silences    int  // times the human check got no answer at all
	CodeMisses  int  // wrong bypass codes, and any that were keyed while the code was locked
	KnewCode    bool // keyed the bypass code
	WordMisses  int  // times the family's word was wrong, or not keyed
	KnewWord    bool // keyed the family's word
	KeysInCall  int  // keys the resident pressed in the guarded call; the keys themselves are never kept
	PINWarnings int  // times the resident was warned because keys looked like a PIN
}
