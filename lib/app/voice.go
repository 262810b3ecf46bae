package app

import (
	"context"
	"fmt"
	"sync"
	"time"

	"clearline/lib/call"
	"clearline/lib/config"
	"clearline/lib/engine"
	"clearline/lib/prompt"
	"clearline/lib/recordings"
)

// voice keeps what somebody records as what is said from now on.
type voice struct {
	recorded recordings.Folder
	prompts  prompt.Options

	mu sync.Mutex // one prompt at a time is kept
}

// newVoice is nil where nobody may record prompts.
func newVoice(cfg *config.Config) engine.Voice {
	if cfg.Codes.RecordPIN.Reveal() == "" {
		return nil
	}
	return &voice{
		recorded: recordings.Folder{Dir: cfg.Recordings.Dir},
		prompts:  prompt.Options{Out: cfg.Prompts.Dir, Own: cfg.Prompts.Own, Voice: cfg.Prompts.Voice()},
	}
}

// Ready implements engine.Voice.
func (v *voice) Ready() error { return prompt.CanKeep(v.prompts) }

// Keep implements engine.Voice.
func (v *voice) Keep(ctx context.Context, id call.RecordingID, language string, name prompt.Name) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if !v.recorded.Has(id) {
		return fmt.Errorf("keep %s/%s: there is no recording %s", language, name, id)
	}
	return prompt.Keep(ctx, v.prompts, v.recorded.Path(id), language, name, time.Now())
}
