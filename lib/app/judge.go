package app

import (
	"context"
	"time"

	"clearline/lib/call"
	"clearline/lib/config"
	"clearline/lib/engine"
	"clearline/lib/history"
	"clearline/lib/number"
	"clearline/lib/policy"
)

// Question asks about a caller as a Clearline with this configuration and this memory
// would at a time: the house that decides, and what to ask it. A Clearline that has kept
// nothing yet has a nil memory.
func Question(ctx context.Context, cfg *config.Config, kept history.Kept, line call.LineID, from call.Caller, at time.Time) (*policy.House, policy.Question, error) {
	house, err := house(ctx, cfg, kept, at)
	if err != nil {
		return nil, policy.Question{}, err
	}
	if kept == nil {
		return house, policy.Question{Line: line, From: from, Class: number.ClassOf(from, cfg.Region), At: at}, nil
	}
	records, err := kept.Records(ctx, history.Most)
	if err != nil {
		return nil, policy.Question{}, err
	}
	return house, policy.Question{
		Line: line, From: from, Class: number.ClassOf(from, cfg.Region), At: at,
		Recent: engine.Missed(records, line, from, at, house.Rules(line).BreakThroughWithin),
	}, nil
}

// house is what decided about callers at a time.
func house(ctx context.Context, cfg *config.Config, kept history.Kept, at time.Time) (*policy.House, error) {
	plans, err := plans(cfg)
	if err != nil {
		return nil, err
	}
	var homes []policy.Residence
	for _, l := range cfg.Lines {
		homes = append(homes, policy.Residence{Line: l.Line, Rules: l.Policy, Plan: plans[l.ID]})
	}
	empty := policy.NewHouse(homes...)
	if kept == nil {
		return empty, nil
	}
	var lists policy.Loader
	err = kept.Entries(ctx, func(e call.Entry) error {
		_ = lists.Add(e) // what means nothing to a running Clearline is left out here, too
		return nil
	})
	if err != nil {
		return nil, err
	}
	attempts, err := kept.Attempts(ctx, history.Most)
	if err != nil {
		return nil, err
	}
	var open []call.Window
	for _, a := range attempts {
		for _, w := range policy.Opened(a, windowRules(cfg)) {
			if !w.Since.After(at) {
				open = append(open, w)
			}
		}
	}
	return empty.WithBook(lists.Book()).WithWindows(policy.NewWindows(open)), nil
}
