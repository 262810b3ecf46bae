package testbed

import (
	"math"

	"github.com/zaf/g711"
)

// ulawSilence is a sample of nothing.
const ulawSilence = 0xff

// asteriskUlaw encodes as Asterisk's table does, which knows samples to four units and
// stands for each group of four by its highest.
func asteriskUlaw(sample int16) byte { return g711.EncodeUlawFrame(sample | 3) }

// encodeUlaw encodes what a phone says.
func encodeUlaw(samples []int16) []byte {
	b := make([]byte, len(samples))
	for i, s := range samples {
		b[i] = g711.EncodeUlawFrame(s)
	}
	return b
}

// fromUlaw holds the sample for each byte.
var fromUlaw = func() (table [256]float64) {
	for i := range table {
		table[i] = float64(g711.DecodeUlawFrame(byte(i)))
	}
	return table
}()

// goertzel returns how much of the energy in samples lies at hz: 1 for a pure tone, near
// 0 for anything else. Energy is the sum of squares of samples.
func goertzel(samples []float64, energy, hz float64) float64 {
	c := 2 * math.Cos(2*math.Pi*hz/sampleRate)
	var s1, s2 float64
	for _, x := range samples {
		s1, s2 = x+c*s1-s2, s1
	}
	power := s1*s1 + s2*s2 - c*s1*s2
	return 2 * power / (float64(len(samples)) * energy)
}
