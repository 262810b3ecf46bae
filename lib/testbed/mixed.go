package testbed

import (
	"math"
	"math/bits"
	"sync/atomic"
)

// Where a prompt is whispered into somebody's talk, its bytes are not on the wire, only
// the sum is. Then half a second of the sound, with known tones taken out, is correlated
// with every prompt. That costs milliseconds, so it is done only for loud sound that
// nothing explains, by one ear at a time.

const (
	mixWindow = 4096          // samples compared; 512 ms
	thin      = 4             // of so many samples one is kept
	thinned   = mixWindow / 4 // samples compared, after that
	mixAlike  = 0.6           // correlation from which a prompt counts as heard
	mixMargin = 0.1           // by which it must beat the next
)

// mixes is the index for correlation: prompts of like length in pairs, one as the real
// part and one as the imaginary part of a spectrum.
type mixes struct {
	busy  atomic.Bool
	pairs []mixPair
	sizes map[int]*transform
}

type mixPair struct {
	files    [2]int // -1 for none
	spectrum []complex128
	energy   [2][]float64 // of all samples before an index
}

// addMixes builds the index from the prompts' audio, by file.
func (p *Prompts) addMixes(audio [][]byte) {
	p.mixes.sizes = map[int]*transform{}
	waiting := map[int]int{} // size to file
	for file, a := range audio {
		if len(a) < mixWindow {
			continue
		}
		size := 1 << bits.Len(uint(len(a)/thin+thinned))
		first, ok := waiting[size]
		if !ok {
			waiting[size] = file
			continue
		}
		delete(waiting, size)
		p.pair(size, [2]int{first, file}, audio)
	}
	for size, file := range waiting {
		p.pair(size, [2]int{file, -1}, audio)
	}
}

func (p *Prompts) pair(size int, files [2]int, audio [][]byte) {
	t := p.mixes.sizes[size]
	if t == nil {
		t = newTransform(size)
		p.mixes.sizes[size] = t
	}
	m := mixPair{files: files, spectrum: make([]complex128, size)}
	for part, file := range files {
		if file < 0 {
			continue
		}
		samples := make([]float64, len(audio[file]))
		for i, b := range audio[file] {
			samples[i] = fromUlaw[b]
		}
		samples = thinOut(samples)
		energy := make([]float64, len(samples)+1)
		for i, x := range samples {
			energy[i+1] = energy[i] + x*x
			m.spectrum[i] += complex(x, 0) * [2]complex128{1, 1i}[part]
		}
		m.energy[part] = energy
	}
	t.forward(m.spectrum)
	p.mixes.pairs = append(p.mixes.pairs, m)
}

// thinOut keeps what lies below about 500 Hz, at a quarter of the rate. The filter, two
// means over eight samples, is that soft because a piece rarely begins on a sample that
// was kept of the prompt: the two may be two samples apart.
func thinOut(samples []float64) []float64 {
	out := make([]float64, len(samples)/thin)
	for i := range out {
		middle := i*thin + thin/2
		for d := -7; d <= 7; d++ {
			if at := middle + d; at >= 0 && at < len(samples) {
				out[i] += samples[at] * float64(8-max(d, -d)) / 64
			}
		}
	}
	return out
}

// takeOut removes a steady tone from samples.
func takeOut(samples []float64, hz int) {
	turn := 2 * math.Pi * float64(hz) / sampleRate
	var c, s float64
	for i, x := range samples {
		sin, cos := math.Sincos(turn * float64(i))
		c += x * cos
		s += x * sin
	}
	c, s = 2*c/float64(len(samples)), 2*s/float64(len(samples))
	for i := range samples {
		sin, cos := math.Sincos(turn * float64(i))
		samples[i] -= c*cos + s*sin
	}
}

// findMixed finds the prompt of which samples, mixWindow of them, are a piece. It says no
// also when another ear is asking.
func (p *Prompts) findMixed(samples []float64) (window, bool) {
	if !p.mixes.busy.CompareAndSwap(false, true) {
		return window{}, false
	}
	defer p.mixes.busy.Store(false)
	piece := thinOut(samples)
	energy := 0.0
	for _, x := range piece {
		energy += x * x
	}
	spectra := map[int][]complex128{}
	for size, t := range p.mixes.sizes {
		x := make([]complex128, size)
		for i, v := range piece {
			x[i] = complex(v, 0)
		}
		t.forward(x)
		spectra[size] = x
	}
	best, second, found := 0.0, 0.0, window{}
	for _, m := range p.mixes.pairs {
		likeness := m.likeness(p.mixes.sizes[len(m.spectrum)], spectra[len(m.spectrum)], energy)
		for part, l := range likeness {
			switch {
			case m.files[part] < 0:
			case l.alike > best:
				best, second, found = l.alike, best, window{m.files[part], l.at * thin}
			case l.alike > second:
				second = l.alike
			}
		}
	}
	return found, best > mixAlike && best > second+mixMargin
}

// likeness is the highest correlation with a prompt, 1 for the same sound, and where.
type likeness struct {
	alike float64
	at    int
}

func (m mixPair) likeness(t *transform, piece []complex128, energy float64) (found [2]likeness) {
	product := make([]complex128, t.size)
	for i, x := range m.spectrum {
		product[i] = x * complex(real(piece[i]), -imag(piece[i]))
	}
	t.inverse(product)
	for part := range found {
		own := m.energy[part]
		for at := 0; at+thinned < len(own); at++ {
			r := real(product[at])
			if part == 1 {
				r = imag(product[at])
			}
			here := own[at+thinned] - own[at]
			if r <= 0 || here < energy/4 { // too quiet to be what is heard
				continue
			}
			if alike := r / float64(t.size) / math.Sqrt(energy*here); alike > found[part].alike {
				found[part] = likeness{alike, at}
			}
		}
	}
	return found
}
