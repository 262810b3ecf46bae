package recordings_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"clearline/lib/call"
	"clearline/lib/recordings"
)

// lay puts files into a folder: sound under each name.
func lay(t *testing.T, dir string, names ...string) {
	t.Helper()
	for _, name := range names {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(strings.Repeat("sound", 100)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func left(t *testing.T, dir string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			name, _ := filepath.Rel(dir, path)
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestOnlyRecordingsOfOursAreSeen(t *testing.T) {
	dir := t.TempDir()
	lay(t, dir, "01a-purpose-2.wav", "01b-message-7.wav", "01b-message-7.wav.bak", "voicemail.wav", "01c-purpose-x.wav",
		"01d-message-1.ulaw", "old/01e-message-1.wav", "01F-message-1.wav")
	if err := os.Symlink(filepath.Join(dir, "voicemail.wav"), filepath.Join(dir, "01g-message-1.wav")); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "01h-message-1.wav"), 0o755); err != nil {
		t.Fatal(err)
	}
	var found []call.RecordingID
	err := recordings.Folder{Dir: dir}.Each(func(id call.RecordingID, written time.Time) {
		if time.Since(written) > time.Hour {
			t.Errorf("%s was written %s", id, written)
		}
		found = append(found, id)
	})
	if want := []call.RecordingID{"01a-purpose-2", "01b-message-7"}; err != nil || !slices.Equal(found, want) {
		t.Errorf("sees %v, error %v, want %v", found, err, want)
	}
}

func TestNothingElseIsRemoved(t *testing.T) {
	outside, dir := t.TempDir(), t.TempDir()
	lay(t, outside, "01a-message-1.wav")
	lay(t, dir, "voicemail.wav", "01b-message-7.wav", "sub/01c-message-1.wav")
	if err := os.Symlink(outside, filepath.Join(dir, "out")); err != nil {
		t.Fatal(err)
	}
	folder := recordings.Folder{Dir: dir}
	for _, id := range []call.RecordingID{
		"", "voicemail", "../01a-message-1", "out/01a-message-1", "sub/01c-message-1", "01b-message-7/../voicemail", "01b-message-7.wav", "/etc/passwd",
	} {
		if err := folder.Remove(id); err == nil {
			t.Errorf("%q is accepted", id)
		}
		if folder.Has(id) {
			t.Errorf("%q is a recording", id)
		}
	}
	if got := left(t, dir); len(got) != 4 {
		t.Errorf("left are %v", got)
	}
	if got := left(t, outside); len(got) != 1 {
		t.Errorf("outside are left %v", got)
	}
}

func TestARecordingIsRemovedOnce(t *testing.T) {
	dir := t.TempDir()
	lay(t, dir, "01b-message-7.wav", "01a-purpose-2.wav")
	folder := recordings.Folder{Dir: dir}
	if !folder.Has("01b-message-7") {
		t.Error("it is not there")
	}
	for range 2 {
		if err := folder.Remove("01b-message-7"); err != nil {
			t.Error(err)
		}
	}
	if got := left(t, dir); !slices.Equal(got, []string{"01a-purpose-2.wav"}) || folder.Has("01b-message-7") {
		t.Errorf("left are %v", got)
	}
}

func TestAnEmptyFileIsNoRecording(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "01b-message-7.wav"), make([]byte, 44), 0o600); err != nil {
		t.Fatal(err)
	}
	if (recordings.Folder{Dir: dir}).Has("01b-message-7") {
		t.Error("a header alone is taken for a message")
	}
}

func TestAFolderThatIsNotThereIsAnError(t *testing.T) {
	folder := recordings.Folder{Dir: filepath.Join(t.TempDir(), "none")}
	if err := folder.Each(func(call.RecordingID, time.Time) {}); err == nil {
		t.Error("listing it is no error")
	}
	if err := folder.Remove("01b-message-7"); err == nil {
		t.Error("removing from it is no error")
	}
}
