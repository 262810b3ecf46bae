package call

// Standing is where a leg is, as far as Clearline may do something about it.
type Standing string

// The standings.
const (
	LegHeld  Standing = "held"  // in Clearline's hands
	LegRung  Standing = "rung"  // being rung, or picked up and not in Clearline's hands yet
	LegTaken Standing = "taken" // the dialplan's
	LegGone  Standing = "gone"  // no longer there
)
