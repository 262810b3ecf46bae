package prompt_test

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"
	"time"

	"clearline/lib/prompt"
)

// waveWith is a sound file of 8 kHz and 16 bits with a chunk before its sound.
func waveWith(chunk string, size uint32) []byte {
	var b bytes.Buffer
	b.WriteString("RIFF\x00\x00\x00\x00WAVE")
	for _, part := range []any{
		[]byte("fmt "), uint32(16), uint16(1), uint16(1), uint32(8000), uint32(16000), uint16(2), uint16(16),
		[]byte("LIST"), uint32(len(chunk)), []byte(chunk), make([]byte, len(chunk)%2), []byte("data"), size, make([]byte, size),
	} {
		_ = binary.Write(&b, binary.LittleEndian, part) // a buffer takes everything
	}
	return b.Bytes()
}

func TestLength(t *testing.T) {
	for _, c := range []struct {
		name, file string
		content    []byte
		want       time.Duration
		known      bool
	}{
		{"a WAVE file", "greeting.wav", waveWith("", 24000), 1500 * time.Millisecond, true},
		{"one with other chunks", "greeting.wav", waveWith("abc", 16000), time.Second, true},
		{"a file without a header", "greeting.ulaw", make([]byte, 4000), 500 * time.Millisecond, true},
		{"a compressed one", "greeting.opus", make([]byte, 4000), 0, false},
		{"no WAVE file after all", "greeting.wav", []byte("RIFF"), 0, false},
		{"a WAVE file that ends early", "greeting.wav", waveWith("", 0)[:30], 0, false},
		{"another prompt", "other.wav", waveWith("", 16000), 0, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := &prompt.Folder{Dir: t.TempDir(), Default: "en_GB"}
			dir := filepath.Join(f.Dir, "en_GB/screening")
			if err := os.MkdirAll(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, c.file), c.content, 0o644); err != nil {
				t.Fatal(err)
			}
			if got, known := f.Length("en_GB", prompt.Greeting); got != c.want || known != c.known {
				t.Errorf("Length = %v, %v", got, known)
			}
		})
	}
}
