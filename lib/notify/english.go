package notify

import "clearline/lib/call"

var english = words{
	on: "{time} on {day} {month}",
	months: [12]string{
		"January", "February", "March", "April", "May", "June",
		"July", "August", "September", "October", "November", "December",
	},

	hidden:     "a caller who hides their number",
	unnumbered: "a caller without a number",
	named:      "{number}, who calls themselves “{name}”",

	incidentTitle: "{line}: somebody may be under attack",
	incident: "{number} ({service}) was dialled on the telephone of {line} at {time}, {when}. " +
		"Clearline is ending every other call of the line, so that {number} is reached and nobody else.\n" +
		"The caller: {caller}.\n" +
		"Please see that the resident is well. Do not ring their line for that: it is needed.",
	when: map[call.Way]string{
		call.WayGuarded: "in the middle of a call with somebody unknown",
		call.WayConsult: "while Clearline asked about an unknown caller",
		call.WayFresh:   "soon after a call by somebody unknown",
	},
	endTitle: "{line}: what became of the call to {number}",
	end:      "The call of {line} to {number} ({service}) at {time}: {outcome}",
	outcomes: map[call.Outcome]string{
		call.OutcomeCleared:   "it was made. Nobody else was on the line any more.",
		call.OutcomeUnproved:  "it was made, but it is not certain that everybody else had left the line. Please find out at once whom the resident is talking to.",
		call.OutcomeNotMade:   "it was NOT made: somebody else may still be on the line. The resident was told to use another telephone. Please help at once.",
		call.OutcomeExplained: "it was not made. Fraudsters tell people to dial that number; the resident was told so, and which numbers are right.",
		call.OutcomeAbandoned: "it was not made. The resident hung up first.",
		call.OutcomeTaken:     "the telephone system made it by itself, because Clearline was too slow. It is not certain that everybody else had left the line.",
	},

	approvalTitle: "{line}: a caller waits",
	approval:      "{caller} has been waiting for {line} since {time} and has said why. Somebody is to decide now, in the console.",
	messageTitle:  "{line}: a message was left",
	message:       "{caller} left a message for {line} at {time}. It can be heard in the console.",
	pinTitle:      "{line}: a PIN may have been keyed in",
	pin: "In a call with somebody unknown, {keys} keys were pressed on the telephone of {line} at {time}. " +
		"That looks like a PIN. Clearline kept the keys from the caller.\n" +
		"The caller: {caller}.\n" +
		"Please speak to the resident now.",

	failedTitle: "Clearline: {part} has failed",
	failed:      "The part {part} of Clearline has not been well since {time}: {why}. {needed}",
	needed:      "Until it is, callers may reach residents without being asked anything; they are marked UNSCREENED.",
	unneeded:    "Callers are asked who they are all the same.",
	wellTitle:   "Clearline: {part} is well again",
	well:        "The part {part} of Clearline is well again since {time}.",

	digestTitle: "Clearline: {n} more messages",
	digest:      "Messages since {time} that were not sent one by one, because {reason}: {n}.{kinds}",
	reasons:     map[reason]string{forQuiet: "it was a quiet time", forFlood: "there were too many"},

	testTitle: "Clearline: this is a test",
	test:      "A test of the messages to {name}. Nothing has happened.",
}
