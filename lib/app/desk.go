package app

import (
	"clearline/lib/config"
	"clearline/lib/desk"
)

// newDesk makes the desk at which wardens and programs work.
func (a *App) newDesk(cfg *config.Config) *desk.Desk {
	lines := make([]desk.Line, 0, len(cfg.Lines))
	for i, l := range cfg.CallLines() {
		lines = append(lines, desk.Line{Line: l, Approver: cfg.Lines[i].Approver})
	}
	return desk.New(desk.Options{
		Lines: lines, Region: cfg.Region, Zone: cfg.Timezone,
		Engine: a.engine, Feed: a.feed, History: a.store, Lists: served{a.store}, Audit: a.store,
		Recordings: cfg.Recordings.Dir, Log: a.log,
	})
}
