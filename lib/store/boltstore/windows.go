package boltstore

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"clearline/lib/call"
)

// windowGrace is how long a window is kept once it is over: clocks are set back.
const windowGrace = time.Hour

// putWindow keeps a window, unless the one that is kept lasts at least as long.
func putWindow(e *edit, window call.Window, now time.Time) error {
	if over(window, now) {
		return nil
	}
	key, err := json.Marshal([]string{string(window.Line), string(window.Kind), window.Number})
	if err != nil {
		return fmt.Errorf("encode the key of a window of line %s: %w", window.Line, err)
	}
	windows := e.part(windowsBucket)
	kept, found, err := get[call.Window](windows, key)
	if err != nil || found && !window.Until.After(kept.Until) {
		return err
	}
	return put(windows, string(key), window)
}

func over(window call.Window, now time.Time) bool {
	return window.Until.Add(windowGrace).Before(now)
}

// Windows implements store.Store.
func (s *Store) Windows(ctx context.Context, now time.Time) ([]call.Window, error) {
	windows, err := all[call.Window](ctx, s, windowsBucket)
	return slices.DeleteFunc(windows, func(w call.Window) bool { return !w.Until.After(now) }), err
}
