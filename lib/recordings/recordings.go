// Package recordings is the folder in which the exchange keeps what callers have said, and what people have recorded of what Clearline says. It
// sees only files named by Clearline's own ids, and nothing outside the folder: whatever
// else lies there, a link to somewhere else among it, is none of its business.
package recordings

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"clearline/lib/call"
)

// Folder is the folder with <id>.wav for each recording. It may be used from many
// goroutines.
type Folder struct{ Dir string } // absolute

const ending = ".wav"

// ours is the name of a recording: the id of a call, what it is, and a number.
var ours = regexp.MustCompile(`^[0-9a-z]{1,40}-(purpose|message|take)-[0-9]{1,9}$`)

// headerSize is the size of a WAV file with nothing in it.
const headerSize = 44

// Has says whether there is a recording with sound in it.
func (f Folder) Has(id call.RecordingID) bool {
	if !ours.MatchString(string(id)) {
		return false
	}
	root, err := os.OpenRoot(f.Dir)
	if err != nil {
		return false
	}
	defer func() { _ = root.Close() }() // nothing was written
	info, err := root.Lstat(string(id) + ending)
	return err == nil && info.Mode().IsRegular() && info.Size() > headerSize
}

// Path is where a recording is that Has knows.
func (f Folder) Path(id call.RecordingID) string {
	return filepath.Join(f.Dir, string(id)+ending)
}

// Remove removes a recording. One that is not there is no error.
func (f Folder) Remove(id call.RecordingID) error {
	if !ours.MatchString(string(id)) {
		return fmt.Errorf("remove recording %q: that is no name of ours", id)
	}
	root, err := os.OpenRoot(f.Dir)
	if err != nil {
		return fmt.Errorf("remove recording %s: %w", id, err)
	}
	defer func() { _ = root.Close() }() // what was removed is removed
	if err := root.Remove(string(id) + ending); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove recording %s: %w", id, err)
	}
	return nil
}

// Each hands over every recording, and when it was last written to.
func (f Folder) Each(each func(id call.RecordingID, written time.Time)) error {
	entries, err := os.ReadDir(f.Dir)
	if err != nil {
		return fmt.Errorf("list recordings: %w", err)
	}
	for _, entry := range entries {
		name, isWAV := strings.CutSuffix(entry.Name(), ending)
		if !isWAV || !ours.MatchString(name) || !entry.Type().IsRegular() {
			continue
		}
		if info, err := entry.Info(); err == nil { // otherwise it was removed meanwhile
			each(call.RecordingID(name), info.ModTime())
		}
	}
	return nil
}
