package app

import (
	"context"

	"clearline/lib/engine"
	"clearline/lib/fastagi"
)

// verdicts answers the exchange's dialplan with what the engine decides.
type verdicts struct{ app *App }

var _ fastagi.Policy = verdicts{}

// Verdict implements fastagi.Policy.
func (v verdicts) Verdict(_ context.Context, a fastagi.Arrival) fastagi.Answer {
	d := v.app.engine.Verdict(engine.Arrival{
		Leg: a.Leg, Line: a.Line, Dialled: a.Dialled, From: v.app.normal(a.From), At: a.At,
	})
	return fastagi.Answer{Verdict: fastagi.Verdict(d.Verdict), Line: a.Line, Reason: d.Reason()}
}

// learner is told whom residents dial.
type learner struct{ app *App }

var _ fastagi.Learner = learner{}

// Dialled implements fastagi.Learner.
func (l learner) Dialled(_ context.Context, d fastagi.Dialling) {
	l.app.engine.DialledOut(d.Line, d.Dialled)
}
