package boltstore

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

const (
	holdMax   = time.Second // longest another process is waited for
	holdRetry = 20 * time.Millisecond
)

// ErrHeld is wrapped by errors that say that another process holds the file.
var ErrHeld = errors.New("another process holds it")

// lock opens the file at path and keeps other processes from it, as bbolt does; shared
// keeps only those from it who write. The error wraps fs.ErrNotExist, fs.ErrPermission and
// ErrHeld. Closing the file lets it go.
func lock(path string, shared bool) (*os.File, error) {
	mode, how := os.O_RDWR, syscall.LOCK_EX
	if shared {
		mode, how = os.O_RDONLY, syscall.LOCK_SH
	}
	for deadline := time.Now().Add(holdMax); ; {
		file, err := os.OpenFile(path, mode, 0)
		if err != nil {
			return nil, err
		}
		switch err := hold(file, how, deadline); {
		case err != nil:
			return nil, errors.Join(err, file.Close())
		case stillAt(path, file):
			return file, nil
		}
		_ = file.Close() // it was put aside meanwhile, and another one is in its place
	}
}

func hold(file *os.File, how int, deadline time.Time) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return errors.New("it is no file")
	}
	for {
		err := syscall.Flock(int(file.Fd()), how|syscall.LOCK_NB)
		switch {
		case err == nil:
			return nil
		case !errors.Is(err, syscall.EWOULDBLOCK):
			return fmt.Errorf("lock it: %w", err)
		case time.Now().After(deadline):
			return ErrHeld
		}
		time.Sleep(holdRetry)
	}
}

func stillAt(path string, file *os.File) bool {
	there, err := os.Stat(path)
	if err != nil {
		return false
	}
	mine, err := file.Stat()
	return err == nil && os.SameFile(there, mine)
}

// stamp is how a time (UTC) stands in a name: it sorts as times do, and is safe in every
// file system.
const stamp = "20060102T150405Z"

// aside gives the file at path another name in a folder, which nothing had before, and
// returns it. Where the file system allows, the file keeps its name too, so that there is
// no moment in which nothing is there.
func aside(path, folder, mark string) (string, error) {
	base := filepath.Join(folder, filepath.Base(path)+mark+time.Now().UTC().Format(stamp))
	for n := 1; ; n++ {
		name := base
		if n > 1 {
			name = fmt.Sprintf("%s-%d", base, n)
		}
		err := os.Link(path, name)
		switch {
		case err == nil:
			return name, syncFolder(folder)
		case errors.Is(err, fs.ErrExist):
			continue
		case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.EXDEV):
			return "", err
		}
		if !missing(name) {
			continue
		}
		if err := os.Rename(path, name); err != nil {
			return "", err
		}
		return name, syncFolder(folder)
	}
}

// syncFolder makes the names in a folder last. Some file systems cannot.
func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	err = folder.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.ENOTSUP) {
		err = nil
	}
	return errors.Join(err, folder.Close())
}

// giveTo makes a new file or folder belong to whom another belongs to, and a file have the
// rights of the other file: root runs commands, and Clearline is another user.
func giveTo(file *os.File, like string) error {
	info, err := os.Stat(like)
	if err != nil {
		return err
	}
	made, err := file.Stat()
	if err != nil {
		return err
	}
	if info.Mode().IsRegular() && made.Mode().IsRegular() {
		if err := file.Chmod(info.Mode().Perm()); err != nil {
			return err
		}
	}
	if os.Geteuid() != 0 {
		return nil
	}
	if owner, ok := info.Sys().(*syscall.Stat_t); ok {
		return file.Chown(int(owner.Uid), int(owner.Gid))
	}
	return nil
}
