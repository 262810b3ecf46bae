package call

import "fmt"

// Consult names the leg that rings the nth endpoint of the line (from 0) for call id.
func (id ID) Consult(n int) LegID { return LegID(fmt.Sprintf("%s-consult-%d", id, n)) }

// Bridge names the bridge of call id.
func (id ID) Bridge() BridgeID { return BridgeID(string(id) + "-bridge") }

// Playback names the nth playback of call id.
func (id ID) Playback(n int) PlaybackID { return PlaybackID(fmt.Sprintf("%s-play-%d", id, n)) }

// Recording names the nth recording of call id.
func (id ID) Recording(n int) RecordingID { return RecordingID(fmt.Sprintf("%s-purpose-%d", id, n)) }

// Message names the nth recording of call id when it is a message.
func (id ID) Message(n int) RecordingID { return RecordingID(fmt.Sprintf("%s-message-%d", id, n)) }
