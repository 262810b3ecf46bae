package engine_test

import (
	"maps"
	"testing"

	"clearline/lib/call"
	"clearline/lib/engine"
	"clearline/lib/store"
)

// named makes an engine one of several.
func named(node string) func(*engine.Options, *memory) {
	return func(o *engine.Options, _ *memory) { o.Node = node }
}

func TestCallsOfAnotherNodeAreNotLostWhenThisOneStarts(t *testing.T) {
	in(t, func(t *testing.T) {
		there := newRig(t, named("pbx-b"))
		there.Arrived(arrival("leg-a", "flat-1", stranger))
		settle()
		shared := &memory{diary: &diary{}, saved: map[call.ID]store.Saved{}}
		there.store.mu.Lock()
		maps.Copy(shared.saved, there.store.saved)
		there.store.mu.Unlock()

		here := newRig(t, named("pbx-a"), func(o *engine.Options, _ *memory) { o.Store = shared })
		if history := shared.history(); len(history) != 0 || len(shared.saved) != 1 {
			t.Errorf("after the start of another node the history is %+v, and %d calls are under way", history, len(shared.saved))
		}
		here.Close()
		again := newRig(t, named("pbx-b"), func(o *engine.Options, _ *memory) { o.Store = shared })
		again.exchange.gone["leg-a"] = true
		again.Connected(nil, nil)
		settle()
		if history := shared.history(); len(history) != 1 || history[0].Cause != call.CallerHungUp {
			t.Errorf("after its own start the history is %+v", history)
		}
		again.Close()
		there.Close()
	})
}
