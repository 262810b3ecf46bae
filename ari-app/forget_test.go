package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"clearline/lib/call"
	"clearline/lib/history"
	"clearline/lib/store"
	"clearline/lib/store/boltstore"
	"clearline/lib/store/storetest"
)

const toForget = "01632 960 277" // storetest.Forgotten

// remembering configures a Clearline that remembers the number, with recordings of its
// calls and of one of another caller.
func remembering(t *testing.T) (config, file, recordings string) {
	t.Helper()
	all := storetest.Remembered()
	all.Save = nil
	config, file = configureStore(t, all)
	recordings = t.TempDir()
	text, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	text = append(text, "\n[recordings]\ndir = \""+recordings+"\"\n"...)
	if err := os.WriteFile(config, text, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"0001-purpose-1.wav", "0002-purpose-1.wav", "0002-purpose-2.wav", "0003-message-1.wav", "00021-purpose-1.wav"} {
		if err := os.WriteFile(filepath.Join(recordings, name), []byte("RIFF"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	says(t, exitDone, "made", "backup", "-c", config)
	return config, file, recordings
}

// within names the files of a folder and below it that hold the digits of the number.
func within(t *testing.T, folder string) (found []string) {
	t.Helper()
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		text, err := os.ReadFile(path)
		if bytes.Contains(text, []byte(storetest.Forgotten[1:])) {
			found = append(found, entry.Name())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func left(t *testing.T, recordings string) (names []string) {
	t.Helper()
	files, err := os.ReadDir(recordings)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		names = append(names, f.Name())
	}
	return names
}

var others = []string{"0001-purpose-1.wav", "00021-purpose-1.wav"}

func TestForget(t *testing.T) {
	config, file, recordings := remembering(t)
	const kept = toForget + ", kept:\n  2 calls\n  3 recordings\n  the suspect of 1 attempt\n  that it is refused on 1 line\n" +
		"  a block for the whole house, a contact \"Siân\" for line flat-1\n  in the copy "
	out := says(t, exitDone, kept, "forget", "01632", "960277", "--dry-run", "-c", config)
	if !strings.HasSuffix(out, "\nnothing was changed\n") {
		t.Errorf("it says\n%s", out)
	}
	says(t, exitUsage, "--lists remove or --lists keep", "forget", toForget, "-c", config)
	if found := within(t, filepath.Dir(file)); len(found) != 2 || len(left(t, recordings)) != 5 {
		t.Errorf("something was changed: the number is in %q, the recordings are %q", found, left(t, recordings))
	}

	out = says(t, exitDone, toForget+", forgotten:\n  2 calls\n  3 recordings\n", "forget", toForget, "--lists", "keep", "-c", config)
	if strings.Contains(out, "contact") || !slices.Equal(left(t, recordings), others) {
		t.Errorf("it says\n%sand the recordings are %q", out, left(t, recordings))
	}
	says(t, exitDone, "forgotten:\n  a block for the whole house, a contact \"Siân\" for line flat-1\n", "forget", toForget, "--lists=remove", "-c", config)
	if found := within(t, filepath.Dir(file)); len(found) != 0 {
		t.Errorf("the number is still in %q", found)
	}
	says(t, exitDone, "nothing is kept", "forget", toForget, "--dry-run", "-c", config)
	says(t, exitDone, "nothing is forgotten", "forget", toForget, "-c", config)
	if calls := rows(t, "calls", "-c", config); len(calls) != 2 {
		t.Errorf("the calls are %q", calls)
	}
	if attempts := rows(t, "incidents", "-c", config); len(attempts) != 3 {
		t.Errorf("the incidents are %q", attempts)
	}
}

func TestAProgramThatRunsForgets(t *testing.T) {
	config, file, recordings := remembering(t)
	runnable(t, config, nowhere)
	running := started(t, config, history.Socket(file))
	out := says(t, exitDone, "", "forget", toForget, "--lists", "remove", "--json", "-c", config)
	var m struct {
		Forgotten                          bool
		Calls, Recordings, Suspect, Copies []string
		Entries                            []map[string]any
	}
	if err := json.Unmarshal([]byte(out), &m); err != nil || !m.Forgotten || len(m.Calls) != 2 || len(m.Recordings) != 3 || len(m.Suspect) != 1 || len(m.Entries) != 2 || len(m.Copies) != 1 {
		t.Errorf("it says %s, error %v", out, err)
	}
	if found := within(t, filepath.Dir(file)); len(found) != 0 || !slices.Equal(left(t, recordings), others) {
		t.Errorf("the number is still in %q, the recordings are %q", found, left(t, recordings))
	}
	says(t, exitDone, "block added", "block", "add", "01632 960 201", "-c", config) // it goes on with the new file
	if err := errors.Join(running.Process.Signal(syscall.SIGTERM), running.Wait()); err != nil {
		t.Errorf("stopping: %v", err)
	}
	if found := within(t, filepath.Dir(file)); len(found) != 0 {
		t.Errorf("after a stop the number is in %q", found)
	}
	if blocks := rows(t, "block", "list", "-c", config); len(blocks) != 2 {
		t.Errorf("the blocks are %q", blocks)
	}
}

func TestACallUnderWayIsNotForgotten(t *testing.T) {
	config, file, _ := remembering(t)
	kept, err := boltstore.Open(file, boltstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	talks := store.Saved{ID: "0009", Line: "flat-1", State: []byte(`{"Number":"` + storetest.Forgotten + `"}`), Pending: []byte("[]")}
	if err := errors.Join(kept.Apply(t.Context(), store.Changes{Save: []store.Saved{talks}}), kept.Close()); err != nil {
		t.Fatal(err)
	}
	code, out, complaints := command("forget", toForget, "--lists", "remove", "-c", config)
	if code != exitFailed || !strings.Contains(out, "2 calls") || !strings.Contains(complaints, "a call with the number is under way") {
		t.Errorf("%d: %s%s", code, out, complaints)
	}
}

func TestNumbersThatAreNoCallersAreNotForgotten(t *testing.T) {
	config, _ := configureStore(t, store.Changes{Records: []call.Record{{ID: "0001", Line: "flat-1", Dialled: "01632960101", Arrived: night, Ended: night}}})
	says(t, exitUsage, "is the number of line flat-1", "forget", "01632 960101", "-c", config)
	says(t, exitUsage, "is a number for help", "forget", "159", "-c", config)
	says(t, exitUsage, "", "forget", " ", "-c", config)
	says(t, exitUsage, "", "forget", "-c", config)
	redis, _ := configure(t, "[store]\nurl = \"redis://127.0.0.1:1/0\"\n")
	says(t, exitFailed, "does Redis run", "forget", toForget, "-c", redis)
}
