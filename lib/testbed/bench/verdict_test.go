package main

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"
)

// rang makes a report of two kinds of calls, in milliseconds.
func rang(with, without []int) *ringReport {
	r := &ringReport{asterisk: "22.10.1", rate: 20, loadBefore: "0.1", loadAfter: "0.2"}
	for kind, all := range map[system][]int{clearline: with, direct: without} {
		for _, took := range all {
			r.rings = append(r.rings, ring{system: kind, took: time.Duration(took) * millisecond, missed: took == 0})
		}
	}
	return r
}

func TestTargetsOfAVerdictAreDifferences(t *testing.T) {
	for _, c := range []struct {
		name          string
		with, without []int
		median, p99   bool
	}{
		{"within both", []int{6, 6, 15}, []int{4, 4, 5}, true, true},
		{"a slow median", []int{9, 9, 15}, []int{4, 4, 14}, false, true},
		{"a slow p99", []int{5, 5, 25}, []int{4, 4, 5}, true, false},
		{"one that never rang", []int{5, 5, 0}, []int{4, 4, 5}, false, false},
		{"faster than without", []int{3, 3, 3}, []int{4, 4, 4}, true, true},
		{"none", nil, []int{4}, false, false},
	} {
		got := rang(c.with, c.without).targets()
		if got[0].Met != c.median || got[1].Met != c.p99 {
			t.Errorf("%s: %+v", c.name, got)
		}
	}
}

func TestTheReportOfAVerdict(t *testing.T) {
	r := rang([]int{5, 6, 0}, []int{4, 4, 4})
	r.standstills, r.longest = 1, 200*millisecond
	r.rings[0].disturbed = true
	var text, machine bytes.Buffer
	if err := r.table(&text); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"20 calls of either kind", "1 calls with Clearline did not ring", "plain Dial", "added", "stood still", "not met"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("%q is missing in\n%s", want, text.String())
		}
	}
	if err := r.json(&machine); err != nil {
		t.Fatal(err)
	}
	var back ringJSON
	if err := json.Unmarshal(machine.Bytes(), &back); err != nil {
		t.Fatal(err)
	}
	if len(back.Results) != 2 || back.Results[0].Missed != 1 || len(back.Results[0].Rang) != 2 || len(back.Results[1].Rang) != 3 {
		t.Errorf("the report is %+v", back)
	}
}

// TestAVerdictIsMeasured rings some telephones with a real Asterisk.
func TestAVerdictIsMeasured(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a real Asterisk")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	h, err := openVerdictHall(ctx, 4, newProgress(t.Output()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.close(); err != nil {
			t.Error(err)
		}
	})
	rings, err := h.ringMany(ctx, 6, 2)
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range rings {
		if r.missed || r.took <= 0 || r.took > ringWithin || (r.system == direct) != (i%2 == 1) {
			t.Errorf("call %d: %+v", i, r)
		}
	}
}
