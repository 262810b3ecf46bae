package prompt

import (
	"encoding/binary"
	"io"
	"os"
	"path/filepath"
	"time"
)

// rates are the bytes of a second in formats that have no header, or one that says nothing.
var rates = map[string]int64{
	".ulaw": 8000, ".ul": 8000, ".mu": 8000, ".pcm": 8000, ".alaw": 8000, ".al": 8000, ".g722": 8000,
	".gsm": 1650, ".g729": 1000, ".sln": 16000, ".sln8": 16000, ".slin": 16000, ".raw": 16000, ".sln16": 32000,
}

// Length is how long the sound of a prompt takes, and whether that could be found out: not
// without a sound file, nor of a compressed one.
func (f *Folder) Length(language string, name Name) (time.Duration, bool) {
	path := soundFile(f.base(language, name))
	if path == "" {
		return 0, false
	}
	if rate := rates[filepath.Ext(path)]; rate > 0 {
		info, err := os.Stat(path)
		if err != nil {
			return 0, false
		}
		return time.Duration(info.Size()) * time.Second / time.Duration(rate), true
	}
	return waveLength(path)
}

// waveLength reads the length of a WAVE file from its header: the bytes of its chunk data
// by those of a second, in its chunk fmt.
func waveLength(path string) (time.Duration, bool) {
	file, err := os.Open(path)
	if err != nil {
		return 0, false
	}
	defer func() { _ = file.Close() }() // nothing was written
	var head [12]byte
	if _, err := io.ReadFull(file, head[:]); err != nil || string(head[:4]) != "RIFF" || string(head[8:]) != "WAVE" {
		return 0, false
	}
	var perSecond uint32
	for {
		var chunk struct {
			Name [4]byte
			Size uint32
		}
		if err := binary.Read(file, binary.LittleEndian, &chunk); err != nil {
			return 0, false
		}
		switch string(chunk.Name[:]) {
		case "fmt ":
			format := make([]byte, 16)
			if _, err := io.ReadFull(file, format); err != nil || chunk.Size < 16 {
				return 0, false
			}
			perSecond = binary.LittleEndian.Uint32(format[8:])
			chunk.Size -= 16
		case "data":
			if perSecond == 0 {
				return 0, false
			}
			return time.Duration(chunk.Size) * time.Second / time.Duration(perSecond), true
		}
		if _, err := file.Seek(int64(chunk.Size+chunk.Size%2), io.SeekCurrent); err != nil {
			return 0, false
		}
	}
}
