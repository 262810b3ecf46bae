package trial

import (
	"encoding/binary"
	"math"
	"testing"
)

// tone is a second of a tone of 440 Hz.
func tone(amplitude float64) []byte {
	sound := make([]byte, 0, 16000)
	for i := range 8000 {
		sample := int16(amplitude * math.MaxInt16 * math.Sin(2*math.Pi*440*float64(i)/8000))
		sound = binary.LittleEndian.AppendUint16(sound, uint16(sample))
	}
	return sound
}

func TestSpeechIsToldFromTheNoiseOfALine(t *testing.T) {
	for _, c := range []struct {
		name  string
		sound []byte
		loud  bool
	}{
		{"nothing", nil, false},
		{"a click", tone(1)[:100], false},
		{"silence", make([]byte, 16000), false},
		{"the noise of a line", tone(0.003), false},
		{"somebody soft", tone(0.03), true},
		{"somebody loud, at the end", append(make([]byte, 16000), tone(1)...), true},
	} {
		if got := loudest(c.sound); got >= quiet != c.loud {
			t.Errorf("%s: %.0f dB", c.name, got)
		}
	}
	if got := loudest(tone(1)); math.Abs(got+3) > 0.2 {
		t.Errorf("the loudest tone has %.1f dB", got)
	}
}
