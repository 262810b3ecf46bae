package config

import "clearline/lib/call"

// Hearing is how the resident of a line is asked about callers.
type Hearing struct {
	Approver call.Approver // whose yes puts a caller through
	Consult  Consult       // where the question is put
	Patience int           // 1 to 3: the resident is waited for so many times longer
	Gain     int           // 1 to 4: the resident hears everything so many times louder
}

// Consult says where it is asked whether a caller is put through.
type Consult string

// The places. On the screen only a warden is asked; the telephone rings to connect.
const (
	OnTelephone Consult = "telephone"
	OnScreen    Consult = "screen"
)

// mostPatience and mostGain are the most that helps anybody.
const (
	mostPatience = 3
	mostGain     = 4
)

func readHearing(t *table, approver call.Approver) Hearing {
	h := Hearing{Approver: approver, Consult: OnTelephone, Patience: 1, Gain: 1}
	choice(t, "approver", &h.Approver, call.ApproverResident, call.ApproverWarden, call.ApproverEither)
	if choice(t, "consult", &h.Consult, OnTelephone, OnScreen) && h.Consult == OnScreen && h.Approver == call.ApproverResident {
		t.fault(t.at("consult"), "the question is put to wardens, and only the resident may say yes", `write approver = "warden" or "either"`)
	}
	t.number("patience", &h.Patience, 1, mostPatience)
	t.number("gain", &h.Gain, 1, mostGain)
	return h
}
