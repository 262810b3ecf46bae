// Package prompt is the catalogue of everything Clearline says: the names used in
// code, the texts under prompts/, and the sound files made from them.
package prompt

// Name is a prompt's name: "<flow>/<name>", the path of its text in the catalogue
// and of its sound file below the language's folder.
type Name string

// What the caller hears.
const (
	Greeting     Name = "screening/greeting"       // who answers and why
	PressDigit   Name = "screening/press-digit"    // "to go on, press": a digit follows
	TryAgain     Name = "screening/try-again"      // the digit was wrong or missing; a digit follows
	CheckFailed  Name = "screening/check-failed"   // after the second miss
	AskPurpose   Name = "screening/ask-purpose"    // name and reason, after the tone
	AskAgain     Name = "screening/ask-again"      // nothing was heard
	NothingSaid  Name = "screening/nothing-said"   // nothing was heard twice
	PleaseWait   Name = "screening/please-wait"    // the resident is being asked
	Declined     Name = "screening/declined"       // the resident does not want to talk
	Unavailable  Name = "screening/unavailable"    // nobody answered
	OnAnother    Name = "screening/on-another"     // the line is in use
	Crowded      Name = "screening/crowded"        // too many callers at once
	NotInService Name = "screening/not-in-service" // no line owns this number
	Sorry        Name = "screening/sorry"          // something failed
	KeyWord      Name = "screening/key-word"       // the family's word, on the keys
	KeyWordAgain Name = "screening/key-word-again" // the word was wrong or missing
	SayWord      Name = "screening/say-word"       // the family's word, after the tone; Greeting comes before
	SayWordAgain Name = "screening/say-word-again" // nothing was heard
	LeaveMessage Name = "screening/leave-message"  // the resident rests; a message, after the tone
	MessageAgain Name = "screening/message-again"  // the message from the beginning, after the tone
	NoMessage    Name = "screening/no-message"     // nothing was heard
	MessageKept  Name = "screening/message-kept"   // thanks

	NotAnswered     Name = "screening/not-answered"      // nobody is there; MayLeaveMessage follows
	InUseNow        Name = "screening/in-use-now"        // the line is in use; MayLeaveMessage follows
	NoDigit         Name = "screening/no-digit"          // the human check was failed twice; MayLeaveMessage follows
	MayLeaveMessage Name = "screening/may-leave-message" // a message, after the tone
)

