package config

import (
	"fmt"
	"time"
)

// Many exchanges hold an analogue call that the person called has hung up, and only
// let it go after this time.
const (
	fxoHold  = 3 * time.Minute
	holdMost = 10 * time.Minute
)

// trunks reads the trunks. A telephone of a line is no trunk.
func (c *Config) trunks(t *table, owned *claims) {
	seen := map[string]int{} // line by endpoint
	for _, below := range t.tables("trunk") {
		if trunk, ok := readTrunk(below, seen, owned); ok {
			c.Trunks = append(c.Trunks, trunk)
		}
	}
}

func readTrunk(t *table, seen map[string]int, owned *claims) (Trunk, bool) {
	trunk := Trunk{Kind: TrunkSIP}
	if _, given := t.values["endpoint"]; !given {
		t.fault(t.at("endpoint"), "missing", `write technology and name: "PJSIP/trunk"`)
	}
	named := t.text("endpoint", &trunk.Endpoint, func(s string) (string, string) {
		if line, twice := seen[s]; twice {
			return fmt.Sprintf("%s is also the trunk at line %d", s, line), "keep one of them"
		}
		if other, taken := owned.endpoints[s]; taken {
			return fmt.Sprintf("%s rings for line %q (line %d)", s, other.id, other.line), "name the way to the network, not a telephone"
		}
		return isEndpoint(s)
	})
	if named {
		seen[trunk.Endpoint] = t.lineOf(t.at("endpoint"))
	}
	choice(t, "kind", &trunk.Kind, TrunkSIP, TrunkFXO)
	if trunk.Kind == TrunkFXO {
		trunk.Hold = fxoHold
	}
	t.duration("hold", &trunk.Hold, 0, holdMost)
	if trunk.Kind == TrunkSIP && trunk.Hold > 0 {
		t.fault(t.at("hold"), "a call over SIP is over when it is hung up", `leave it out, or write kind = "fxo"`)
	}
	t.finish()
	return trunk, named
}
