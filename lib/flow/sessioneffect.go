package flow

import (
	"clearline/lib/call"
	"clearline/lib/prompt"
)

// NoteMessage says what has become of a message: heard, saved or deleted. A deleted one is
// removed from the disk.
type NoteMessage struct {
	Line      call.LineID
	Recording call.RecordingID
	Became    call.Box
}

// CallBack sends a resident's leg to the operator's dialplan, which dials a number.
// WentOn answers it.
type CallBack struct {
	Leg    call.LegID
	Number string // digits, as the resident would dial them
}

// TrustCaller puts a number on the line's list of contacts, because the resident said so.
type TrustCaller struct {
	Line   call.LineID
	Number string
}

// PauseScreening stops asking unknown callers for a while, or begins again.
type PauseScreening struct {
	Line call.LineID
	On   bool
}

// ShowMessages shows at the telephones of a line how many messages it has.
type ShowMessages struct {
	Line        call.LineID
	Fresh, Kept int // not heard, and heard
}

// Dismissed closes a session. Nothing follows it.
type Dismissed struct{}

func (NoteMessage) effect()    {}
func (CallBack) effect()       {}
func (TrustCaller) effect()    {}
func (PauseScreening) effect() {}
func (ShowMessages) effect()   {}
func (Dismissed) effect()      {}

// KeepPrompt makes what was recorded the operator's own recording of a prompt: from now on
// that is said. PromptKept answers it. The recording itself stays where it is.
type KeepPrompt struct {
	Recording call.RecordingID
	Language  string // "en_GB"
	Prompt    prompt.Name
}

// PromptKept answers KeepPrompt.
type PromptKept struct {
	Recording call.RecordingID
	Outcome   PromptOutcome
}

// PromptOutcome is what has become of a recording that was to be kept.
type PromptOutcome string

// The outcomes.
const (
	PromptSaid    PromptOutcome = "said"     // it is said from now on
	PromptTooLong PromptOutcome = "too-long" // longer than a prompt may be; nothing was changed
	PromptFailed  PromptOutcome = "failed"   // likewise, for another reason
)

func (KeepPrompt) effect() {}
func (PromptKept) event()  {}
