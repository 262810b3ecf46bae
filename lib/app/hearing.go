package app

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"

	"clearline/lib/call"
	"clearline/lib/config"
	"clearline/lib/policy"
	"clearline/lib/transcribe"
)

// hear turns a recording into text, and says what that is about.
type hear = func(ctx context.Context, recording call.RecordingID, language string) (string, call.Topic, error)

// recordingMost is how many bytes of a recording are read: more than any message has.
const recordingMost = 4 << 20

// hearing makes what turns recordings into text; nil when that is not wanted.
func hearing(cfg *config.Config) (hear, error) {
	server, err := transcriber(cfg.Transcribe)
	if server == nil || err != nil {
		return nil, err
	}
	return func(ctx context.Context, recording call.RecordingID, language string) (string, call.Topic, error) {
		wav, err := readRecording(cfg.Recordings.Dir, recording)
		if err != nil {
			return "", call.NoTopic, err
		}
		text, err := server.Transcribe(ctx, wav, cmp.Or(cfg.Transcribe.Language, language))
		return text, policy.TopicOf(text, language), err
	}, nil
}

// transcriber makes what asks the server that the configuration names; nil when it names
// none.
func transcriber(x config.Transcribe) (*transcribe.Transcriber, error) {
	if !x.On() {
		return nil, nil
	}
	return transcribe.New(transcribe.Options{
		Kind: transcribe.Kind(x.Kind), URL: x.URL, Key: x.Key.Reveal(), Model: x.Model, Timeout: x.Timeout,
	})
}

// readRecording reads a recording. The folder is opened as a root: a name cannot lead out of
// it.
func readRecording(dir string, recording call.RecordingID) ([]byte, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer func() { _ = root.Close() }()
	file, err := root.Open(string(recording) + ".wav")
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	wav, err := io.ReadAll(io.LimitReader(file, recordingMost))
	if err != nil {
		return nil, fmt.Errorf("read the recording %s: %w", recording, err)
	}
	return wav, nil
}
