package testbed

import (
	"math"
	"math/bits"
	"math/cmplx"
)

// transform is a fast Fourier transform of one size, a power of two.
type transform struct {
	size  int
	turns []complex128 // the first half of the circle, clockwise
}

func newTransform(size int) *transform {
	t := &transform{size: size, turns: make([]complex128, size/2)}
	for i := range t.turns {
		t.turns[i] = cmplx.Rect(1, -2*math.Pi*float64(i)/float64(size))
	}
	return t
}

// forward transforms in place.
func (t *transform) forward(x []complex128) {
	shift := 64 - bits.Len(uint(t.size-1))
	for i := range x {
		if j := int(bits.Reverse64(uint64(i)) >> shift); i < j {
			x[i], x[j] = x[j], x[i]
		}
	}
	for half := 1; half < t.size; half *= 2 {
		stride := t.size / (2 * half)
		for block := 0; block < t.size; block += 2 * half {
			for k := range half {
				a, b := x[block+k], x[block+k+half]*t.turns[k*stride]
				x[block+k], x[block+k+half] = a+b, a-b
			}
		}
	}
}

// inverse transforms back in place, but for the factor 1/size.
func (t *transform) inverse(x []complex128) {
	for i := range x {
		x[i] = cmplx.Conj(x[i])
	}
	t.forward(x)
	for i := range x {
		x[i] = cmplx.Conj(x[i])
	}
}
