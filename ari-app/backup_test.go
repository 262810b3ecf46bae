package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"clearline/lib/call"
	"clearline/lib/history"
	"clearline/lib/store"
	"clearline/lib/store/boltstore"
)

// something has two calls, an attempt, a contact and a block.
func something() store.Changes {
	return store.Changes{
		Records: []call.Record{
			{ID: "0001", Line: "flat-1", Arrived: night, Ended: night, Cause: call.NoAnswer},
			{ID: "0002", Line: "flat-1", Arrived: night, Ended: night, Cause: call.Refused},
		},
		Attempts: []call.Attempt{{ID: "0003", Line: "flat-1", At: night, Number: "159"}},
		Put:      []call.Entry{{List: call.Contacts, Pattern: "+441632960123"}, {List: call.Blocks, Pattern: "+441632960200"}},
	}
}

const somethingInWords = "2 calls, 1 attempt, 1 contact, 1 block"

// says runs a command that must end so, and checks what it prints.
func says(t *testing.T, wantCode int, want string, args ...string) string {
	t.Helper()
	code, out, complaints := command(args...)
	if code != wantCode || !strings.Contains(out+complaints, want) {
		t.Errorf("%q: %d, want %d and %q:\n%s%s", args, code, wantCode, want, out, complaints)
	}
	return out
}

func TestBackupAndRestore(t *testing.T) {
	config, file := configureStore(t, something())
	copied := filepath.Join(t.TempDir(), "copy.db")
	says(t, exitDone, "no snapshots in "+filepath.Join(filepath.Dir(file), "snapshots"), "restore", "-c", config)
	says(t, exitDone, somethingInWords, "backup", "-c", config, "--out", copied)
	if info, err := os.Stat(copied); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the copy: %v, error %v", info, err)
	}
	says(t, exitDone, "block added", "block", "add", "01632 960201", "-c", config)
	says(t, exitDone, "2 calls, 1 attempt, 1 contact, 2 blocks", "backup", "-c", config)

	found, err := os.ReadDir(filepath.Join(filepath.Dir(file), "snapshots"))
	if err != nil || len(found) != 2 {
		t.Fatalf("there are %v, error %v", found, err)
	}
	list := rows(t, "restore", "-c", config)
	if len(list) != 3 || list[2][5] != found[0].Name() || strings.Join(list[2][1:5], " ") != "2 1 1 1" || strings.Join(list[1][1:5], " ") != "2 1 1 2" {
		t.Errorf("the list is %q", list)
	}

	says(t, exitDone, "nothing was changed", "restore", copied, "--dry-run", "-c", config)
	if lists := rows(t, "block", "list", "-c", config); len(lists) != 3 {
		t.Errorf("after a dry run there are %q", lists)
	}
	out := says(t, exitDone, somethingInWords, "restore", found[0].Name(), "-c", config)
	if !strings.Contains(out, file+".before-restore-") || !strings.Contains(out, "start Clearline now") {
		t.Errorf("it says %s", out)
	}
	if lists := rows(t, "block", "list", "-c", config); len(lists) != 2 {
		t.Errorf("after it was restored there are %q", lists)
	}
}

func TestBackupAndRestoreUsedWrongly(t *testing.T) {
	config, file := configureStore(t, something())
	damaged := filepath.Join(t.TempDir(), "damaged")
	if err := os.WriteFile(damaged, []byte("letter"), 0o600); err != nil {
		t.Fatal(err)
	}
	says(t, exitFailed, "is the store itself", "backup", "-c", config, "--out", file)
	says(t, exitFailed, "no such file", "backup", "-c", config, "--out", "/nonexistent/copy.db")
	says(t, exitFailed, "no such file", "restore", "none", "-c", config)
	says(t, exitFailed, "cannot be used", "restore", damaged, "-c", config)
	says(t, exitFailed, "it is the file of the store itself", "restore", file, "-c", config)
	redis, _ := configure(t, "[store]\nurl = \"redis://127.0.0.1:1/0\"\n")
	says(t, exitFailed, "redis-cli --rdb", "backup", "-c", redis)
	says(t, exitFailed, "put back the RDB file", "restore", damaged, "-c", redis)
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	says(t, exitFailed, "no history", "backup", "-c", config)
}

func TestADamagedStoreIsNamedByEveryCommand(t *testing.T) {
	config, file := configureStore(t, something())
	if err := os.WriteFile(file, []byte("letter"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"calls"}, {"incidents"}, {"backup"}, {"contact", "list"}, {"contact", "add", "01632 960124"}} {
		says(t, exitFailed, "clearline run puts it aside", append(args, "-c", config)...)
	}
	if text, err := os.ReadFile(file); err != nil || string(text) != "letter" {
		t.Errorf("the file holds %q, error %v", text, err)
	}
}

// TestAProgramWithADamagedStoreStarts runs the program, backs up what it keeps, damages the
// file after it was killed, and runs it again.
func TestAProgramWithADamagedStoreStarts(t *testing.T) {
	config, file := configureStore(t, something())
	text, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	alone := strings.Replace(string(text), "[ari]",
		fmt.Sprintf("[agi]\nlisten = %q\n[console]\nlisten = %q\n[ari]\nurl = \"http://127.0.0.1:1/ari\"", away(t), away(t)), 1)
	if err := os.WriteFile(config, []byte(alone), 0o600); err != nil {
		t.Fatal(err)
	}
	fill(t, filepath.Join(filepath.Dir(config), "sounds"))
	running := started(t, config, history.Socket(file))
	says(t, exitDone, somethingInWords, "backup", "-c", config)
	says(t, exitFailed, "stop Clearline first", "restore", latest(t, file), "-c", config)
	_ = running.Process.Kill()
	_ = running.Wait()

	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	clear(content[len(content)/8:])
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
	running = started(t, config, history.Socket(file))
	listed(t, "with a store that was restored", "calls", config, "nobody picked up")
	if err := errors.Join(running.Process.Signal(syscall.SIGTERM), running.Wait()); err != nil {
		t.Errorf("stopping: %v", err)
	}
	aside, err := filepath.Glob(file + ".damaged-*")
	if err != nil || len(aside) != 1 {
		t.Fatalf("put aside are %q, error %v", aside, err)
	}
	if kept, err := os.ReadFile(aside[0]); err != nil || string(kept) != string(content) {
		t.Errorf("the damaged file is not as it was: %v", err)
	}
	holds, err := boltstore.Examine(filepath.Join(filepath.Dir(file), "snapshots", latest(t, file)))
	if got := fmt.Sprint(holds.Calls, holds.Attempts, holds.Contacts, holds.Blocks); err != nil || got != "2 1 1 1" {
		t.Errorf("the snapshot of the stop holds %s, error %v", got, err)
	}
}

// latest is the name of the latest snapshot of a file.
func latest(t *testing.T, file string) string {
	t.Helper()
	found := boltstore.Snapshots(file, boltstore.Options{})
	if len(found) == 0 {
		t.Fatal("there is no snapshot")
	}
	return filepath.Base(found[0].Path)
}
