package asterisk

import (
	"os"
	"strings"
	"time"

	"github.com/CyCoreSystems/ari/v5"

	"clearline/lib/call"
	"clearline/lib/flow"
)

// key reads one keypad digit.
func key(digit string) (rune, bool) {
	const keypad = "0123456789*#ABCD"
	if len(digit) != 1 || !strings.Contains(keypad, digit) {
		return 0, false
	}
	return rune(digit[0]), true
}

// target is the leg in a URI channel:ID; bridges have no leg.
func target(uri string) (call.LegID, bool) {
	id, ok := strings.CutPrefix(uri, "channel:")
	return call.LegID(id), ok
}

// recorded is the end of a recording; nil when it was of a bridge.
func (c *Client) recorded(rec ari.LiveRecordingData, failed bool) flow.Event {
	leg, ok := target(rec.TargetURI)
	if !ok {
		return nil
	}
	return c.onDisk(leg, rec.Name, time.Duration(rec.Duration), failed)
}

// onDisk is the end of a recording, at least told long, with what there is of it.
func (c *Client) onDisk(leg call.LegID, name string, told time.Duration, failed bool) flow.RecordingDone {
	bytes := c.audioBytes(name)
	return flow.RecordingDone{
		Leg:       leg,
		Recording: call.RecordingID(name),
		Length:    max(told, time.Duration(bytes)*time.Second/wavRate),
		Bytes:     bytes,
		Failed:    failed,
	}
}

// wavRate is how many bytes a second of sound takes: 8 kHz, 16 bits. The event tells the
// length in whole seconds, rounded down: a short answer would be none.
const wavRate = 16000

// wavHeader is the size of what Asterisk writes before the sound.
const wavHeader = 44

// audioBytes is the size of a recording's sound on disk; 0 when there is none. The
// folder is opened as a root: a name cannot lead out of it.
func (c *Client) audioBytes(name string) int64 {
	root, err := os.OpenRoot(c.opt.RecordingsDir)
	if err != nil {
		return 0
	}
	defer func() { _ = root.Close() }() // nothing was written
	info, err := root.Stat(name + ".wav")
	if err != nil || !info.Mode().IsRegular() {
		return 0
	}
	return max(0, info.Size()-wavHeader)
}
