package testbed

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/zaf/g711"
)

// RTP payload types, as offered in every SDP here.
const (
	payloadUlaw = 0
	payloadKeys = 101
)

// Times of a key, in frames: 100 ms down, 80 ms between keys.
const (
	keyFrames  = 5
	keyPause   = 4
	keyRepeats = 3 // copies of the packet that ends a key
)

const allKeys = "0123456789*#ABCD"

// voice gives the next frame of u-law; false means it has ended.
type voice func(frame []byte) bool

// toneLevel is the peak of a tone that is said, of 32767.
const toneLevel = 9000

// toneVoice is a sine at a clear level; d of 0 means for ever.
func toneVoice(hz float64, d time.Duration) voice {
	phase, left := 0.0, int(d/frameTime)
	return func(frame []byte) bool {
		if d > 0 {
			if left == 0 {
				return false
			}
			left--
		}
		for i := range frame {
			frame[i] = g711.EncodeUlawFrame(int16(toneLevel * math.Sin(phase)))
			phase += 2 * math.Pi * hz / sampleRate
		}
		phase = math.Mod(phase, 2*math.Pi)
		return true
	}
}

// bytesVoice says u-law bytes once.
func bytesVoice(audio []byte) voice {
	return func(frame []byte) bool {
		if len(audio) == 0 {
			return false
		}
		n := copy(frame, audio)
		audio = audio[n:]
		for i := n; i < len(frame); i++ {
			frame[i] = ulawSilence
		}
		return true
	}
}

// mouth is the sending side of one call: audio in every frame, silence when there is
// nothing to say, and keys as RFC 4733 events beside the audio.
type mouth struct {
	send func(packet []byte)

	mu      sync.Mutex
	open    bool // the far end's address is known
	mute    bool
	first   bool
	seq     uint16
	time    uint32
	ssrc    uint32
	voice   voice
	said    chan struct{} // closed when voice ends or is replaced
	keys    []pressed
	let     []time.Time // when each key was released
	packet  [12 + frameSize]byte
	keyed   [16]byte
	packets int
}

// pressed is a key on its way.
type pressed struct {
	event byte
	frame int // since it went down
	time  uint32
	done  chan struct{} // closed after the pause; nil but for the last of a sequence
}

func newMouth(send func([]byte)) *mouth {
	return &mouth{send: send, first: true, seq: uint16(rand.Uint32()), time: rand.Uint32(), ssrc: rand.Uint32()}
}

// tick sends one frame. With keys, what belongs to this frame of a key goes along.
func (m *mouth) tick(keys bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.time += frameSize
	if !m.open || m.mute {
		return
	}
	frame := m.packet[12:]
	if m.voice == nil || !m.voice(frame) {
		m.hush()
		for i := range frame {
			frame[i] = ulawSilence
		}
	}
	m.write(m.packet[:], payloadUlaw, m.first, m.time)
	m.first = false
	if keys && len(m.keys) > 0 {
		m.tickKey(&m.keys[0])
	}
}

// tickKey sends what belongs to this frame of a key.
func (m *mouth) tickKey(k *pressed) {
	if k.frame == 0 {
		k.time = m.time
	}
	switch {
	case k.frame < keyFrames:
		m.writeKey(k, false, k.frame+1)
	case k.frame == keyFrames:
		m.let = append(m.let, time.Now()) // before the packet that says so
		for range keyRepeats {
			m.writeKey(k, true, keyFrames)
		}
	case k.frame == keyFrames+keyPause:
		if k.done != nil {
			close(k.done)
		}
		m.keys = m.keys[1:]
		return
	}
	k.frame++
}

func (m *mouth) writeKey(k *pressed, end bool, frames int) {
	m.keyed[12] = k.event
	m.keyed[13] = 10 // volume, in -dBm0
	if end {
		m.keyed[13] |= 0x80
	}
	binary.BigEndian.PutUint16(m.keyed[14:], uint16(frames*frameSize))
	m.write(m.keyed[:], payloadKeys, k.frame == 0, k.time)
}

// write fills in the header of RFC 3550 and sends.
func (m *mouth) write(packet []byte, payload byte, marker bool, stamp uint32) {
	m.seq++
	packet[0], packet[1] = 0x80, payload
	if marker {
		packet[1] |= 0x80
	}
	binary.BigEndian.PutUint16(packet[2:], m.seq)
	binary.BigEndian.PutUint32(packet[4:], stamp)
	binary.BigEndian.PutUint32(packet[8:], m.ssrc)
	m.send(packet)
	m.packets++
}

// say replaces what is being said; the channel closes when it has been said.
func (m *mouth) say(v voice) <-chan struct{} {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.hush()
	m.voice, m.said = v, make(chan struct{})
	return m.said
}

// hush ends what is being said. The lock is held.
func (m *mouth) hush() {
	if m.said != nil {
		close(m.said)
	}
	m.voice, m.said = nil, nil
}

// releases returns when each key was released.
func (m *mouth) releases() []time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.let)
}

func (m *mouth) quiet() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.hush()
}

func (m *mouth) setMute(on bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.mute = on
}

func (m *mouth) setOpen() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.open = true
}

// press queues keys, of which all must be in allKeys; the channel closes when the last
// has been sent.
func (m *mouth) press(keys string) <-chan struct{} {
	m.mu.Lock()
	defer m.mu.Unlock()
	done := make(chan struct{})
	for i := range len(keys) {
		k := pressed{event: byte(strings.IndexByte(allKeys, keys[i]))}
		if i == len(keys)-1 {
			k.done = done
		}
		m.keys = append(m.keys, k)
	}
	return done
}
