package setup

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
)

// written is what the manifest notes of a file.
type written struct {
	Path string `json:"path"`
	Sum  string `json:"sha256"`         // of the whole file when it was written; empty for a folder
	Adds string `json:"adds,omitempty"` // what was added to a file that is others'
	Was  bool   `json:"was,omitempty"`  // the file was there before
	Dir  string `json:"dir,omitempty"`  // the folder that was made for it
}

// Manifest is where it is noted what was written: beside Clearline's configuration.
func Manifest(config string) string { return filepath.Join(filepath.Dir(config), "setup.json") }

// ErrThere says that an installation was set up before.
var ErrThere = errors.New("this was set up before: clearline setup --undo takes it back")

// Apply writes files and notes what it wrote. When one cannot be written, what was written
// before is taken back.
func Apply(config string, files []File) error {
	manifest := Manifest(config)
	if _, err := os.Stat(manifest); err == nil {
		return ErrThere
	}
	for _, f := range files {
		if _, err := os.Stat(f.Path); err == nil && !f.Adds {
			return fmt.Errorf("%s is there already: move it away, or write it by hand", f.Path)
		}
	}
	var done []written
	for _, f := range files {
		w, err := f.write()
		if err == nil {
			done = append(done, w)
			err = note(manifest, done)
		}
		if err != nil && len(done) == 0 {
			return fmt.Errorf("write %s: %w", f.Path, err)
		}
		if err != nil {
			_, undone := Undo(config)
			return errors.Join(fmt.Errorf("write %s: %w", f.Path, err), undone)
		}
	}
	return nil
}

func note(manifest string, done []written) error {
	text, err := json.MarshalIndent(done, "", "  ")
	if err != nil {
		return err
	}
	return replace(manifest, append(text, '\n'), 0o600)
}

// write writes the file, or adds to it, or makes the folder.
func (f File) write() (written, error) {
	w := written{Path: f.Path}
	if f.Folder {
		return w, makeShared(f.Path)
	}
	was, err := os.ReadFile(f.Path)
	switch {
	case err == nil:
		w.Was = true
	case !errors.Is(err, fs.ErrNotExist):
		return w, err
	}
	text, mode := []byte(f.Text), os.FileMode(0o644)
	if f.Adds {
		add := f.Text
		if len(was) > 0 && was[len(was)-1] != '\n' {
			add = "\n" + add
		}
		w.Adds, text = add, append(slices.Clone(was), add...)
	}
	if f.Secret {
		mode = 0o640
	}
	dir := filepath.Dir(f.Path)
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return w, err
		}
		w.Dir = dir
	}
	sum := sha256.Sum256(text)
	w.Sum = hex.EncodeToString(sum[:])
	if err := replace(f.Path, text, mode); err != nil {
		return w, err
	}
	return w, f.give()
}

// give lets the group read the file, where there is one of that name and whoever runs setup
// may give files away.
func (f File) give() error {
	if f.Group == "" || f.Adds || os.Geteuid() != 0 {
		return nil
	}
	const keep = -1 // a machine without that group has its own way to let its services read
	group, err := groupNumber(f.Group, keep)
	if err != nil {
		return err
	}
	return os.Chown(f.Path, keep, group)
}

// makeShared makes a folder that belongs to whom the one above belongs to, Asterisk's, and
// what is put there to a group that Clearline is in: Asterisk's, or Clearline's own where
// Asterisk is root.
func makeShared(path string) error {
	above, err := os.Stat(filepath.Dir(path))
	if err != nil {
		return err
	}
	if err := os.Mkdir(path, 0o770); err != nil {
		return err
	}
	if owner, ok := above.Sys().(*syscall.Stat_t); ok && os.Geteuid() == 0 {
		group := int(owner.Gid)
		if owner.Uid == 0 {
			if group, err = groupNumber(clearlineGroup, group); err != nil {
				return err
			}
		}
		if err := os.Chown(path, int(owner.Uid), group); err != nil {
			return err
		}
	}
	return os.Chmod(path, 0o770|fs.ModeSetgid) // neither umask nor a new owner counts
}

// groupNumber is the number of a group, or other where there is none of that name.
func groupNumber(name string, other int) (int, error) {
	group, err := user.LookupGroup(name)
	var unknown user.UnknownGroupError
	if errors.As(err, &unknown) {
		return other, nil
	}
	if err != nil {
		return 0, fmt.Errorf("look for group %s: %w", name, err)
	}
	id, err := strconv.Atoi(group.Gid)
	if err != nil {
		return 0, fmt.Errorf("read the number of group %s: %w", name, err)
	}
	return id, nil
}

// replace puts a file in place whole. One that is there keeps its owner and its rights.
func replace(path string, text []byte, mode os.FileMode) error {
	if _, err := os.Stat(path); err == nil {
		return os.WriteFile(path, text, mode)
	}
	file, err := os.CreateTemp(filepath.Dir(path), ".clearline-")
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	err = errors.Join(err, file.Chmod(mode), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	return nil
}

// Undo takes back what Apply wrote, the last first, and lists what it left because somebody
// has changed it since. What was added to a file that is others' is taken out as long as it
// stands there as it was written.
func Undo(config string) (left []string, err error) {
	manifest := Manifest(config)
	text, err := os.ReadFile(manifest)
	if err != nil {
		return nil, fmt.Errorf("read what was written: %w", err)
	}
	var done []written
	if err := json.Unmarshal(text, &done); err != nil {
		return nil, fmt.Errorf("read what was written: %s: %w", manifest, err)
	}
	for _, w := range slices.Backward(done) {
		back, undoErr := w.undo()
		if !back {
			left = append(left, w.Path)
		}
		err = errors.Join(err, undoErr)
	}
	if err != nil {
		return left, err
	}
	if err := os.Remove(manifest); err != nil {
		return left, err
	}
	for _, w := range slices.Backward(done) {
		if w.Dir != "" {
			_ = os.Remove(w.Dir) // it stays when somebody has put something there
		}
	}
	return left, nil
}

// undo takes one file back, and says whether it could.
func (w written) undo() (bool, error) {
	if w.Sum == "" { // a folder, which stays when there is something in it
		err := os.Remove(w.Path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return true, nil
		case errors.Is(err, syscall.ENOTEMPTY):
			return false, nil
		}
		return err == nil, err
	}
	is, err := os.ReadFile(w.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	if w.Adds != "" {
		before, after, there := bytes.Cut(is, []byte(w.Adds))
		if whole := len(before) == 0 || before[len(before)-1] == '\n' || w.Adds[0] == '\n'; !there || !whole {
			return false, nil
		}
		if is = append(slices.Clone(before), after...); len(is) > 0 || w.Was {
			return true, os.WriteFile(w.Path, is, 0o644)
		}
		return true, os.Remove(w.Path)
	}
	if sum := sha256.Sum256(is); hex.EncodeToString(sum[:]) != w.Sum {
		return false, nil
	}
	return true, os.Remove(w.Path)
}
