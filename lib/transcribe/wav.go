package transcribe

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

// telephoneRate is the samples a second of what Asterisk records.
const telephoneRate = 8000

// sound is what is said: 16 bits a sample, one channel, the less significant byte first.
type sound struct {
	rate int // samples a second
	pcm  []byte
}

// errWAV says that a file holds no sound that can be sent.
var errWAV = errors.New("it is no WAV file of 16-bit PCM with one channel")

// readWAV reads a file. The length its header gives is not believed: Asterisk writes it
// last.
func readWAV(file []byte) (s sound, err error) {
	if len(file) < 12 || string(file[:4]) != "RIFF" || string(file[8:12]) != "WAVE" {
		return s, errWAV
	}
	for rest := file[12:]; len(rest) >= 8; {
		name, length := string(rest[:4]), binary.LittleEndian.Uint32(rest[4:8])
		rest = rest[8:]
		body := rest[:min(uint64(length), uint64(len(rest)))]
		switch {
		case name == "fmt " && len(body) >= 16:
			format, channels, bits := binary.LittleEndian.Uint16(body), binary.LittleEndian.Uint16(body[2:]), binary.LittleEndian.Uint16(body[14:])
			s.rate = int(binary.LittleEndian.Uint32(body[4:]))
			if format != 1 || channels != 1 || bits != 16 || s.rate < 4000 || s.rate > 48000 {
				return sound{}, errWAV
			}
		case name == "data" && s.rate != 0:
			s.pcm = body[:len(body)&^1]
			return s, nil
		}
		rest = rest[min(uint64(length)+uint64(length&1), uint64(len(rest))):]
	}
	return sound{}, fmt.Errorf("%w: nothing is said in it", errWAV)
}

// wav is the sound as a file.
func (s sound) wav() []byte {
	var b bytes.Buffer
	size := uint32(len(s.pcm))
	b.WriteString("RIFF")
	for _, field := range []any{
		size + 36, [8]byte([]byte("WAVEfmt ")), uint32(16), uint16(1), uint16(1),
		uint32(s.rate), uint32(2 * s.rate), uint16(2), uint16(16), [4]byte([]byte("data")), size,
	} {
		_ = binary.Write(&b, binary.LittleEndian, field) // a buffer takes everything
	}
	b.Write(s.pcm)
	return b.Bytes()
}

// doubled is the sound with twice as many samples a second, each new one halfway between
// its neighbours.
func (s sound) doubled() sound {
	twice := sound{rate: 2 * s.rate, pcm: make([]byte, 0, 2*len(s.pcm))}
	at := func(i int) int16 { return int16(binary.LittleEndian.Uint16(s.pcm[2*i:])) }
	for i, n := 0, len(s.pcm)/2; i < n; i++ {
		next := at(min(i+1, n-1))
		twice.pcm = binary.LittleEndian.AppendUint16(twice.pcm, uint16(at(i)))
		twice.pcm = binary.LittleEndian.AppendUint16(twice.pcm, uint16((int32(at(i))+int32(next))/2))
	}
	return twice
}

func silence(length time.Duration) sound {
	return sound{telephoneRate, make([]byte, 2*int(length.Seconds()*telephoneRate))}
}
