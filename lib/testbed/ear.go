package testbed

import (
	"fmt"
	"math"
	"path"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Heard is something a phone recognised in what it was sent.
type Heard struct {
	// What is the name of a prompt ("screening/greeting"), "tone 620" (Hz), "ringing",
	// "key 5", or "a sound" for what is none of these.
	What string
	// Others are further names of prompts with the same audio.
	Others []string
	// At is when it began, to 0.1 s for tones; Until is when it was last heard.
	At, Until time.Time

	on *Call
}

// Is says whether what was heard goes by this name. A prompt may be named by the end of
// its path: "digits/4" fits "en_GB/digits/4".
func (h Heard) Is(name string) bool {
	for _, own := range append([]string{h.What}, h.Others...) {
		if own == name || strings.HasSuffix(own, "/"+name) {
			return true
		}
	}
	return false
}

// Digit returns the digit that a prompt of the folder digits/ says.
func (h Heard) Digit() (string, bool) {
	for _, own := range append([]string{h.What}, h.Others...) {
		digit := path.Base(own)
		if n, err := strconv.Atoi(digit); err == nil && n >= 0 && n <= 9 && path.Base(path.Dir(own)) == "digits" {
			return digit, true
		}
	}
	return "", false
}

// toneName is how a tone appears in Heard.
func toneName(hz int) string { return "tone " + strconv.Itoa(hz) }

// Tones are the frequencies that ears listen for.
type Tones struct {
	mu sync.RWMutex
	hz []int
}

// Add makes all ears listen for a frequency.
func (t *Tones) Add(hz int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, have := range t.hz {
		if have == hz {
			return
		}
	}
	t.hz = append(t.hz[:len(t.hz):len(t.hz)], hz)
}

func (t *Tones) all() []int {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.hz
}

const (
	blockSize    = 800                    // samples; 100 ms
	loud         = 150.0                  // root mean square below which a block is silent
	toneShare    = 0.4                    // of a block's energy, in one tone
	toneAlone    = 0.99                   // from which there is nothing but the tone
	blocksToHear = 2                      // in a row
	toneGap      = 250 * time.Millisecond // a longer pause begins a new tone
	ringGap      = 5 * time.Second        // the pause between two rings is 4 s
	frameGap     = 60 * time.Millisecond  // RTP later than this starts a block anew
	unknownAfter = 8                      // loud blocks in a row that nothing explains
	votesToHear  = 3                      // windows of a prompt
	sameStart    = 3200                   // samples by which one playing may drift
)

// ringTones are the pairs of ringing tone: North America and Great Britain.
var ringTones = [][2]float64{{440, 480}, {400, 450}}

// ear listens to one call. One goroutine feeds it.
type ear struct {
	prompts *Prompts
	tones   *Tones
	// hear reports something new; the returned function moves its end.
	hear func(h Heard) (extend func(until time.Time))

	last  time.Time // arrival of the last audio
	block []float64
	runs  map[int]*run // by Hz; 0 is ringing
	odd   int          // loud blocks nothing explains, in a row
	oddOn *run
	rest  int // loud blocks in a row that are more than tones and known prompts

	tonal loudness

	pos     int             // samples heard
	recent  [mixWindow]byte // the latest of them, as a ring
	hash    uint64
	playing *playing
	guess   playing
}

// run is a sound that goes on.
type run struct {
	blocks int
	since  time.Time
	until  time.Time
	extend func(time.Time)
}

// playing is one playing of a prompt: which, and the sample at which it began.
type playing struct {
	file, start, votes int
	until              int // sample of the last window
	lastWindow         int // sample of the last window found by its bytes
	extend             func(time.Time)
}

func newEar(p *Prompts, t *Tones, hear func(Heard) func(time.Time)) *ear {
	return &ear{prompts: p, tones: t, hear: hear, block: make([]float64, 0, blockSize), runs: map[int]*run{}, guess: playing{file: -1}}
}

// feed takes the u-law bytes of one packet that arrived at a time.
func (e *ear) feed(audio []byte, at time.Time) {
	if at.Sub(e.last) > frameGap {
		e.block = e.block[:0]
	}
	e.last = at
	for _, b := range audio {
		e.listen(b, at)
		e.block = append(e.block, fromUlaw[b])
		if len(e.block) == blockSize {
			e.judge(at)
			e.block = e.block[:0]
		}
	}
}

// listen rolls the hash on by one sample and looks the window up.
func (e *ear) listen(b byte, at time.Time) {
	old := e.recent[(e.pos+mixWindow-hashWindow)%mixWindow]
	e.recent[e.pos%mixWindow] = b
	e.pos++
	e.hash = e.hash*hashPrime + uint64(b) + 1
	if e.pos > hashWindow {
		e.hash -= (uint64(old) + 1) * hashOut
	}
	if w, ok := e.prompts.find(e.hash); ok {
		e.vote(w, at)
	}
}

// vote counts a recognised window towards a playing of its prompt.
func (e *ear) vote(w window, at time.Time) {
	if p := e.playing; p != nil && p.file == w.file {
		known := w.offset >= 0 && near(e.pos-hashWindow-w.offset, p.start)
		repeated := w.offset < 0 && e.pos-p.start < e.prompts.files[p.file].length+sameStart
		if known || repeated {
			p.until, p.lastWindow = e.pos, e.pos
			p.extend(at)
			return
		}
	}
	start := e.pos - hashWindow - max(w.offset, 0)
	if e.guess.file != w.file || w.offset >= 0 && !near(e.guess.start, start) {
		e.guess = playing{file: w.file, start: start}
	}
	e.guess.votes++
	if e.guess.votes >= votesToHear {
		e.begin(w.file, start, at)
		e.playing.lastWindow = e.pos
	}
}

// begin notes a playing of a prompt that began at sample start.
func (e *ear) begin(file, start int, at time.Time) {
	names := e.prompts.files[file].names
	begun := at.Add(-time.Duration(e.pos-start) * time.Second / sampleRate)
	extend := e.hear(Heard{What: names[0], Others: names[1:], At: begun, Until: at})
	e.playing, e.guess = &playing{file: file, start: start, until: e.pos, extend: extend}, playing{file: -1}
}

// listenBelow looks for a prompt under other sound, in the latest half second.
func (e *ear) listenBelow(at time.Time) {
	if e.rest < mixWindow/blockSize {
		return
	}
	samples := make([]float64, mixWindow)
	for i := range samples {
		samples[i] = fromUlaw[e.recent[(e.pos+i)%mixWindow]]
	}
	for hz, r := range e.runs {
		if hz > 0 && at.Sub(r.until) < mixWindow*time.Second/sampleRate {
			takeOut(samples, hz)
		}
	}
	w, ok := e.prompts.findMixed(samples)
	if !ok {
		return
	}
	start := e.pos - mixWindow - w.offset
	if p := e.playing; p != nil && p.file == w.file && near(p.start, start) {
		p.until = e.pos
		p.extend(at)
		return
	}
	e.begin(w.file, start, at)
}

// exact says whether the prompt's own bytes have just been on the wire.
func (p *playing) exact(pos int) bool { return pos-p.lastWindow < 2*blockSize }

func near(a, b int) bool { return a-b < sameStart && b-a < sameStart }

// judge looks for tones and ringing in a full block that ended at a time.
func (e *ear) judge(at time.Time) {
	energy := 0.0
	for _, x := range e.block {
		energy += x * x
	}
	if energy < loud*loud*blockSize {
		e.odd, e.rest = 0, 0
		return
	}
	known := e.playing != nil && e.pos-e.playing.until < 2*blockSize
	for _, pair := range ringTones {
		a, b := goertzel(e.block, energy, pair[0]), goertzel(e.block, energy, pair[1])
		if a > 0.2 && b > 0.2 && a+b > 0.7 {
			e.goOn(0, "ringing", ringGap, at)
			e.odd, e.rest = 0, 0
			return
		}
	}
	e.rest++
	if e.playing != nil && e.playing.exact(e.pos) {
		e.rest = 0
	}
	for _, hz := range e.tones.all() {
		share := goertzel(e.block, energy, float64(hz))
		if share > toneShare {
			e.goOn(hz, toneName(hz), toneGap, at)
			e.tonal.note(hz, math.Sqrt(energy*share/blockSize))
			known = true
		}
		if energy*(1-share) < loud*loud*blockSize || share > toneAlone {
			e.rest = 0
			break
		}
	}
	e.listenBelow(at)
	e.wonder(known, at)
}

// goOn lengthens the sound under a key, or begins it.
func (e *ear) goOn(key int, name string, gap time.Duration, at time.Time) {
	r := e.runs[key]
	if r == nil || at.Sub(r.until) > gap {
		r = &run{since: at}
		e.runs[key] = r
	}
	r.blocks++
	r.until = at
	switch {
	case r.extend != nil:
		r.extend(at)
	case r.blocks >= blocksToHear:
		r.extend = e.hear(Heard{What: name, At: r.since, Until: at})
	}
}

// wonder notes sound that has gone on for a while without being anything known.
func (e *ear) wonder(known bool, at time.Time) {
	if known {
		e.odd = 0
		return
	}
	e.odd++
	switch {
	case e.odd == unknownAfter:
		e.oddOn = &run{extend: e.hear(Heard{What: "a sound", At: at, Until: at})}
	case e.odd > unknownAfter:
		e.oddOn.extend(at)
	}
}

// String is for timelines and errors.
func (h Heard) String() string {
	return fmt.Sprintf("%s (for %s)", h.What, h.Until.Sub(h.At).Round(10*time.Millisecond))
}
