package number

import "strings"

// Category is what an exchange says about the kind of telephone or person a call
// comes from, beside the number. It is empty where nothing is said.
type Category string

// The categories that change what is done with a call.
const (
	Ordinary          Category = "ordinary"
	PayphoneCategory  Category = "payphone"
	OperatorCategory  Category = "operator"           // a person at an exchange, also one who rings back
	EmergencyCallback Category = "emergency-callback" // an emergency service ringing back (RFC 7090)
)

// ParseCategory reads the value of a SIP cpc parameter (3GPP TS 24.229 section
// 7.2A.12, "payphone"), or of a Priority header ("psap-callback"), in any case.
// What is none of the four is ordinary; an empty value is no category.
func ParseCategory(value string) Category {
	switch strings.ToLower(strings.Trim(value, " \t\"")) {
	case "":
		return ""
	case "payphone":
		return PayphoneCategory
	case "operator":
		return OperatorCategory
	case "psap-callback", string(EmergencyCallback):
		return EmergencyCallback
	}
	return Ordinary
}

// CategoryOfLine reads originating line information, as CALLERID(ani2) and the
// isup-oli parameter have it: two digits of the North American "ANI II" plan.
func CategoryOfLine(digits string) Category {
	switch strings.TrimSpace(digits) {
	case "":
		return ""
	case "27", "70": // coin line; private pay station
		return PayphoneCategory
	case "34": // call handled by an operator
		return OperatorCategory
	}
	return Ordinary
}
