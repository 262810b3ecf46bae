package telemetry

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// readOnly is set in the flags of a file system that takes nothing (statfs(2), ST_RDONLY).
const readOnly = 1

// Room says whether a folder can be read, and whether its file system takes so many bytes
// more. It writes nothing: those who write there are other users, with other rights.
func Room(dir string, need uint64) error {
	folder, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("open folder %s: %w", dir, reason(err))
	}
	defer func() { _ = folder.Close() }() // nothing was written
	info, err := folder.Stat()
	switch {
	case err != nil:
		return fmt.Errorf("look at folder %s: %w", dir, reason(err))
	case !info.IsDir():
		return fmt.Errorf("%s is no folder", dir)
	case info.Mode().Perm()&0o222 == 0:
		return fmt.Errorf("nobody may write to folder %s", dir)
	}
	var disk syscall.Statfs_t
	if err := syscall.Fstatfs(int(folder.Fd()), &disk); err != nil {
		return fmt.Errorf("look at the disk of %s: %w", dir, err)
	}
	switch free := disk.Bavail * uint64(disk.Bsize); {
	case disk.Flags&readOnly != 0:
		return fmt.Errorf("the disk of %s is read-only", dir)
	case free < need:
		return fmt.Errorf("the disk of %s is full: %d MiB are left, %d MiB are needed", dir, free>>20, need>>20)
	case disk.Files > 0 && disk.Ffree == 0:
		return fmt.Errorf("the disk of %s takes no more files", dir)
	}
	return nil
}

// reason is an error without the path it is about.
func reason(err error) error {
	var about *fs.PathError
	if errors.As(err, &about) {
		return about.Err
	}
	return err
}
