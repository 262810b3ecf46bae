package app

import (
	"context"
	"log/slog"
	"time"

	"clearline/lib/asterisk"
	"clearline/lib/call"
	"clearline/lib/config"
	"clearline/lib/prompt"
)

// inviteRing is how long a telephone rings for somebody who is to record a prompt.
const inviteRing = 30 * time.Second

// Invite rings a telephone of a line for somebody who is to record a prompt, as if they had
// dialled the code for it there: the PIN is asked for all the same. It returns when somebody
// has picked up.
func Invite(ctx context.Context, cfg *config.Config, endpoint string, name prompt.Name, log *slog.Logger) error {
	folder := cfg.Prompts.Folder(cfg.Language)
	folder.Log = log
	client, err := asterisk.New(exchange(cfg, folder, log))
	if err != nil {
		return err
	}
	defer client.Close()
	return client.Invite(ctx, asterisk.Invitation{
		Leg:      call.LegID(string(newID()) + "-invite"),
		Endpoint: endpoint, Name: "Clearline", Patience: inviteRing,
		Context: config.ContextOutbound, Extension: cfg.Codes.Record,
		Variables: map[string]string{"CLEARLINE_PROMPT": prompt.NumberOf(name)},
	})
}

// exchange is how the exchange is reached.
func exchange(cfg *config.Config, folder *prompt.Folder, log *slog.Logger) asterisk.Options {
	return asterisk.Options{
		URL: cfg.ARI.URL, Application: cfg.ARI.Application,
		Username: cfg.ARI.Username, Password: cfg.ARI.Password.Reveal(),
		RecordingsDir: cfg.Recordings.Dir, Sound: folder.Path,
		ConsultContext: config.ContextConsult, FailsafeContext: config.ContextFailsafe,
		CodeContext: config.ContextCode, DialContext: config.ContextOutbound, ClearedContext: config.ContextCleared,
		Logger: log,
	}
}
