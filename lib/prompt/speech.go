package prompt

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
)

// wordsPerMinute is slower than people talk: many listeners are hard of hearing.
const wordsPerMinute = "140"

// pauseLength is the silence between groups of digits, in seconds.
const pauseLength = "0.35"

var telephoneFormat = []string{"-r", "8000", "-b", "16", "-c", "1"}

// telephoneEffects keep what a telephone carries, cut the silence at both ends
// down to what keeps words apart, and bring the peaks to 3 dB below full scale:
// loud, with room for the codecs on the way.
var telephoneEffects = strings.Fields("highpass 250 lowpass 3400 silence 1 0.01 0.3% reverse silence 1 0.01 0.3% reverse pad 0.02 0.12 gain -n -3")

// recipeOf names all that decides how a prompt sounds, so that a change of any of
// it makes the file anew.
func recipeOf(voice, text string) string {
	all := append([]string{voice, text, wordsPerMinute, pauseLength}, telephoneFormat...)
	sum := sha256.Sum256([]byte(strings.Join(append(all, telephoneEffects...), "\x00")))
	return hex.EncodeToString(sum[:])
}

// synthesise makes the sound of a text in folder and returns its path. An empty
// text is a pause.
func synthesise(ctx context.Context, folder, voice, text string) (string, error) {
	raw, sound := filepath.Join(folder, "raw.wav"), filepath.Join(folder, "sound.wav")
	if text == "" {
		args := append([]string{"-D", "-n"}, telephoneFormat...)
		return sound, run(ctx, "", "sox", append(args, sound, "trim", "0", pauseLength)...)
	}
	if err := run(ctx, text, "espeak-ng", "--stdin", "-v", voice, "-s", wordsPerMinute, "-w", raw); err != nil {
		return "", err
	}
	args := append([]string{"-D", raw}, telephoneFormat...)
	return sound, run(ctx, "", "sox", append(append(args, sound), telephoneEffects...)...)
}

// run runs a program, giving it input, and reports what it complained of.
func run(ctx context.Context, input, program string, args ...string) error {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Stdin = strings.NewReader(input)
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("run %s: %w: %s", program, err, strings.TrimSpace(complaint.String()))
	}
	return nil
}
