package trial

import (
	"encoding/binary"
	"math"
)

const (
	// window is a tenth of a second: about a syllable.
	window = 800
	// quiet is louder than the noise of a line on which nobody speaks, and softer than speech,
	// in dB below the loudest that can be.
	quiet = -45.0
)

// loudest is the level of the loudest tenth of a second, in dB below the loudest that can be;
// -Inf for none.
func loudest(sound []byte) float64 {
	most := 0.0
	for len(sound) >= 2*window {
		sum := 0.0
		for i := range window {
			s := float64(int16(binary.LittleEndian.Uint16(sound[2*i:]))) / math.MaxInt16
			sum += s * s
		}
		most, sound = max(most, sum/window), sound[2*window:]
	}
	return 10 * math.Log10(most)
}
