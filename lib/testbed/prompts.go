package testbed

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
)

// Prompts knows sound files by their audio. One index serves all ears. Audio comes from
// Asterisk digitally unchanged, so windows of its u-law bytes are compared by a rolling
// hash: cheap, and free of false alarms.
type Prompts struct {
	files   []promptFile
	windows map[uint64]window
	seen    [bloomBits / 64]uint64 // says no to nearly all windows that are in no prompt
	mixes   mixes                  // for prompts under other sound
}

type promptFile struct {
	names  []string // more than one where files have the same audio
	length int      // samples
}

// window says where a piece of audio occurs: file -1 when in several files, offset -1
// when at several places of one file.
type window struct{ file, offset int }

const (
	hashWindow = 256 // samples; 32 ms
	hashStep   = 80  // samples between indexed windows; 10 ms
	hashPrime  = 0x9E3779B97F4A7C15
	bloomBits  = 1 << 20
)

// hashOut is hashPrime to the power hashWindow: the weight of the sample that leaves.
var hashOut = func() uint64 {
	p := uint64(1)
	for range hashWindow {
		p *= hashPrime
	}
	return p
}()

// NewPrompts indexes all .wav files below dir. An empty dir gives an index that knows
// nothing.
func NewPrompts(dir string) (*Prompts, error) {
	p := &Prompts{windows: map[uint64]window{}}
	if dir == "" {
		return p, nil
	}
	same := map[string]int{} // audio to file
	var all [][]byte         // audio by file
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".wav" {
			return err
		}
		samples, err := ReadWAV(path)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		name := strings.TrimSuffix(filepath.ToSlash(rel), ".wav")
		audio := make([]byte, len(samples))
		for i, s := range samples {
			audio[i] = asteriskUlaw(s)
		}
		if twin, ok := same[string(audio)]; ok {
			p.files[twin].names = append(p.files[twin].names, name)
			return nil
		}
		same[string(audio)] = len(p.files)
		all = append(all, audio)
		p.add(name, audio)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("index prompts in %s: %w", dir, err)
	}
	p.addMixes(all)
	return p, nil
}

// Names returns the names of all prompts, sorted.
func (p *Prompts) Names() []string {
	var all []string
	for _, f := range p.files {
		all = append(all, f.names...)
	}
	slices.Sort(all)
	return all
}

func (p *Prompts) add(name string, audio []byte) {
	file := len(p.files)
	p.files = append(p.files, promptFile{[]string{name}, len(audio)})
	for at := 0; at+hashWindow <= len(audio); at += hashStep {
		piece := audio[at : at+hashWindow]
		if dull(piece) {
			continue
		}
		h := hashOf(piece)
		w := window{file, at}
		if old, ok := p.windows[h]; ok {
			if w.offset = -1; old.file != file {
				w.file = -1
			}
		}
		p.windows[h] = w
		p.mark(h)
	}
}

// dull says whether a window is too quiet to tell files apart.
func dull(piece []byte) bool {
	quiet := 0
	for _, b := range piece {
		if b|0x80 >= 0xf8 { // within 56 units of zero
			quiet++
		}
	}
	return quiet > hashWindow/2
}

func hashOf(piece []byte) uint64 {
	var h uint64
	for _, b := range piece {
		h = h*hashPrime + uint64(b) + 1
	}
	return h
}

func (p *Prompts) mark(h uint64) {
	bit := h >> 44 % bloomBits
	p.seen[bit/64] |= 1 << (bit % 64)
}

// find returns the place of a window with this hash.
func (p *Prompts) find(h uint64) (window, bool) {
	bit := h >> 44 % bloomBits
	if p.seen[bit/64]&(1<<(bit%64)) == 0 {
		return window{}, false
	}
	w, ok := p.windows[h]
	return w, ok && w.file >= 0
}
