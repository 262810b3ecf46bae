package prompt

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
	"syscall"
	"time"
)

// pauseLength is the silence between groups of digits, in seconds.
const pauseLength = "0.25"

var telephoneFormat = []string{"-r", "8000", "-b", "16", "-c", "1"}

// telephoneEffects keep what a telephone carries, cut the silence at both ends
// down to what keeps words apart, and bring the peaks to 3 dB below full scale:
// loud, with room for the codecs on the way.
var telephoneEffects = strings.Fields("highpass 250 lowpass 3400 silence 1 0.01 0.3% reverse silence 1 0.01 0.3% reverse pad 0.02 0.06 gain -n -3")

// longestSound is more than any prompt may take: what is longer is a mistake.
const longestSound = 60 * time.Second

// recipeOf names all that decides how a prompt sounds, so that a change of any of
// it makes the file anew. made is how the sound came about before it was finished.
func recipeOf(made string) string {
	all := append([]string{made, pauseLength}, telephoneFormat...)
	sum := sha256.Sum256([]byte(strings.Join(append(all, telephoneEffects...), "\x00")))
	return hex.EncodeToString(sum[:])
}

// synthesise makes the sound of u in folder and returns its path. An empty text is
// a pause.
func synthesise(ctx context.Context, folder string, voice Voice, u Utterance) (string, error) {
	if u.Text == "" {
		sound := filepath.Join(folder, "sound.wav")
		args := append([]string{"-D", "-n"}, telephoneFormat...)
		return sound, run(ctx, "", "sox", append(args, sound, "trim", "0", pauseLength)...)
	}
	raw := filepath.Join(folder, "raw.wav")
	if err := voice.Speak(ctx, u, raw); err != nil {
		return "", err
	}
	if header, err := readWAV(raw); err != nil {
		return "", fmt.Errorf("what was made of the text is no sound: %w", err)
	} else if header.length > longestSound {
		return "", fmt.Errorf("what was made of the text lasts %s", header.length.Round(time.Second))
	}
	return finish(ctx, folder, raw)
}

// finish makes a sound fit for the telephone, and looks whether anything is left of it.
func finish(ctx context.Context, folder, raw string) (string, error) {
	sound := filepath.Join(folder, "sound.wav")
	args := append([]string{"-D", raw}, telephoneFormat...)
	if err := run(ctx, "", "sox", append(append(args, sound), telephoneEffects...)...); err != nil {
		return "", err
	}
	header, err := readWAV(sound)
	switch {
	case err != nil:
		return "", fmt.Errorf("finish %s for the telephone: %w", raw, err)
	case header.length < silent:
		return "", fmt.Errorf("finish %s for the telephone: there is nothing to hear in it", raw)
	}
	return sound, nil
}

// silent is as long as a sound is of which only what was put around it is left.
const silent = 100 * time.Millisecond

// killedWithin is how long a program that was told to end may keep its output open.
const killedWithin = 2 * time.Second

// run runs a program, giving it input, and reports what it complained of. When the time is
// over it ends, and what it has started with it.
func run(ctx context.Context, input, program string, args ...string) error {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Stdin = strings.NewReader(input)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = killedWithin
	complaint := &limited{}
	cmd.Stderr = complaint
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("run %s: %w: %s", program, err, complaint)
	}
	return nil
}

// limited keeps the beginning of what a program complains of.
type limited struct{ kept bytes.Buffer }

const longestComplaint = 1000

func (l *limited) Write(p []byte) (int, error) {
	room := max(longestComplaint-l.kept.Len(), 0)
	l.kept.Write(p[:min(room, len(p))])
	return len(p), nil
}

// String is the complaint on one line.
func (l *limited) String() string { return strings.Join(strings.Fields(l.kept.String()), " ") }

// ownRecipe names what an operator's own recording at path was made into.
func ownRecipe(path string) (string, error) {
	sum, err := hashFile(path)
	if err != nil {
		return "", err
	}
	return recipeOf("own\x00" + sum), nil
}

// ownFormats are the endings of recordings that can be made fit for the telephone.
var ownFormats = []string{".wav", ".flac", ".ogg", ".mp3", ".aiff", ".gsm"}

// ownFile is the operator's recording of a prompt below dir, or empty.
func ownFile(dir, language string, name Name) string {
	if dir == "" {
		return ""
	}
	base := filepath.Join(dir, language, filepath.FromSlash(string(name)))
	for _, format := range ownFormats {
		if info, err := os.Stat(base + format); err == nil && info.Mode().IsRegular() {
			return base + format
		}
	}
	return ""
}
