package prompt

import (
	"bytes"
	"encoding/binary"
	"testing"
	"time"
)

// wav is a WAV file of silence.
func wav(rate, channels, bits int, data int) []byte {
	b := binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(36+data))
	b = binary.LittleEndian.AppendUint32(append(b, "WAVEfmt "...), 16)
	b = binary.LittleEndian.AppendUint16(b, 1)
	b = binary.LittleEndian.AppendUint16(b, uint16(channels))
	b = binary.LittleEndian.AppendUint32(b, uint32(rate))
	b = binary.LittleEndian.AppendUint32(b, uint32(rate*channels*bits/8))
	b = binary.LittleEndian.AppendUint16(b, uint16(channels*bits/8))
	b = binary.LittleEndian.AppendUint16(b, uint16(bits))
	b = binary.LittleEndian.AppendUint32(append(b, "data"...), uint32(data))
	return append(b, make([]byte, data)...)
}

func TestTheHeaderOfASoundFile(t *testing.T) {
	telephone := wav(8000, 1, 16, 8000)
	withList := append(bytes.Clone(telephone[:36]), append([]byte("LIST\x03\x00\x00\x00abc\x00"), telephone[36:]...)...)
	for name, tt := range map[string]struct {
		file     []byte
		length   time.Duration
		playable bool
		broken   bool
	}{
		"as the exchange plays it":        {file: telephone, length: 500 * time.Millisecond, playable: true},
		"with something before the sound": {file: withList, length: 500 * time.Millisecond, playable: true},
		"of another rate":                 {file: wav(44100, 1, 16, 88200), length: time.Second},
		"in stereo":                       {file: wav(8000, 2, 16, 32000), length: time.Second},
		"cut off":                         {file: telephone[:44+1600], length: 100 * time.Millisecond, playable: true},
		"that says it plays at no rate":   {file: wav(0, 1, 16, 100), broken: true},
		"without sound":                   {file: telephone[:36], broken: true},
		"of something else":               {file: []byte("OggS is another format"), broken: true},
		"that is empty":                   {file: nil, broken: true},
		"whose format is cut off":         {file: telephone[:24], broken: true},
	} {
		t.Run(name, func(t *testing.T) {
			h, err := parseWAV(bytes.NewReader(tt.file), int64(len(tt.file)))
			if (err != nil) != tt.broken {
				t.Fatalf("error %v", err)
			}
			if err == nil && (h.length != tt.length || (h.playable() == "") != tt.playable) {
				t.Errorf("%s, %q", h.length, h.playable())
			}
		})
	}
}

func FuzzWAV(f *testing.F) {
	f.Add(wav(8000, 1, 16, 100))
	f.Add([]byte("RIFF\x00\x00\x00\x00WAVEdata\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, file []byte) {
		h, err := parseWAV(bytes.NewReader(file), int64(len(file)))
		if err == nil && h.length < 0 {
			t.Errorf("a length of %s", h.length)
		}
	})
}
