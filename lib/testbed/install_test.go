package testbed

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestOldAsteriskIsPassedOver(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "asterisk")
	check(t, os.WriteFile(path, []byte("#!/bin/sh\necho Asterisk 20.6.0~dfsg\n"), 0o755))
	_, err := systemInstall(t.Context(), path)
	if err == nil || !strings.Contains(err.Error(), "version 20.6.0~dfsg is below the floor 20.20.1") {
		t.Errorf("got %v", err)
	}
}

func TestBuildingWithoutItsToolSaysWhatToDo(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	err := buildRoot(t.Context(), filepath.Join(t.TempDir(), rootName), io.Discard)
	if err == nil || !strings.Contains(err.Error(), "debootstrap is missing; install it") {
		t.Errorf("got %v", err)
	}
}

func TestBuildingThatFailsLeavesNothing(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root")
	}
	tools, cache := t.TempDir(), t.TempDir()
	check(t, os.WriteFile(filepath.Join(tools, "debootstrap"), []byte("#!/bin/sh\necho I: Retrieving things\necho E: no network\nexit 1\n"), 0o755))
	t.Setenv("PATH", tools)
	var told strings.Builder
	err := buildRoot(t.Context(), filepath.Join(cache, rootName), &told)
	if err == nil || !strings.Contains(err.Error(), "E: no network") {
		t.Errorf("got %v", err)
	}
	if !strings.Contains(told.String(), "testbed: debootstrap: retrieving\n") {
		t.Errorf("progress was %q", told.String())
	}
	if left, _ := os.ReadDir(cache); len(left) > 0 {
		t.Errorf("left %v", left)
	}
}

func TestLockIsWaitedFor(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	unlock, err := lockFile(t.Context(), path, nil)
	check(t, err)
	waiting := make(chan struct{})
	got := make(chan error, 1)
	go func() {
		again, err := lockFile(t.Context(), path, func() { close(waiting) })
		if err == nil {
			again()
		}
		got <- err
	}()
	<-waiting
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := lockFile(ctx, path, nil); err == nil {
		t.Error("a lock that is held can be taken")
	}
	unlock()
	check(t, <-got)
}
