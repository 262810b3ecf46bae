package stopwatch_test

import (
	"context"
	"testing"
	"time"

	"clearline/lib/testbed"
	"clearline/lib/testbed/bench/stopwatch"
)

func TestTheLastKeyIsTimed(t *testing.T) {
	bed := testbed.Start(t, testbed.Options{})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	caller := testbed.Must[*testbed.Phone](t)(bed.Caller(ctx, "caller", "", testbed.Identity{Number: "01632960200"}))
	resident := testbed.Must[*testbed.Phone](t)(bed.Resident(ctx, "resident", "101"))
	call := testbed.Must[*testbed.Call](t)(caller.Call(ctx, "01632960101"))
	if err := resident.Answer(ctx); err != nil {
		t.Fatal(err)
	}
	if err := call.WaitState(ctx, testbed.Answered); err != nil {
		t.Fatal(err)
	}
	if _, err := stopwatch.Released(call); err == nil {
		t.Error("a key was timed that was never pressed")
	}
	begun := time.Now()
	if err := caller.Press(ctx, "55"); err != nil {
		t.Fatal(err)
	}
	at, err := stopwatch.Released(call)
	if err != nil {
		t.Fatal(err)
	}
	// 100 ms down, 80 ms up, 100 ms down; Press returns 80 ms after that.
	if down, up := at.Sub(begun), time.Since(at); down < 250*time.Millisecond || up < 50*time.Millisecond {
		t.Errorf("released %v after the first was pressed, and %v before Press was over", down, up)
	}
	if _, err := stopwatch.Read(call, resident.Last(), call); err == nil {
		t.Error("the end of a call was timed that goes on")
	}
}
