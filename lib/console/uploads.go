package console

import (
	"bytes"
	"sync"
	"time"

	"clearline/lib/call"
	"clearline/lib/desk"
)

const (
	uploadMax   = 15 * time.Minute // how long a file is kept that was looked at
	uploadsMost = 20               // of all people
)

// upload is a file that somebody has sent, and that is not imported yet.
type upload struct {
	Token string
	At    time.Time
	Name  string
	Text  []byte
	List  call.List
	Line  call.LineID
}

func (u upload) file() desk.ImportFile {
	return desk.ImportFile{Reader: bytes.NewReader(u.Text), Name: u.Name, List: u.List, Line: u.Line}
}

// uploads keeps one file of each person for a while.
type uploads struct {
	mu sync.Mutex
	of map[string]upload
}

// put keeps a file in place of the person's last one. When there are too many the oldest
// goes.
func (u *uploads) put(who string, file upload) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.of == nil {
		u.of = map[string]upload{}
	}
	u.of[who] = file
	for len(u.of) > uploadsMost {
		oldest := who
		for name, other := range u.of {
			if other.At.Before(u.of[oldest].At) {
				oldest = name
			}
		}
		delete(u.of, oldest)
	}
}

// take returns a file and keeps it no longer.
func (u *uploads) take(who, token string) (upload, bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	file, there := u.of[who]
	if !there || file.Token != token || time.Since(file.At) > uploadMax {
		return upload{}, false
	}
	delete(u.of, who)
	return file, true
}
