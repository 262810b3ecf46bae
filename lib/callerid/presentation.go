package callerid

import (
	"strings"

	"clearline/lib/call"
)

// Presentation reads a presentation as a dialplan hands it on: Clearline's own words, or
// those of Asterisk's CALLERID(num-pres). Many trunks say only in the number's place that
// the caller hid it (RFC 3323 section 4.1.1.3) or that the network knows none (3GPP TS
// 23.003 section 13.7); Asterisk calls both allowed.
func Presentation(word, number string) call.Presentation {
	switch {
	case word == string(call.Withheld), strings.HasPrefix(word, "prohib"), strings.EqualFold(number, "anonymous"):
		return call.Withheld
	case strings.EqualFold(number, "unavailable"):
		return call.Unavailable
	case strings.HasPrefix(word, "allowed"):
		return call.Allowed
	}
	return call.Unavailable
}

// The bits of a presentation as a number (ITU-T Q.951.3, Asterisk's callerid.h). The two
// lowest bits say who checked the number.
const (
	allowed    = 0x00
	restricted = 0x20
	screening  = 0x03
)

// PresentationCode is Presentation for Asterisk's number, as in AGI's agi_callingpres.
func PresentationCode(code int, number string) call.Presentation {
	word := ""
	switch code &^ screening {
	case allowed:
		word = "allowed"
	case restricted:
		word = "prohib"
	}
	return Presentation(word, number)
}

// failedScreen ends the presentation of a number that the caller's exchange was given,
// and found to be false (ITU-T Q.951.3, "user-provided, verified and failed").
const failedScreen = "_failed_screen"

// Attestation reads what the operator's dialplan found out from the caller's network.
// What is no word of Clearline's means that nobody said anything, unless the presentation
// does.
func Attestation(word, presentation string) call.Attestation {
	switch a := call.Attestation(word); {
	case a == call.AttestationPassed, a == call.AttestationFailed:
		return a
	case strings.HasSuffix(presentation, failedScreen):
		return call.AttestationFailed
	}
	return call.NotAttested
}
