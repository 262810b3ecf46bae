package console

import (
	"net/http"
	"sync"
)

// flash is what somebody is told once about what they have just done.
type flash struct {
	said string
	bad  bool // it is not what was wanted
}

// flashesMost bounds how many wait to be read.
const flashesMost = 1000

// flashes wait for the next page of their sessions. They are not in the sessions themselves,
// because every request writes its session back whole: one that was under way meanwhile would
// take them out again.
type flashes struct {
	mu      sync.Mutex
	waiting map[string]flash // by the session's token
}

func (f *flashes) put(token string, one flash) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.waiting == nil {
		f.waiting = map[string]flash{}
	}
	for other := range f.waiting {
		if len(f.waiting) < flashesMost {
			break
		}
		delete(f.waiting, other)
	}
	f.waiting[token] = one
}

func (f *flashes) take(token string) flash {
	f.mu.Lock()
	defer f.mu.Unlock()
	one := f.waiting[token]
	delete(f.waiting, token)
	return one
}

// followHeader is sent by the script, which asks for a page that somebody has open already.
// What they are told is not for it, but for the page that is about to be opened.
const followHeader = "Clearline-Follow"

// flashFor is what the page that is asked for has to say.
func (c *Console) flashFor(r *http.Request) flash {
	if r.Header.Get(followHeader) != "" {
		return flash{}
	}
	return c.flashes.take(c.sessions.Token(r.Context()))
}
