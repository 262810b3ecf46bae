package config

// The contexts Clearline prints for the dialplan. Trunks lead to the first, the
// endpoints of lines to the second; the others are between Clearline and the
// exchange.
const (
	ContextInbound    = "clearline-inbound"    // extension: the number dialled
	ContextOutbound   = "clearline-outbound"   // extension: what the resident dialled
	ContextScreening  = "clearline-screening"  // holds a caller for Clearline
	ContextUnscreened = "clearline-unscreened" // delivers a caller Clearline did not screen
	ContextConsult    = "clearline-consult"    // extension "s": a leg rung for a resident
	ContextFailsafe   = "clearline-failsafe"   // extension "s": a leg Clearline does not know
)

// ownContexts cannot be the operator's as well.
var ownContexts = []string{
	ContextInbound, ContextOutbound, ContextScreening, ContextUnscreened, ContextConsult, ContextFailsafe,
}
