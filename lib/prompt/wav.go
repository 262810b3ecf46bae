package prompt

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// wavHeader says what a WAV file holds.
type wavHeader struct {
	format, channels, bits int
	rate                   int // Hz
	length                 time.Duration
}

// playable says why the exchange cannot play the file; empty when it can: it plays 8 kHz,
// 16-bit, mono PCM under this ending and nothing else.
func (h wavHeader) playable() string {
	if h.format == 1 && h.channels == 1 && h.bits == 16 && h.rate == 8000 {
		return ""
	}
	return fmt.Sprintf("format %d, %d Hz, %d bits, %d channels: the exchange plays 8000 Hz, 16-bit, mono PCM", h.format, h.rate, h.bits, h.channels)
}

// mostChunks is more than any sound file has before its sound.
const mostChunks = 64

// readWAV reads the header. What it says is believed as far as the file is as long.
func readWAV(path string) (wavHeader, error) {
	file, err := os.Open(path)
	if err != nil {
		return wavHeader{}, fmt.Errorf("read sound file: %w", err)
	}
	defer func() { _ = file.Close() }() // it was only read
	info, err := file.Stat()
	if err != nil {
		return wavHeader{}, fmt.Errorf("read sound file: %w", err)
	}
	h, err := parseWAV(file, info.Size())
	if err != nil {
		return wavHeader{}, fmt.Errorf("%s is no WAV file: %w", filepath.Base(path), err)
	}
	return h, nil
}

func parseWAV(file io.ReadSeeker, size int64) (wavHeader, error) {
	var h wavHeader
	var riff [12]byte
	if _, err := io.ReadFull(file, riff[:]); err != nil || !bytes.Equal(riff[:4], []byte("RIFF")) || !bytes.Equal(riff[8:], []byte("WAVE")) {
		return h, errors.New("it does not begin as one")
	}
	for at, n := int64(len(riff)), 0; n < mostChunks; n++ {
		var chunk [8]byte
		if _, err := io.ReadFull(file, chunk[:]); err != nil {
			break
		}
		at += int64(len(chunk))
		length := int64(binary.LittleEndian.Uint32(chunk[4:]))
		switch string(chunk[:4]) {
		case "fmt ":
			if err := h.readFormat(file, length); err != nil {
				return h, err
			}
		case "data":
			return h.measured(min(length, size-at))
		}
		at += length + length%2
		if _, err := file.Seek(at, io.SeekStart); err != nil {
			return h, fmt.Errorf("read its parts: %w", err)
		}
	}
	return h, errors.New("it holds no sound")
}

func (h *wavHeader) readFormat(file io.Reader, length int64) error {
	var fields [16]byte
	if _, err := io.ReadFull(file, fields[:]); err != nil || length < int64(len(fields)) {
		return errors.New("it does not say how it is to be played")
	}
	h.format = int(binary.LittleEndian.Uint16(fields[0:]))
	h.channels = int(binary.LittleEndian.Uint16(fields[2:]))
	h.rate = int(binary.LittleEndian.Uint32(fields[4:]))
	h.bits = int(binary.LittleEndian.Uint16(fields[14:]))
	return nil
}

// measured is the header with the length of so many bytes of sound.
func (h wavHeader) measured(data int64) (wavHeader, error) {
	perSecond := int64(h.rate) * int64(h.channels) * int64(h.bits) / 8
	if perSecond <= 0 {
		return h, errors.New("it does not say how fast it is to be played")
	}
	h.length = time.Duration(float64(data) / float64(perSecond) * float64(time.Second))
	return h, nil
}

// bytesPerSecond of formats whose length is known by their size.
var bytesPerSecond = map[string]int64{
	".ulaw": 8000, ".ul": 8000, ".mu": 8000, ".pcm": 8000, ".alaw": 8000, ".al": 8000, ".g722": 8000,
	".gsm": 1650, ".g729": 1000, ".WAV": 1625, ".wav49": 1625,
	".sln": 16000, ".sln8": 16000, ".slin": 16000, ".raw": 16000, ".sln12": 24000, ".sln16": 32000,
	".sln24": 48000, ".sln32": 64000, ".sln44": 88200, ".sln48": 96000,
}

// lengthOf is how long a sound file plays, 0 when that cannot be told, and why the exchange
// cannot play it; empty when it can.
func lengthOf(path string) (length time.Duration, problem string) {
	format := filepath.Ext(path)
	if format == ".wav" {
		h, err := readWAV(path)
		if err != nil {
			return 0, err.Error()
		}
		if problem := h.playable(); problem != "" {
			return h.length, filepath.Base(path) + " has " + problem
		}
		return h.length, ""
	}
	info, err := os.Stat(path)
	if err != nil {
		return 0, err.Error()
	}
	if per := bytesPerSecond[format]; per > 0 {
		return time.Duration(float64(info.Size()) / float64(per) * float64(time.Second)), ""
	}
	return 0, ""
}
