package prompt

import "time"

// Length is how long the sound of a prompt takes, and whether that could be found out: not
// without a sound file, nor of a compressed one.
func (f *Folder) Length(language string, name Name) (time.Duration, bool) {
	path := f.file(language, name)
	if path == "" {
		return 0, false
	}
	length, _ := lengthOf(path) // what the exchange cannot play is no matter of length
	return length, length > 0
}
