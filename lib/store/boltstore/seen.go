package boltstore

import (
	"os"
	"sync"
)

// Seen is how a process left a file that it had checked. As long as nobody has written to
// the file since, the process need not read all of it again to open it.
type Seen struct {
	mu   sync.Mutex
	left os.FileInfo
}

// leave remembers a file that is sound.
func (s *Seen) leave(file *os.File) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.left, _ = file.Stat() // one that cannot be told is read again
}

// is reports whether a file is as it was left.
func (s *Seen) is(file *os.File) bool {
	if s == nil {
		return false
	}
	now, err := file.Stat()
	s.mu.Lock()
	defer s.mu.Unlock()
	return err == nil && s.left != nil && os.SameFile(now, s.left) && now.Size() == s.left.Size() && now.ModTime().Equal(s.left.ModTime())
}