// What the resident hears.
const (
	CallFrom       Name = "consult/call-from"       // digits of the number follow
	HiddenNumber   Name = "consult/hidden-number"   // the number is withheld
	NoNumber       Name = "consult/no-number"       // the network gave none
	FromAbroad     Name = "consult/from-abroad"     // a foreign number; its digits are not read out
	TheySaid       Name = "consult/they-said"       // the recording follows
	NotRecorded    Name = "consult/not-recorded"    // the recording could not be kept
	ToAccept       Name = "consult/to-accept"       // "to speak to them, press": the key follows
	ToBlock        Name = "consult/to-block"        // "to refuse and block them, press": the key follows
	ToRepeat       Name = "consult/to-repeat"       // "to hear this again, press": the key follows
	OrHangUp       Name = "consult/or-hang-up"      // hanging up refuses
	Connecting     Name = "consult/connecting"      // the caller comes on the line, the keypad is off
	BlockedNow     Name = "consult/blocked-now"     // the caller will not get through again
	CannotBlock    Name = "consult/cannot-block"    // refused, but the number was hidden
	CallerGone     Name = "consult/caller-gone"     // the caller hung up meanwhile
	WardenDecides  Name = "consult/warden-decides"  // the resident wants the call; a warden has to agree
	WardenAccepted Name = "consult/warden-accepted" // a warden has agreed: the caller comes on the line
	WardenRefused  Name = "consult/warden-refused"  // a warden has refused the caller
	WardenSilent   Name = "consult/warden-silent"   // no warden has decided in time
	CalledBack     Name = "consult/called-back"     // nothing was asked: it may be a call back from a service
	KnewCode       Name = "consult/knew-code"       // keyed the bypass code; nothing else was asked
	KnewWord       Name = "consult/knew-word"       // shows a contact's number, and keyed the family's word
	WordAsked      Name = "consult/word-asked"      // shows a contact's number, and was asked for the word; the recording follows
	LikeCutOff     Name = "consult/like-cut-off"    // advice: the number is like one that was cut off
	ManyLines      Name = "consult/many-lines"      // advice: has called several lines today
	WrongKey       Name = "consult/wrong-key"       // advice: failed the human check once
	SpokeOver      Name = "consult/spoke-over"      // advice: spoke over the greeting
	MayBeAnywhere  Name = "consult/may-be-anywhere" // advice: calls from abroad
	CostlyNumber   Name = "consult/costly-number"   // advice: ringing the number back costs
	RingBack       Name = "consult/ring-back"       // advice: the number is hidden
	WordNotKnown   Name = "consult/word-not-known"  // shows a contact's number, and did not know the word
	GuardLost      Name = "guard/lost"              // said by the dialplan when Clearline fell silent during a guarded call
	PINWarning     Name = "guard/pin-warning"       // whispered: keys looked like a PIN
	Reminder       Name = "guard/reminder"          // whispered: what nobody genuine asks for
	BankNow        Name = "guard/bank-now"          // whispered after it: 159, even now
	EndedBlocked   Name = "guard/ended-blocked"     // the call was ended by keys, and the caller is blocked
	EndedOnly      Name = "guard/ended-only"        // the call was ended by keys, but the number was hidden
)

// What the resident hears before the choice, when what the caller said sounds like a trick.
const (
	AdviceAuthority Name = "consult/about-authority" // police or bank that wants money, cards, or silence
	AdviceSecret    Name = "consult/about-secret"    // a PIN or a code
	AdviceCheckMe   Name = "consult/about-check-me"  // a number that is to prove who calls
	AdvicePayment   Name = "consult/about-payment"   // vouchers, coins, threats
	AdviceComputer  Name = "consult/about-computer"  // software, or the bank's pages
	AdviceRelative  Name = "consult/about-relative"  // a relative in need
	AdvicePressure  Name = "consult/about-pressure"  // now, or a key to be pressed
)

// What a resident hears who has dialled a number of a service.
const (
	LastCallEnded Name = "clearing/last-call-ended" // nobody else is on the line; the call is made now
	LineHeld      Name = "clearing/line-held"       // the network may still hold the last call; wait
	NotClear      Name = "clearing/not-clear"       // somebody may still be there; use another telephone
	ToTryAgain    Name = "clearing/to-try-again"    // "to try again, press": the key follows
	TrapDialled   Name = "clearing/trap-dialled"    // who told you to dial this lies
	RightNumbers  Name = "clearing/right-numbers"   // of the bank, the police, in an emergency
	DialNow       Name = "clearing/dial-now"        // hang up, or dial the number you want
)

// What a resident hears who dials the code for messages.
const (
	MessageFrom     Name = "mailbox/from-number"      // digits of the number follow
	MessageHidden   Name = "mailbox/from-hidden"      // the number is withheld
	MessageNoNumber Name = "mailbox/from-no-number"   // the network gave none
	MessageAbroad   Name = "mailbox/from-abroad"      // a foreign number; its digits are not read out
	ToDelete        Name = "mailbox/to-delete"        // "to delete it, press": the key follows
	ToCallBack      Name = "mailbox/to-call-back"     // "to call back, press": the key follows
	ToSave          Name = "mailbox/to-save"          // "to keep it, press": the key follows
	MessageDeleted  Name = "mailbox/deleted"          // and gone for good
	MessageSaved    Name = "mailbox/saved"            // its time begins anew
	CannotCallBack  Name = "mailbox/cannot-call-back" // the number is hidden, abroad, or costs a lot
	NotPlayable     Name = "mailbox/not-playable"     // the recording cannot be played
	NoMoreMessages  Name = "mailbox/no-more"          // goodbye
)

