package call

import "strings"

// Box says what has become of a message that a caller has left.
type Box string

// What can become of it.
const (
	NoMessage    Box = ""
	NewMessage   Box = "new"
	Heard        Box = "heard"
	SavedMessage Box = "saved" // the resident wants to keep it: its time begins anew
	Deleted      Box = "deleted"
	Expired      Box = "expired" // its time was over
)

// ByHandset is who has decided when the resident has dialled a code.
const ByHandset = "handset"

// IsTake says whether a recording is of what Clearline says, and nobody's who rang.
func (id RecordingID) IsTake() bool { return strings.Contains(string(id), take) }

// IsMessage says whether a recording is a message, rather than a purpose.
func (id RecordingID) IsMessage() bool { return strings.Contains(string(id), "-message-") }
