package call

import (
	"fmt"
	"strings"
)

// Consult names the leg that rings the nth endpoint of the line (from 0) for call id.
func (id ID) Consult(n int) LegID { return LegID(fmt.Sprintf("%s-consult-%d", id, n)) }

// Bridge names the bridge of call id.
func (id ID) Bridge() BridgeID { return BridgeID(string(id) + "-bridge") }

// Playback names the nth playback of call id.
func (id ID) Playback(n int) PlaybackID { return PlaybackID(fmt.Sprintf("%s-play-%d", id, n)) }

// Whisper names the nth whisper to the resident in call id.
func (id ID) Whisper(n int) PlaybackID { return PlaybackID(fmt.Sprintf("%s%s%d", id, whisper, n)) }

const whisper = "-whisper-"

// Whispered says whether an id is one of a whisper's.
func (p PlaybackID) Whispered() bool { return strings.Contains(string(p), whisper) }

// Recording names the nth recording of call id.
func (id ID) Recording(n int) RecordingID { return RecordingID(fmt.Sprintf("%s-purpose-%d", id, n)) }

// Take names the nth recording of call id when it is of what Clearline says.
func (id ID) Take(n int) RecordingID { return RecordingID(fmt.Sprintf("%s%s%d", id, take, n)) }

const take = "-take-"

// Message names the nth recording of call id when it is a message.
func (id ID) Message(n int) RecordingID { return RecordingID(fmt.Sprintf("%s-message-%d", id, n)) }
