package engine

import (
	"encoding/json"
	"fmt"

	"clearline/lib/call"
	"clearline/lib/flow"
	"clearline/lib/store"
)

// frozen is a call under way as the store keeps it.
type frozen struct {
	Arrival Arrival
	Flow    flow.Screening
}

// pending is an effect with its name, so that it can be told apart when it is read.
type pending struct {
	Name   string
	Effect json.RawMessage
}

// freeze makes what the store keeps of a call. The effects stay with the state
// until the next step replaces both: performing one twice does no harm.
func freeze(id call.ID, arrival Arrival, state flow.Screening, effects []flow.Effect) (store.Saved, error) {
	text, err := json.Marshal(frozen{arrival, state})
	if err != nil {
		return store.Saved{}, fmt.Errorf("freeze call %s: %w", id, err)
	}
	orders := make([]pending, len(effects))
	for i, e := range effects {
		effect, err := json.Marshal(e)
		if err != nil {
			return store.Saved{}, fmt.Errorf("freeze effects of call %s: %w", id, err)
		}
		orders[i] = pending{name(e), effect}
	}
	named, err := json.Marshal(orders)
	if err != nil {
		return store.Saved{}, fmt.Errorf("freeze effects of call %s: %w", id, err)
	}
	return store.Saved{ID: id, State: text, Pending: named}, nil
}

// thaw reads a call back, and what a resident ordered that may not have been written
// down yet: whom to block.
func thaw(saved store.Saved) (frozen, []flow.BlockCaller, error) {
	var f frozen
	if err := json.Unmarshal(saved.State, &f); err != nil {
		return frozen{}, nil, fmt.Errorf("thaw call %s: %w", saved.ID, err)
	}
	var orders []pending
	if err := json.Unmarshal(saved.Pending, &orders); err != nil {
		return f, nil, fmt.Errorf("thaw effects of call %s: %w", saved.ID, err)
	}
	var blocks []flow.BlockCaller
	for _, o := range orders {
		if o.Name != name(flow.BlockCaller{}) {
			continue
		}
		var block flow.BlockCaller
		if err := json.Unmarshal(o.Effect, &block); err != nil {
			return f, nil, fmt.Errorf("thaw effects of call %s: %w", saved.ID, err)
		}
		blocks = append(blocks, block)
	}
	return f, blocks, nil
}
