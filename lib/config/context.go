package config

// The contexts Clearline prints for the dialplan. Trunks lead to the first, the
// endpoints of lines to the second; the others are between Clearline and the
// exchange.
const (
	ContextInbound    = "clearline-inbound"    // extension: the number dialled
	ContextOutbound   = "clearline-outbound"   // extension: what the resident dialled
	ContextVerdict    = "clearline-verdict"    // extension "s": asks Clearline who a caller is
	ContextScreening  = "clearline-screening"  // holds a caller for Clearline
	ContextUnscreened = "clearline-unscreened" // delivers a caller Clearline did not screen
	ContextConsult    = "clearline-consult"    // extension "s": a leg rung for a resident
	ContextWhose      = "clearline-whose"      // extension "s": finds the line of a resident's leg
	ContextCode       = "clearline-code"       // extension "s": a leg on which a code was dialled; a number: it is dialled on
	ContextClearing   = "clearline-clearing"   // extension "s": holds a resident's leg while the line is cleared
	ContextDialled    = "clearline-dialled"    // tells Clearline whom a resident dials
	ContextCleared    = "clearline-cleared"    // extension: two digits, cleared and incident
	ContextFloor      = "clearline-floor"      // extension "s": clears the line without Clearline
	ContextFailsafe   = "clearline-failsafe"   // extension "s": a leg Clearline does not know
)

// ownContexts cannot be the operator's as well.
var ownContexts = []string{
	ContextInbound, ContextOutbound, ContextVerdict, ContextScreening, ContextUnscreened, ContextConsult,
	ContextWhose, ContextDialled, ContextCode, ContextClearing, ContextCleared, ContextFloor, ContextFailsafe,
}
