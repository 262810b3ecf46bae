package asterisk

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/CyCoreSystems/ari/v5"
	"github.com/CyCoreSystems/ari/v5/client/native"

	"clearline/lib/flow"
)

// play plays a script as one playback; ari/v5 plays one sound only. Asterisk would queue
// a second playback of the same id behind the first, so a repeated order is looked for.
func (c *Client) play(ctx context.Context, e flow.Play) error {
	items := e.Script.Items()
	if len(items) == 0 {
		return fmt.Errorf("play %s: nothing to say", e.Playback)
	}
	if c.ask(ctx, func(r *native.Client) error {
		_, err := r.Playback().Data(playbackKey(e.Playback))
		return err
	}) == nil {
		return nil // it is playing
	}
	body := struct {
		Media []string `json:"media"`
	}{make([]string, len(items))}
	for i, item := range items {
		if item.Recording != "" {
			body.Media[i] = "recording:" + string(item.Recording)
		} else {
			body.Media[i] = "sound:" + c.opt.Sound(e.Language, item.Prompt)
		}
	}
	path := "/channels/" + escaped(e.Leg) + "/play/" + escaped(e.Playback)
	return c.legError(ctx, e.Leg, "play to leg", c.request(ctx, http.MethodPost, path, body))
}

func (c *Client) stopPlayback(ctx context.Context, e flow.StopPlayback) error {
	err := c.ask(ctx, func(r *native.Client) error {
		return r.Playback().Stop(playbackKey(e.Playback))
	})
	if orMissing(err) != nil {
		return fmt.Errorf("stop playback %s: %w", e.Playback, err)
	}
	return nil
}

func (c *Client) record(ctx context.Context, e flow.Record) error {
	err := c.order(ctx, e.Leg, "record leg", func(r *native.Client, leg *ari.Key) error {
		_, err := r.Channel().Record(leg, string(e.Recording), &ari.RecordingOptions{
			Format:      "wav",
			Exists:      "overwrite",
			Beep:        true,
			Terminate:   "#",
			MaxDuration: e.Max.Round(time.Second),
			MaxSilence:  e.Silence.Round(time.Second),
		})
		return err
	})
	if status(err) != http.StatusConflict {
		return err
	}
	if c.ask(ctx, func(r *native.Client) error {
		_, err := r.LiveRecording().Data(ari.NewKey(ari.LiveRecordingKey, escaped(e.Recording)))
		return err
	}) == nil {
		return nil // this very recording is being made
	}
	return err
}

// dropRecording scraps a recording that is being made, and deletes one that was.
func (c *Client) dropRecording(ctx context.Context, e flow.DropRecording) error {
	live := c.ask(ctx, func(r *native.Client) error {
		return r.LiveRecording().Scrap(ari.NewKey(ari.LiveRecordingKey, escaped(e.Recording)))
	})
	stored := c.ask(ctx, func(r *native.Client) error {
		return r.StoredRecording().Delete(ari.NewKey(ari.StoredRecordingKey, escaped(e.Recording)))
	})
	if err := errors.Join(orMissing(live), orMissing(stored)); err != nil {
		return fmt.Errorf("drop recording %s: %w", e.Recording, err)
	}
	return nil
}