// What a resident hears who dials a code about the last caller, or about screening.
const (
	LastCaller       Name = "handset/last-caller"  // digits of the number follow
	LastCallerHidden Name = "handset/last-hidden"  // nothing can be done about a hidden number
	NoLastCaller     Name = "handset/no-caller"    // nobody called within the last day
	CallerIsKnown    Name = "handset/is-known"     // a contact is not blocked by a code
	ToTrust          Name = "handset/to-trust"     // "to let this number through, press": the key follows
	CallerTrusted    Name = "handset/trusted"      // done
	WardenTrusts     Name = "handset/warden-only"  // on this line a resident's yes lets nobody through
	NothingChanged   Name = "handset/not-changed"  // goodbye
	ScreeningPaused  Name = "handset/paused"       // for an hour; the code ends it
	ScreeningResumed Name = "handset/resumed"      // callers are asked again
	PausedCaller     Name = "consult/while-paused" // not asked, because the resident has paused that
)

// What is heard on a telephone that is tried by "clearline doctor --call".
const (
	TrialHello   Name = "trial/hello"    // who calls
	TrialPress   Name = "trial/press"    // "please press": a key follows
	TrialSpeak   Name = "trial/speak"    // count to five, after the tone
	TrialArrived Name = "trial/arrived"  // the recording follows
	TrialIfHeard Name = "trial/if-heard" // "if you heard yourself, press": a key follows
	TrialThanks  Name = "trial/thanks"   // goodbye
)

// What somebody hears who dials the code for recording what Clearline says.
const (
	KeyPIN       Name = "studio/key-pin"       // the PIN, then hash
	WrongPIN     Name = "studio/wrong-pin"     // once more
	NoEntry      Name = "studio/no-entry"      // the PIN was wrong too often; goodbye
	StudioClosed Name = "studio/closed"        // nothing can be recorded now; goodbye
	StudioOpen   Name = "studio/open"          // how to reach a prompt by its number
	StudioPrompt Name = "studio/prompt"        // its number follows, then the prompt itself
	NoSuchPrompt Name = "studio/no-such"       // nothing has the number
	ToRecord     Name = "studio/to-record"     // "to say it yourself, press": the key follows
	ToNext       Name = "studio/to-next"       // likewise, for the next one
	ToBack       Name = "studio/to-back"       // likewise, for the one before
	SpeakNow     Name = "studio/speak"         // after the tone, then hash
	NothingTaped Name = "studio/nothing-heard" // nothing was recorded
	YouSaid      Name = "studio/you-said"      // the recording follows
	ToKeep       Name = "studio/to-keep"       // "to keep it, press": the key follows
	ToSayAgain   Name = "studio/to-again"      // "to say it again, press": the key follows
	ToThrowAway  Name = "studio/to-drop"       // "to throw it away, press": the key follows
	KeptNow      Name = "studio/kept"          // it is said from now on
	ThrownAway   Name = "studio/dropped"       // nothing was changed
	TooLong      Name = "studio/too-long"      // longer than a prompt may be; nothing was changed
	NotKept      Name = "studio/not-kept"      // it could not be kept; nothing was changed
	StudioLeft   Name = "studio/goodbye"
)

// Pause is a short silence between groups of digits.
const Pause Name = "digits/pause"

// Digit is the prompt of one key: '0'..'9', '*' or '#'.
func Digit(key rune) Name {
	switch key {
	case '*':
		return "digits/star"
	case '#':
		return "digits/hash"
	}
	return Name("digits/" + string(key))
}

// Digits is the script of a number read out in groups, with a Pause at each space.
// Anything but digits and spaces is passed over.
func Digits(grouped string) Script {
	var names []Name
	for _, r := range grouped {
		switch {
		case r == ' ':
			names = append(names, Pause)
		case '0' <= r && r <= '9':
			names = append(names, Digit(r))
		}
	}
	return Say(names...)
}
