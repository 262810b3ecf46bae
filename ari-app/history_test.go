package main

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"clearline/lib/call"
	"clearline/lib/history"
	"clearline/lib/store"
)

// asProgram makes TestProgram be the program, with the arguments it holds.
const asProgram = "CLEARLINE_TEST_AS_PROGRAM"

// TestProgram is the program when another test runs it as a process of its own.
func TestProgram(*testing.T) {
	if args, wanted := os.LookupEnv(asProgram); wanted {
		os.Exit(execute(strings.Split(args, "\n"), os.Stdout, os.Stderr))
	}
}

// program is the program with arguments, not started yet.
func program(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestProgram$")
	cmd.Env = append(os.Environ(), asProgram+"="+strings.Join(args, "\n"), "GORACE=atexit_sleep_ms=0")
	return cmd
}

// listed runs a listing as a process of its own.
func listed(t *testing.T, when, verb, config, want string) {
	t.Helper()
	out, err := program(t, verb, "-c", config).CombinedOutput()
	if err != nil || !strings.Contains(string(out), want) {
		t.Errorf("%s: %s, error %v", when, out, err)
	}
}

// started runs the daemon until its socket is there.
func started(t *testing.T, config, socket string) *exec.Cmd {
	t.Helper()
	cmd := program(t, "run", "-c", config)
	cmd.Stderr = t.Output()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	client := history.Client{Path: socket}
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if _, err := client.Records(t.Context(), 1); err == nil {
			return cmd
		}
		if time.Now().After(deadline) {
			t.Fatal("the program does not answer")
		}
	}
}

func TestTheHistoryOfAProgramThatRunsIsKilledAndStops(t *testing.T) {
	config, file := configureStore(t, store.Changes{
		Records:  []call.Record{{ID: "0001", Line: "flat-1", Arrived: night, Ended: night, Cause: call.NoAnswer}},
		Attempts: []call.Attempt{{ID: "0002", Line: "flat-1", At: night, Dialled: "159", Number: "159", Outcome: call.OutcomeNotMade, Urgency: call.High}},
	})
	runnable(t, config, nowhere)
	both := func(when string) {
		t.Helper()
		listed(t, when, "calls", config, "nobody picked up")
		listed(t, when, "incidents", config, "NOT made")
	}
	both("before")
	running := started(t, config, history.Socket(file))
	both("while it runs")
	_ = running.Process.Kill()
	_ = running.Wait()
	if _, err := os.Lstat(history.Socket(file)); err != nil {
		t.Errorf("a killed program leaves its socket: %v", err)
	}
	both("killed")
	running = started(t, config, history.Socket(file))
	both("while it runs again")
	if err := errors.Join(running.Process.Signal(syscall.SIGTERM), running.Wait()); err != nil {
		t.Errorf("stopping: %v", err)
	}
	if _, err := os.Lstat(history.Socket(file)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the socket is still there: %v", err)
	}
	both("stopped")
}
