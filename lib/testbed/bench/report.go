package main

import (
	"cmp"
	"encoding/json"
	"io"
	"math"
	"runtime"
	"slices"
	"time"
)

// report is what is printed.
type report struct {
	asterisk   string
	cores      int
	lines      int
	loadBefore string
	loadAfter  string
	cut        bool // not everything was measured in time
	rows       []row

	standstills int
	longest     time.Duration // of these
}

func (b *bench) report() *report {
	r := &report{
		asterisk: b.hall.house.Bed.Asterisk.Install.Version, cores: runtime.NumCPU(), lines: len(b.hall.pairs),
		loadBefore: b.loadBefore, loadAfter: load(), cut: b.cut,
	}
	r.standstills, r.longest = b.standstills.longest()
	for _, result := range b.results {
		if result.system == clearline {
			r.rows = append(r.rows, row{result.kind, result, b.of(result.kind, plain)})
		}
	}
	slices.SortStableFunc(r.rows, func(x, y row) int {
		return cmp.Or(-cmp.Compare(x.pattern, y.pattern), cmp.Compare(x.calls, y.calls))
	})
	return r
}

// packetsPerCall is how many RTP packets a telephone sends in each second of a call, and
// receives.
const packetsPerCall = 50

// reportJSON is the report for machines. Delays are in milliseconds, shares of one core.
type reportJSON struct {
	Asterisk   string       `json:"asterisk"`
	Cores      int          `json:"cores"`
	Lines      int          `json:"lines"`
	LoadBefore string       `json:"load_before"`
	LoadAfter  string       `json:"load_after"`
	CutShort   bool         `json:"cut_short"`
	RTPPerLeg  int          `json:"rtp_packets_per_second_and_leg"`
	Results    []resultJSON `json:"results"`
	Targets    []verdict    `json:"targets"`
}

type resultJSON struct {
	Calls       int                `json:"calls"`
	Pattern     pattern            `json:"pattern"`
	System      system             `json:"system"`
	Missed      int                `json:"missed"`
	Disturbed   []bool             `json:"disturbed"` // each: the machine stood still meanwhile
	CallerFirst int                `json:"caller_first"`
	Bye         []float64          `json:"bye_ms"`
	Invite      []float64          `json:"invite_ms"`
	Shares      map[string]float64 `json:"shares"`
	RTP         float64            `json:"rtp_received_per_second"`
	Late        float64            `json:"latest_frame_ms"`
}

func (r *report) json(w io.Writer) error {
	out := reportJSON{
		Asterisk: r.asterisk, Cores: r.cores, Lines: r.lines, LoadBefore: r.loadBefore, LoadAfter: r.loadAfter,
		CutShort: r.cut, RTPPerLeg: packetsPerCall, Targets: verdicts(r.rows),
	}
	for _, row := range r.rows {
		for _, x := range []*result{row.with, row.without} {
			one := resultJSON{
				Calls: x.calls, Pattern: x.pattern, System: x.system, Missed: x.missed(), CallerFirst: x.callerFirst(),
				Shares: map[string]float64{}, RTP: math.Round(x.usage.packetRate()), Late: inMS(x.usage.late),
			}
			for _, s := range x.samples {
				if !s.missed {
					one.Disturbed = append(one.Disturbed, s.disturbed)
				}
			}
			for _, d := range x.delays(bye) {
				one.Bye = append(one.Bye, inMS(d))
			}
			for _, d := range x.delays(invite) {
				one.Invite = append(one.Invite, inMS(d))
			}
			for _, s := range x.usage.shares() {
				one.Shares[s.who] = math.Round(100*s.of) / 100
			}
			out.Results = append(out.Results, one)
		}
	}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(out)
}
