package engine

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"clearline/lib/call"
	"clearline/lib/flow"
)

// performAll performs effects in order. Those that only start a leg to the resident are
// performed side by side, and a clearing searches and hangs up beside everything else. A leg that turns out to be gone, or not ours any more, is
// asked for nothing else; and legs are bridged only if all that protects them before
// has been done.
func (l *live) performAll(effects []flow.Effect) {
	lost := maps.Clone(l.away)
	if lost == nil {
		lost = map[call.LegID]bool{}
	}
	var failed error
	var rings sync.WaitGroup
	defer rings.Wait()
	for _, e := range effects {
		if ring, ok := e.(flow.RingResident); ok {
			l.engine.route(ring.Leg, l)
			rings.Go(func() { l.ring(ring) })
			continue
		}
		if l.beside(e) || l.whispered(e, lost) {
			continue
		}
		rings.Wait()
		if slices.ContainsFunc(legsOf(e), func(leg call.LegID) bool { return lost[leg] }) {
			l.unrecorded(e)
			continue
		}
		var err error
		if _, bridge := e.(flow.Bridge); bridge && failed != nil {
			err = fmt.Errorf("not bridged: %w", failed)
		} else {
			err = l.perform(e)
		}
		for _, leg := range l.failed(e, err) {
			lost[leg] = true
		}
		failed = cmp.Or(failed, err)
	}
}

// beside performs what a clearing does not wait for, and says whether e is that.
func (l *live) beside(e flow.Effect) bool {
	if !l.clears() {
		return false
	}
	switch e := e.(type) {
	case flow.FindLegs:
		l.engine.work.Go(func() { l.search(e) })
		return true
	case flow.HangUp:
		l.engine.work.Go(func() { l.drop(e) })
		return true
	}
	return false
}

// drop hangs up a leg that a clearing has found, unless an emergency number has been
// dialled on it meanwhile.
func (l *live) drop(e flow.HangUp) {
	l.engine.mu.Lock()
	spared := l.engine.emergencies[e.Leg]
	l.engine.mu.Unlock()
	if spared {
		l.log.Warn("leg is left alone: it dials an emergency number", "leg", e.Leg)
		return
	}
	l.failed(e, l.contained(e, func() error { return l.perform(e) }))
}

// ring starts a leg to the resident. Until that is known to have happened or not, the
// line cannot be proved clear.
func (l *live) ring(e flow.RingResident) {
	l.engine.mu.Lock()
	if l.ousted {
		l.engine.mu.Unlock()
		l.mail.put(flow.EffectFailed{Effect: e})
		return
	}
	l.ringing++
	l.engine.mu.Unlock()
	defer func() {
		l.engine.mu.Lock()
		defer l.engine.mu.Unlock()
		l.ringing--
	}()
	l.failed(e, l.contained(e, func() error { return l.perform(e) }))
}

// contained performs an effect outside the call's goroutine: a panic is its failure.
func (l *live) contained(e flow.Effect, perform func() error) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("perform %s: panic: %v", name(e), cause)
		}
	}()
	return perform()
}

func (l *live) perform(e flow.Effect) (err error) {
	switch e := e.(type) {
	case flow.SetTimer:
		l.setTimer(e)
	case flow.CancelTimer:
		l.cancelTimer(e.Timer)
	case flow.SeizeLine:
		err = l.seize(e.Line)
	case flow.FreeLine:
		l.engine.letGo(e.Line, l.id)
	case flow.NoteMessage:
		l.engine.noteMessage(e)
	case flow.TrustCaller:
		l.engine.trust(e)
	case flow.PauseScreening:
		l.engine.pause(e)
	case flow.KeepPrompt:
		l.engine.work.Go(func() { l.keep(e) })
	case flow.Dismissed:
		l.dismissed()
	case flow.BlockCaller:
		l.engine.block(e)
	case flow.Release:
		l.engine.failsafe(e.Leg)
	case flow.Ended:
		l.ended(e)
	case flow.NoteAttempt:
		l.note(e)
	case flow.NoteSecret:
		l.engine.keyed(e)
	case flow.NotePIN:
		l.suspectPIN(e.Keys)
	case flow.Redial:
		err = l.leave(e)
	case flow.Unpair:
		err = l.unpair(e)
	case flow.Deadman:
		err = l.engine.opts.Exchange.Perform(l.engine.ctx, e)
		l.renewed(e, err)
	case flow.CallBack:
		if err = l.engine.opts.Exchange.Perform(l.engine.ctx, e); err == nil {
			l.mail.put(flow.WentOn{Leg: e.Leg})
		}
	case flow.GoOn:
		e.Incident = e.Incident || l.suspectedElsewhere()
		if err = l.engine.opts.Exchange.Perform(l.engine.ctx, e); err == nil {
			l.mail.put(flow.WentOn{Leg: e.Leg})
		}
	default:
		err = l.engine.opts.Exchange.Perform(l.engine.ctx, e)
	}
	return err
}

