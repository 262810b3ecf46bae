package testbed

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"
)

// sampleRate is the rate of all audio here, in samples per second.
const sampleRate = 8000

// WriteWAV writes 16 bit mono samples at 8 kHz, making folders as needed.
func WriteWAV(path string, samples []int16) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("write wav: %w", err)
	}
	size := uint32(2 * len(samples))
	b := make([]byte, 0, 44+size)
	b = append(b, "RIFF"...)
	b = binary.LittleEndian.AppendUint32(b, 36+size)
	b = append(b, "WAVEfmt "...)
	b = binary.LittleEndian.AppendUint32(b, 16)
	b = binary.LittleEndian.AppendUint16(b, 1) // PCM
	b = binary.LittleEndian.AppendUint16(b, 1) // mono
	b = binary.LittleEndian.AppendUint32(b, sampleRate)
	b = binary.LittleEndian.AppendUint32(b, 2*sampleRate)
	b = binary.LittleEndian.AppendUint16(b, 2)
	b = binary.LittleEndian.AppendUint16(b, 16)
	b = append(b, "data"...)
	b = binary.LittleEndian.AppendUint32(b, size)
	for _, s := range samples {
		b = binary.LittleEndian.AppendUint16(b, uint16(s))
	}
	if err := os.WriteFile(path, b, 0o644); err != nil {
		return fmt.Errorf("write wav: %w", err)
	}
	return nil
}

// ReadWAV returns the samples of a 16 bit mono 8 kHz file and refuses any other kind.
func ReadWAV(path string) ([]int16, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read wav: %w", err)
	}
	data, err := wavData(b)
	if err != nil {
		return nil, fmt.Errorf("read wav %s: %w", path, err)
	}
	samples := make([]int16, len(data)/2)
	for i := range samples {
		samples[i] = int16(binary.LittleEndian.Uint16(data[2*i:]))
	}
	return samples, nil
}

// wavData checks the format of a RIFF file and returns its data chunk.
func wavData(b []byte) ([]byte, error) {
	if len(b) < 12 || string(b[:4]) != "RIFF" || string(b[8:12]) != "WAVE" {
		return nil, errors.New("not a wav file")
	}
	formatSeen := false
	for b = b[12:]; len(b) >= 8; {
		id, size := string(b[:4]), int(binary.LittleEndian.Uint32(b[4:]))
		b = b[8:]
		size = min(size, len(b)) // a writer that was cut off leaves the size too large
		switch id {
		case "fmt ":
			if size < 16 {
				return nil, errors.New("format chunk is too short")
			}
			u16 := binary.LittleEndian.Uint16
			if u16(b) != 1 || u16(b[2:]) != 1 || binary.LittleEndian.Uint32(b[4:]) != sampleRate || u16(b[14:]) != 16 {
				return nil, errors.New("want 16 bit mono PCM at 8000 Hz")
			}
			formatSeen = true
		case "data":
			if !formatSeen {
				return nil, errors.New("no format before the data")
			}
			return b[:size], nil
		}
		b = b[min(size+size%2, len(b)):]
	}
	return nil, errors.New("no data chunk")
}

// Tone returns a sine of hz for d at peak amplitude level (0 to 32767).
func Tone(hz float64, d time.Duration, level float64) []int16 {
	samples := make([]int16, int(d.Seconds()*sampleRate))
	for i := range samples {
		samples[i] = int16(level * math.Sin(2*math.Pi*hz*float64(i)/sampleRate))
	}
	return samples
}

// Burst returns a noise that belongs to name: the same for the same name, like no other
// name's, and no tone.
func Burst(name string, d time.Duration) []int16 {
	h := fnv.New64a()
	h.Write([]byte(name))
	random := rand.New(rand.NewPCG(h.Sum64(), 1))
	samples := make([]int16, int(d.Seconds()*sampleRate))
	low := 0.0
	for i := range samples {
		low = 0.6*low + 0.4*(random.Float64()*2-1) // a little softer than white noise
		swell := 0.6 + 0.4*math.Sin(2*math.Pi*4*float64(i)/sampleRate)
		samples[i] = int16(9000 * low * swell)
	}
	return samples
}

// BurstLength is how long a prompt of noise should last to be told apart below other
// sound, too. On its own, half of it is enough.
const BurstLength = 700 * time.Millisecond

// ToneTongue writes a prompt set in a language of noises: for each name, such as
// "screening/greeting", a distinct sound at DIR/NAME.wav. Scenarios run faster with
// it than with speech.
func ToneTongue(dir string, names []string, length time.Duration) error {
	for _, name := range names {
		if err := WriteWAV(filepath.Join(dir, filepath.FromSlash(name)+".wav"), Burst(name, length)); err != nil {
			return err
		}
	}
	return nil
}
