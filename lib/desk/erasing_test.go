package desk_test

import (
	"errors"
	"slices"
	"testing"

	"clearline/lib/call"
	"clearline/lib/desk"
	"clearline/lib/store"
)

func TestARecordingIsErasedOnceItIsNoted(t *testing.T) {
	h := newHouse(t)
	h.keep(store.Changes{Records: []call.Record{record("0001", "flat-1", 1), record("0002", "flat-1", 2)}})
	if err := h.Erase(t.Context(), warden, "0001"); err != nil || !slices.Equal(h.engine.erased, []call.ID{"0001"}) {
		t.Errorf("erased are %q, error %v", h.engine.erased, err)
	}
	if got := h.deeds(); !slices.Equal(got, []string{"night-desk erase flat-1 0001"}) {
		t.Errorf("noted is %q", got)
	}
	shut := desk.New(h.options(func(o *desk.Options) { o.Audit = unwritable{o.Audit} }))
	if err := shut.Erase(t.Context(), warden, "0002"); err == nil || len(h.engine.erased) != 1 {
		t.Errorf("erased without a note are %q, error %v", h.engine.erased, err)
	}
	h.engine.stays = errors.New("the disk is read-only")
	if err := h.Erase(t.Context(), warden, "0002"); !errors.Is(err, h.engine.stays) {
		t.Errorf("what cannot be erased gives %v", err)
	}
}

func TestACallThatGoesOnIsNotErased(t *testing.T) {
	h := newHouse(t)
	h.engine.calls = []call.Underway{{Call: "0009", Line: "flat-1"}}
	if err := h.Erase(t.Context(), warden, "0009"); !errors.Is(err, desk.ErrUnderway) || len(h.engine.erased) != 0 || len(h.deeds()) != 0 {
		t.Errorf("erased are %q, noted %q, error %v", h.engine.erased, h.deeds(), err)
	}
}
