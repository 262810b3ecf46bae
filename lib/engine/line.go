package engine

import (
	"errors"
	"fmt"
	"time"

	"clearline/lib/call"
	"clearline/lib/flow"
)

// seize holds the line for the call and answers with LineSeized, or LineBusy
// when another call holds it or one of its telephones is in use.
func (l *live) seize(line call.LineID) error {
	e := l.engine
	e.mu.Lock()
	holder, held := e.seized[line]
	if !held {
		e.seized[line] = l.id
	}
	e.mu.Unlock()
	if held {
		if holder == l.id {
			l.mail.put(flow.LineSeized{})
		} else {
			l.mail.put(flow.LineBusy{})
		}
		return nil
	}
	inUse, err := e.opts.Exchange.InUse(e.ctx, e.lines[line].Endpoints)
	switch {
	case err != nil:
		e.letGo(line, l.id)
		return fmt.Errorf("ask whether line %s is in use: %w", line, err)
	case inUse:
		e.letGo(line, l.id)
		l.mail.put(flow.LineBusy{})
	default:
		l.mail.put(flow.LineSeized{})
	}
	return nil
}

// rules are those a line goes by.
func (e *Engine) rules(line call.LineID) flow.Rules {
	if own, ok := e.opts.OwnRules[line]; ok {
		return own
	}
	return e.opts.Rules
}

// clearingRules are those a line is cleared by.
func (e *Engine) clearingRules(line call.LineID) flow.ClearingRules {
	rules, own := e.opts.Clearing, e.rules(line)
	rules.Patience, rules.Gain = own.Patience, own.Gain
	return rules
}

// sessionRules are those of messages that are heard on a line, and of codes dialled on it.
func (e *Engine) sessionRules(line call.LineID) flow.SessionRules {
	rules, own := e.opts.Boxes.Rules, e.rules(line)
	rules.ChoiceWait, rules.Patience, rules.Gain = own.ChoiceWait, own.Patience, own.Gain
	return rules
}

func (e *Engine) letGo(line call.LineID, holder call.ID) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.seized[line] == holder {
		delete(e.seized, line)
	}
}

// route sends events of a leg to a call, from before the leg exists.
func (e *Engine) route(leg call.LegID, l *live) {
	e.mu.Lock()
	e.legs[leg] = l
	e.mu.Unlock()
}

// block refuses a number from now on, and after a restart.
func (e *Engine) block(b flow.BlockCaller) {
	if b.By == call.ByHandset {
		e.distrust(b.Line, b.Number)
	}
	e.add(e.blocked(b))
	e.opts.Log.Info("caller blocked", "line", b.Line, "from", b.Number, "by", b.By)
}

// blocked is the block of a number by the resident's key, or by a warden.
func (e *Engine) blocked(b flow.BlockCaller) call.Entry {
	source := fmt.Sprintf("the resident pressed %c", e.opts.Rules.BlockKey)
	switch b.By {
	case "", call.ByResident:
	case call.ByHandset:
		source = "the resident dialled the code for it"
	default:
		source = fmt.Sprintf("%s refused a call", b.By)
	}
	return call.Entry{Line: b.Line, List: call.Blocks, Pattern: b.Number, Since: time.Now(), Source: source}
}

// failsafe hands a leg back to the dialplan.
func (e *Engine) failsafe(leg call.LegID) {
	err := e.opts.Exchange.Failsafe(e.ctx, leg)
	if err != nil && !errors.Is(err, call.ErrLegGone) && !errors.Is(err, call.ErrLegTaken) {
		e.opts.Log.Error("leg not handed back to the dialplan", "leg", leg, "err", err)
	}
}
