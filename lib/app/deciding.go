package app

import (
	"context"

	"clearline/lib/call"
)

// Decide hands a warden's decision about a caller who waits to the call. The answer names the
// decision that holds, whoever made it: the first one. Whether the warden looks after the
// line is for who asks to know.
func (a *App) Decide(ctx context.Context, id call.ID, d call.Decision) (call.Decided, error) {
	return a.engine.Decide(ctx, id, d)
}
