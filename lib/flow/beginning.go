package flow

import (
	"clearline/lib/call"
	"clearline/lib/prompt"
)

// beginning does with a caller what the house has decided about him.
func (s Screening) beginning(ev Event) (Screening, []Effect) {
	switch ev {
	case Began{Admitted}:
		return s.open(Screening.greet)
	case Began{AskedWord}:
		return s.open(Screening.askWord)
	case Began{TakesMessage}:
		return s.open(Screening.takeMessage)
	case Began{RefusedBlocked}:
		return s.close(call.Blocked, "", "")
	case Began{TurnedAway}:
		return s.close(call.TurnedAway, "", "")
	case Began{RefusedBusy}:
		return s.close(call.LineInUse, "", "")
	case Began{Unchallenged}:
		return s.passOn(NotAsked)
	case Began{WhilePaused}:
		return s.passOn(NotNow)
	case Began{RefusedCrowded}:
		return s.answerOnlyToSay(call.Crowded, prompt.Crowded)
	case Began{RefusedNoLine}:
		return s.answerOnlyToSay(call.NoLine, prompt.NotInService)
	}
	if s.CallerGone {
		return s.close(call.CallerHungUp, "", "")
	}
	return s, nil
}

// passOn asks the caller nothing: the resident decides.
func (s Screening) passOn(why Ground) (Screening, []Effect) {
	s.Ground = why
	opening := []Effect{Answer{s.Caller}, Deadman{s.Caller, sayMax}}
	s, effects := s.seize()
	return s, append(opening, effects...)
}

// open answers the caller and begins to listen.
func (s Screening) open(first func(Screening) (Screening, []Effect)) (Screening, []Effect) {
	s.Listening = true
	opening := []Effect{Answer{s.Caller}, Deadman{s.Caller, sayMax}, DetectSpeech{s.Caller}}
	s, effects := first(s)
	return s, append(opening, effects...)
}

func (s Screening) answerOnlyToSay(cause call.Cause, name prompt.Name) (Screening, []Effect) {
	opening := []Effect{Answer{s.Caller}}
	s, effects := s.close(cause, prompt.Say(name), "")
	return s, append(opening, effects...)
}
