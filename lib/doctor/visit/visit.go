// Package visit gathers the facts that [clearline/lib/doctor] judges: it asks Asterisk over
// ARI and on its command line, reads its files, looks at sound files and folders, and asks a
// Redis and a running Clearline. Nothing that it does changes anything, and each part that
// cannot be seen leaves the others as they are.
package visit

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"clearline/dialplan"
	"clearline/lib/asterisk"
	"clearline/lib/config"
	"clearline/lib/doctor"
	"clearline/lib/pbx"
	"clearline/lib/prompt"
	"clearline/lib/store/redisstore"
	"clearline/lib/telemetry"
	"clearline/lib/transcribe"
)

// Options say how to look.
type Options struct {
	Console pbx.Console
	Now     func() time.Time // the clock of this machine; nil for the usual one
}

// usualFolder is where Asterisk's files are unless it says otherwise.
const usualFolder = "/etc/asterisk"

// recordingRoom is what the disk of the recordings must take: some hundred of them.
const recordingRoom = 64 << 20

// Gather looks at everything. The configuration has no faults.
func Gather(ctx context.Context, c *config.Config, o Options) (*doctor.Facts, error) {
	printed, err := print(c)
	if err != nil {
		return nil, err
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	f := &doctor.Facts{Config: c, Asked: o.Now(), Printed: printed, Sounds: sounds(c)}
	f.Exchange = exchange(ctx, c.ARI)
	f.Now = o.Now()
	f.Plan.Value, f.Plan.Err = o.Console.Plan(ctx)
	f.Folders.Value, f.Folders.Err = o.Console.Folders(ctx)
	f.Listening.Value, f.Listening.Err = o.Console.Listening(ctx)
	files := cmp.Or(f.Folders.Value.Config, filepath.Dir(o.Console.Config))
	if o.Console.Config == "" && f.Folders.Err != nil {
		files = usualFolder
	}
	f.HTTPConf.Value, f.HTTPConf.Err = pbx.ReadConf(files, "http.conf")
	f.ARIConf.Value, f.ARIConf.Err = pbx.ReadConf(files, "ari.conf")
	f.Recordings = telemetry.Room(c.Recordings.Dir, recordingRoom)
	f.Beep = beeps(f.Folders.Value.Sounds())
	f.Redis = redis(ctx, c.Store)
	f.Running.Value, f.Running.Err = running(ctx, c.Console)
	f.Speech = speech(ctx, c.Transcribe)
	return f, nil
}

// print is the dialplan of the configuration.
func print(c *config.Config) (pbx.Plan, error) {
	var text bytes.Buffer
	if err := dialplan.Write(&text, c); err != nil {
		return nil, err
	}
	return pbx.ReadText(text.String()), nil
}

func exchange(ctx context.Context, c config.ARI) doctor.Seen[doctor.Exchange] {
	s, err := asterisk.Look(ctx, c.URL, c.Username, c.Password.Reveal())
	if err != nil {
		if errors.Is(err, asterisk.ErrStranger) {
			err = fmt.Errorf("%w: %w", doctor.ErrStranger, err)
		}
		return doctor.Seen[doctor.Exchange]{Err: err}
	}
	x := doctor.Exchange{Version: s.Version, Date: s.Date, MayWrite: s.MayWrite, Websocket: s.Websocket, Modules: s.Modules}
	for _, e := range s.Endpoints {
		x.Endpoints = append(x.Endpoints, doctor.Endpoint(e))
	}
	return doctor.Seen[doctor.Exchange]{Value: x}
}

// beeps reports whether a folder of sounds has the beep, in some language and format.
func beeps(folder string) bool {
	for _, pattern := range []string{"beep.*", "*/beep.*"} {
		if found, err := filepath.Glob(filepath.Join(folder, pattern)); err == nil && len(found) > 0 {
			return true
		}
	}
	return false
}

func sounds(c *config.Config) []doctor.Sound {
	folder := c.Prompts.Folder(c.Language)
	var all []doctor.Sound
	for _, language := range c.Languages() {
		missing := map[prompt.Name]bool{}
		for _, a := range folder.Missing(language) {
			missing[a.Name] = true
		}
		catalogue, err := prompt.LoadCatalogue(language)
		if err != nil {
			continue // cannot happen: config lets no language through that has no texts
		}
		for _, name := range catalogue.Names() {
			length, _ := folder.Length(language, name)
			all = append(all, doctor.Sound{Language: language, Name: name, Missing: missing[name], Length: length})
		}
	}
	return all
}

// speech asks the server that turns what callers say into text for that of silence.
func speech(ctx context.Context, x config.Transcribe) *doctor.Speech {
	if !x.On() {
		return nil
	}
	server, err := transcribe.New(transcribe.Options{
		Kind: transcribe.Kind(x.Kind), URL: x.URL, Key: x.Key.Reveal(), Model: x.Model, Timeout: x.Timeout,
	})
	if err != nil {
		return &doctor.Speech{Err: err}
	}
	got, err := server.Probe(ctx)
	return &doctor.Speech{Server: got.Server, Took: got.Took, Err: err}
}

// redisMax bounds all that a Redis is asked.
const redisMax = 3 * time.Second

func redis(ctx context.Context, s config.Store) *doctor.Redis {
	if s.InFile() {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, redisMax)
	defer cancel()
	kept, err := redisstore.Open(s.Redis.Reveal(), slog.New(slog.DiscardHandler))
	if err != nil {
		return &doctor.Redis{Err: err}
	}
	defer func() { _ = kept.Close() }() // nothing was written
	d, err := kept.Durability(ctx)
	return &doctor.Redis{Appends: d.Appends, Saves: d.Saves, Skew: d.Skew, Err: err}
}

// runningMax bounds the question to the running Clearline.
const runningMax = 3 * time.Second

// running asks the Clearline of this machine how it is.
func running(ctx context.Context, c config.Console) ([]doctor.Part, error) {
	ctx, cancel := context.WithTimeout(ctx, runningMax)
	defer cancel()
	_, text, err := telemetry.Ask(ctx, c.Listen, c.Cert != "", "/readyz", "application/json")
	if err != nil {
		return nil, err
	}
	var answer struct {
		Parts []struct {
			Name, State string
			LastError   string `json:"last_error"`
		}
	}
	if err := json.Unmarshal(text, &answer); err != nil {
		return nil, errors.New("what answers is no Clearline")
	}
	var parts []doctor.Part
	for _, p := range answer.Parts {
		parts = append(parts, doctor.Part{Name: p.Name, OK: p.State != "failed", Error: p.LastError})
	}
	return parts, nil
}
