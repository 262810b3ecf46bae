package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"clearline/lib/testbed"
)

// utterance is a sentence of somebody in a story.
type utterance struct{ who, words string }

// voiceOf are voices of espeak-ng, none of them Clearline's own.
var voiceOf = map[string]string{
	"robot":    "en-us+m5",
	"Peter":    "en-gb-scotland+m3",
	"Ray":      "en-us+m7",
	"Derek":    "en-gb-x-gbclan+m2",
	"Victor":   "en-gb-x-gbcwmd+m4",
	"police":   "en-gb-scotland+f3",
	"operator": "en-us+f4",
	"resident": "en-gb-x-rp+f2",
}

// name is the utterance's sound below the language's folder, without ending.
func (u utterance) name() string {
	sum := sha256.Sum256([]byte(voiceOf[u.who] + "\x00" + u.words))
	return "voices/" + hex.EncodeToString(sum[:6])
}

// speak makes the utterance's sound file, unless it is there.
func (u utterance) speak(ctx context.Context, dir string) error {
	wav := filepath.Join(dir, filepath.FromSlash(u.name())+".wav")
	if _, err := os.Stat(wav); err == nil {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(wav), 0o755); err != nil {
		return fmt.Errorf("make folder for voices: %w", err)
	}
	work, err := os.MkdirTemp(filepath.Dir(wav), ".making-")
	if err != nil {
		return fmt.Errorf("make folder for voices: %w", err)
	}
	defer func() { _ = os.RemoveAll(work) }()
	raw, made := filepath.Join(work, "raw.wav"), filepath.Join(work, "made.wav")
	if err := command(ctx, u.words, "espeak-ng", "--stdin", "-v", voiceOf[u.who], "-s", "165", "-w", raw); err != nil {
		return err
	}
	effects := strings.Fields("highpass 250 lowpass 3400 gain -n -4")
	if err := command(ctx, "", "sox", append([]string{"-D", raw, "-r", "8000", "-b", "16", "-c", "1", made}, effects...)...); err != nil {
		return err
	}
	if err := os.Rename(made, wav); err != nil {
		return fmt.Errorf("put the voice in place: %w", err)
	}
	return nil
}

// hum makes a noise in the place of speech.
func (u utterance) hum(dir string) error {
	const length = 1500 * time.Millisecond
	return testbed.WriteWAV(filepath.Join(dir, filepath.FromSlash(u.name())+".wav"), testbed.Burst(u.name(), length))
}

// command runs a program, giving it input, and reports what it complained of.
func command(ctx context.Context, input, program string, args ...string) error {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Stdin = strings.NewReader(input)
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("run %s: %w %s", program, err, strings.TrimSpace(complaint.String()))
	}
	return nil
}