// failed tells the flow what could not be done, and returns the legs that are lost to
// it. A leg that turns out to be gone is told as that: its own event may have been missed.
// That of one that is being hung up is to come.
func (l *live) failed(e flow.Effect, err error) (lost []call.LegID) {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, call.ErrLegEnding) && len(legsOf(e)) == 1:
		l.log.Debug("leg is being hung up", "effect", name(e))
		l.unrecorded(e)
		return legsOf(e)
	case errors.Is(err, call.ErrLegTaken) && len(legsOf(e)) == 1:
		l.log.Warn("leg was taken back by the dialplan", "effect", name(e), "err", err)
		l.mail.put(flow.LegTaken{Leg: legsOf(e)[0]})
		return legsOf(e)
	case errors.Is(err, call.ErrLegGone):
		for _, leg := range legsOf(e) {
			if l.confirmGone(leg) {
				lost = append(lost, leg)
			}
		}
		if len(lost) > 0 {
			l.log.Debug("leg was gone", "effect", name(e))
			l.unrecorded(e)
			return lost
		}
	}
	l.log.Warn("effect failed", "effect", name(e), "err", err)
	if _, joins := e.(flow.Bridge); joins { // before what came of taking it apart again
		l.mail.putFirst(flow.EffectFailed{Effect: e})
		return nil
	}
	l.mail.put(flow.EffectFailed{Effect: e})
	return nil
}

// unrecorded tells the flow that a recording never began, before it hears what became of the
// leg: it must not be taken for one that was cut off.
func (l *live) unrecorded(e flow.Effect) {
	if record, is := e.(flow.Record); is {
		l.mail.putFirst(flow.NotRecorded{Recording: record.Recording})
	}
}

// confirmGone tells the flow that a leg is gone if the exchange says so.
func (l *live) confirmGone(leg call.LegID) bool {
	standing, err := l.engine.opts.Exchange.Follow(l.engine.ctx, leg)
	if err != nil || standing != call.LegGone {
		return false
	}
	l.mail.put(flow.LegGone{Leg: leg})
	return true
}

// legsOf names the legs an effect needs.
func legsOf(e flow.Effect) []call.LegID {
	switch e := e.(type) {
	case flow.Answer:
		return []call.LegID{e.Leg}
	case flow.HangUp:
		return []call.LegID{e.Leg}
	case flow.Play:
		return []call.LegID{e.Leg}
	case flow.Whisper:
		return []call.LegID{e.Leg}
	case flow.Record:
		return []call.LegID{e.Leg}
	case flow.DetectSpeech:
		return []call.LegID{e.Leg}
	case flow.Louder:
		return []call.LegID{e.Leg}
	case flow.IgnoreSpeech:
		return []call.LegID{e.Leg}
	case flow.StartRinging:
		return []call.LegID{e.Leg}
	case flow.RingResident:
		return []call.LegID{e.Leg}
	case flow.StopRinging:
		return []call.LegID{e.Leg}
	case flow.Refuse:
		return []call.LegID{e.Leg}
	case flow.Deadman:
		return []call.LegID{e.Leg}
	case flow.Redial:
		return []call.LegID{e.Leg}
	case flow.CallBack:
		return []call.LegID{e.Leg}
	case flow.GoOn:
		return []call.LegID{e.Leg}
	case flow.Unpair:
		return []call.LegID{e.Caller}
	case flow.Pair:
		return []call.LegID{e.Caller, e.Resident}
	case flow.Bridge:
		return []call.LegID{e.Caller, e.Resident}
	}
	return nil
}
