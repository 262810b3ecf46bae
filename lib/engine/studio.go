package engine

import (
	"context"
	"errors"
	"time"

	"clearline/lib/call"
	"clearline/lib/flow"
	"clearline/lib/prompt"
)

// Voice keeps what somebody has recorded as what Clearline says. It may be used from many
// goroutines.
type Voice interface {
	// Ready says why Keep would not do; nil when it would.
	Ready() error
	// Keep has a recording said in place of a prompt from now on. It may be told the same
	// twice. Its error wraps prompt.ErrTooLong when the recording is longer than a prompt may be;
	// nothing is changed by an error.
	Keep(ctx context.Context, id call.RecordingID, language string, name prompt.Name) error
}

// keepMax is how long a recording may take to be kept: the flow waits longer than that.
const keepMax = 30 * time.Second

// speaking is somebody who records prompts.
type speaking struct{ flow.Studio }

func (s speaking) step(ev flow.Event) (running, []flow.Effect) {
	next, effects := s.Step(ev)
	return speaking{next}, effects
}

func (s speaking) stage() flow.Stage  { return s.Stage }
func (s speaking) ending() string     { return "" }
func (s speaking) legs() []call.LegID { return []call.LegID{s.Leg} }
func (s speaking) freeze() frozen     { return frozen{Studio: &s.Studio} }

// studio is the flow of a leg on which the code for recording was dialled: patient, because
// somebody looks up what to say. The lock is held.
func (e *Engine) studio(id call.ID, line call.Line, d Dialled, rules flow.SessionRules, now time.Time) running {
	unfit := e.opts.Boxes.Voice == nil
	if !unfit {
		if err := e.opts.Boxes.Voice.Ready(); err != nil {
			e.opts.Log.Error("prompts cannot be recorded", "line", line.ID, "err", err)
			unfit = true
		}
	}
	rules.ChoiceWait = max(rules.ChoiceWait, studioWait)
	locked := e.locked(line.ID, flow.StudioPIN, now)
	return speaking{flow.BeginStudio(id, line, d.Leg, e.opts.Plans[line.ID], rules, d.Prompt, e.opts.Boxes.PIN, locked, unfit)}
}

// studioWait is how long somebody who records may think.
const studioWait = 20 * time.Second

// admitted gives who is in the studio the PIN again, which is never saved.
func (e *Engine) admitted(f running) running {
	if s, ok := f.(speaking); ok {
		s.PIN = e.opts.Boxes.PIN
		return s
	}
	return f
}

// keep has what was recorded said from now on, beside the call: numbers for help are obeyed
// meanwhile.
func (l *live) keep(k flow.KeepPrompt) {
	e := l.engine
	outcome := flow.PromptFailed
	err := l.contained(k, func() error {
		if e.opts.Boxes.Voice == nil {
			return errors.New("nobody keeps recordings of prompts")
		}
		ctx, cancel := context.WithTimeout(e.ctx, keepMax)
		defer cancel()
		return e.opts.Boxes.Voice.Keep(ctx, k.Recording, k.Language, k.Prompt)
	})
	switch {
	case err == nil:
		outcome = flow.PromptSaid
		l.log.Warn("prompt recorded", "prompt", k.Prompt, "language", k.Language)
	case errors.Is(err, prompt.ErrTooLong):
		outcome = flow.PromptTooLong
		l.log.Info("prompt not recorded", "prompt", k.Prompt, "language", k.Language, "err", err)
	default:
		l.log.Error("prompt not recorded", "prompt", k.Prompt, "language", k.Language, "err", err)
	}
	l.mail.put(flow.PromptKept{Recording: k.Recording, Outcome: outcome})
}
