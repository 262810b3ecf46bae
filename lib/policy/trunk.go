package policy

import (
	"strings"
	"time"
)

// Trunk is a way out of the house.
type Trunk struct {
	Endpoint string        // as the exchange names it: "PJSIP/trunk"
	Analogue bool          // an FXO line: hanging up proves nothing there
	Hold     time.Duration // how long the network may keep a line that was hung up
}

// Trunks are the ways out of the house, as far as they are configured.
type Trunks []Trunk

// After says which trunk to avoid after a suspect who came by endpoint (without
// technology) and whose leg ended ago ago, 0 for one who is still there; and how long to
// wait when there is no other way out. A digital trunk is avoided, where there is a
// choice, only for a suspect who is still there: each call on it is a dialog of its own.
func (t Trunks) After(endpoint string, ago time.Duration) (avoid string, wait time.Duration) {
	if endpoint == "" {
		return "", 0
	}
	others := false
	var by Trunk
	for _, trunk := range t {
		if _, name, _ := strings.Cut(trunk.Endpoint, "/"); name == endpoint {
			by = trunk
		} else {
			others = true
		}
	}
	held := by.Hold - ago
	switch {
	case by.Analogue && held > 0 && !others:
		return endpoint, held
	case by.Analogue && held > 0, ago == 0:
		return endpoint, 0
	}
	return "", 0
}
