package desk_test

import (
	"slices"
	"testing"
	"time"

	"clearline/lib/desk"
)

func TestAPauseIsShownAndNoted(t *testing.T) {
	h := newHouse(t)
	if err := h.Pause(t.Context(), warden, "flat-1", true); err != nil {
		t.Fatal(err)
	}
	lines := h.Lines(admin)
	if len(lines) != 2 || !lines[0].PausedUntil.Equal(at.Add(time.Hour)) || !lines[1].PausedUntil.IsZero() {
		t.Errorf("the lines are shown as %+v", lines)
	}
	if err := h.Pause(t.Context(), admin, "flat-1", false); err != nil {
		t.Fatal(err)
	}
	if until := h.Lines(warden)[0].PausedUntil; !until.IsZero() {
		t.Errorf("begun again, it is paused until %v", until)
	}
	if got := h.deeds(); !slices.Equal(got, []string{"night-desk pause flat-1 ", "ann resume flat-1 "}) {
		t.Errorf("noted is %q", got)
	}
}

func TestNothingIsPausedThatCannotBeNoted(t *testing.T) {
	h := newHouse(t)
	shut := desk.New(h.options(func(o *desk.Options) { o.Audit = unwritable{o.Audit} }))
	if err := shut.Pause(t.Context(), warden, "flat-1", true); err == nil {
		t.Errorf("pausing gives %v", err)
	}
	if until := h.engine.PausedUntil("flat-1"); !until.IsZero() {
		t.Errorf("it is paused until %v", until)
	}
	h.engine.Pause("flat-1", true)
	if err := shut.Pause(t.Context(), warden, "flat-1", false); err != nil || !h.engine.PausedUntil("flat-1").IsZero() {
		t.Errorf("callers are not screened again, error %v", err)
	}
}
