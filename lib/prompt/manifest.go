package prompt

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// manifestFile lies in the folder of sound files.
const manifestFile = ".clearline-rendered.json"

// manifest knows the sound files Render made, by content: the hash of the file
// gives the recipes it was made by; two may come out the same. A file it does not know was
// made by somebody else.
type manifest struct {
	path string

	mu   sync.Mutex
	made map[string]string // hash of the sound -> recipes, separated by blanks
}

// standing says how a sound file stands to what would be made now.
type standing int

const (
	missing  standing = iota
	upToDate          // made by the same recipe
	outdated          // made by us, by another recipe
	foreign           // made by somebody else
)

func loadManifest(folder string) (*manifest, error) {
	m := &manifest{path: filepath.Join(folder, manifestFile), made: map[string]string{}}
	data, err := os.ReadFile(m.path)
	if errors.Is(err, fs.ErrNotExist) {
		return m, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the list of sound files made before: %w", err)
	}
	if err := json.Unmarshal(data, &m.made); err != nil {
		return nil, fmt.Errorf("read the list of sound files made before: %s: %w", m.path, err)
	}
	if m.made == nil {
		m.made = map[string]string{}
	}
	return m, nil
}

// look says how the file at path stands to recipe.
func (m *manifest) look(path, recipe string) (standing, error) {
	sum, err := hashFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return missing, nil
	}
	if err != nil {
		return missing, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	switch by, ok := m.made[sum]; {
	case !ok:
		return foreign, nil
	case slices.Contains(strings.Fields(by), recipe):
		return upToDate, nil
	}
	return outdated, nil
}

// add notes the file at path as made by recipe, on the disk too.
func (m *manifest) add(path, recipe string) error {
	sum, err := hashFile(path)
	if err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if by := strings.Fields(m.made[sum]); !slices.Contains(by, recipe) {
		m.made[sum] = strings.Join(append(by, recipe), " ")
	}
	data, err := json.MarshalIndent(m.made, "", "  ")
	if err != nil {
		return fmt.Errorf("list sound files: %w", err)
	}
	if err := os.WriteFile(m.path+".new", append(data, '\n'), 0o644); err != nil {
		return fmt.Errorf("list sound files: %w", err)
	}
	if err := os.Rename(m.path+".new", m.path); err != nil {
		return fmt.Errorf("list sound files: %w", err)
	}
	return nil
}

func hashFile(path string) (string, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("read sound file: %w", err)
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:]), nil
}
