package telemetry

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"clearline/lib/call"
	"clearline/lib/flow"
)

// constants are the values of a package's constants of a type.
func constants(t *testing.T, dir, kind string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	var values []string
	for _, file := range files {
		source, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(source, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || len(spec.Values) != 1 {
				return true
			}
			named, ok := spec.Type.(*ast.Ident)
			value, literal := spec.Values[0].(*ast.BasicLit)
			if ok && literal && named.Name == kind {
				values = append(values, strings.Trim(value.Value, `"`))
			}
			return true
		})
	}
	return values
}

func TestLabelsAreAllTheConstantsThereAre(t *testing.T) {
	for _, c := range []struct {
		dir, kind string
		listed    []string
	}{
		{"../call", "Cause", causes},
		{"../call", "Outcome", outcomes},
		{"../call", "Role", append(slices.Clone(roles), string(call.Other))},
		{"../fastagi", "Verdict", verdicts},
		{"../engine", "Limit", limits},
		{"../asterisk", "Frame", frames},
		{"../notify", "Event", tidings},
	} {
		want, listed := slices.Sorted(slices.Values(constants(t, c.dir, c.kind))), slices.Sorted(slices.Values(c.listed))
		if len(want) == 0 || !slices.Equal(want, listed) {
			t.Errorf("of type %s there are %q, listed are %q", c.kind, want, listed)
		}
	}
}

// used are metrics after some of everything has happened.
func used() *Metrics {
	m := NewMetrics()
	m.Verdict("trusted", time.Millisecond)
	m.Verdict("", time.Second)
	m.Entered("screening", flow.Beginning)
	m.Left("screening", flow.Beginning)
	m.Entered("screening", flow.Guarded)
	m.Entered("screening", flow.Purpose)
	m.Entered("screening", flow.Closing)
	m.Entered("clearing", flow.Searching)
	m.Ended(call.Refused)
	m.Limited("line")
	m.Recorded(nil)
	m.Recorded(errors.New("full"))
	m.Messaged("incident", Sent)
	m.Messaged("message", LeftOut)
	m.Waiting(2)
	m.Waited(time.Millisecond)
	m.Renewed(false, nil)
	m.Renewed(true, nil)
	m.Renewed(true, errors.New("no"))
	m.Attempted(call.Attempt{Role: call.Emergency, Outcome: call.OutcomeCleared, Urgency: call.High, Took: 80 * time.Millisecond})
	m.Attempted(call.Attempt{Role: call.Verification, Outcome: call.OutcomeAbandoned})
	m.Stored(time.Millisecond, errors.New("down"))
	m.Queued(3)
	m.Outwaited()
	m.Asked("play", "done", 4*time.Millisecond)
	m.Asked("list", "late", 2*time.Second)
	m.Heard("unknown")
	m.Reconnected()
	m.Part("ari", true)
	m.Part("store", false)
	return m
}

func TestWhatHappensIsCounted(t *testing.T) {
	text := exposition(t, used())
	for _, want := range []string{
		`clearline_verdicts_total{verdict="trusted"} 1`,
		`clearline_verdicts_total{verdict="none"} 1`,
		`clearline_verdicts_total{verdict="blocked"} 0`,
		`clearline_verdict_duration_seconds_count 1`, // what was not answered has no duration
		`clearline_calls{kind="screening"} 1`,
		`clearline_calls{kind="guarded"} 1`,
		`clearline_calls{kind="ending"} 1`,
		`clearline_calls{kind="clearing"} 1`,
		`clearline_stages_entered_total{flow="screening",stage="guarded"} 1`,
		`clearline_calls_ended_total{cause="refused"} 1`,
		`clearline_calls_ended_total{cause="lost"} 0`,
		`clearline_callers_crowded_out_total{limit="line"} 1`,
		`clearline_recordings_total{result="kept"} 1`,
		`clearline_recordings_total{result="failed"} 1`,
		`clearline_step_wait_seconds_count 1`,
		`clearline_deadman_renewals_total{result="in-time"} 1`,
		`clearline_deadman_renewals_total{result="late"} 1`,
		`clearline_deadman_renewals_total{result="failed"} 1`,
		`clearline_attempts_total{outcome="cleared",role="emergency"} 1`,
		`clearline_attempts_total{outcome="unproved",role="emergency"} 0`,
		`clearline_incidents_total{urgency="high"} 1`,
		`clearline_clearing_duration_seconds_bucket{role="emergency",le="0.1"} 1`,
		`clearline_clearing_duration_seconds_count{role="verification"} 0`, // abandoned: nothing was dialled
		`clearline_store_write_duration_seconds_count 1`,
		`clearline_store_errors_total 1`,
		`clearline_store_queue_length 3`,
		`clearline_store_waits_given_up_total 1`,
		`clearline_ari_request_duration_seconds_count{order="play",outcome="done"} 1`,
		`clearline_ari_events_total{result="unknown"} 1`,
		`clearline_ari_reconnects_total 1`,
		`clearline_part_ok{part="ari"} 1`,
		`clearline_part_ok{part="store"} 0`,
		`go_goroutines `,
		`process_open_fds `,
	} {
		if !strings.Contains(text, "\n"+want) {
			t.Errorf("not told: %s", want)
		}
	}
	if got, want := used().UnderWay(), (Calls{Screening: 1, Guarded: 1, Ending: 1, Clearing: 1}); got != want {
		t.Errorf("calls under way are %+v, want %+v", got, want)
	}
}

func TestMetricsAreNamedAsPrometheusWantsThem(t *testing.T) {
	problems, err := promlint.New(strings.NewReader(exposition(t, used()))).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}

func TestCountingAllocatesNothing(t *testing.T) {
	m := NewMetrics()
	for name, count := range hotPath(m) {
		count() // the first one makes the series
		if n := testing.AllocsPerRun(100, count); n != 0 {
			t.Errorf("%s allocates %v times", name, n)
		}
	}
	if n := testutil.CollectAndCount(m.asked); n != 1 {
		t.Errorf("%d series of requests, want 1", n)
	}
}

// hotPath is what happens with every event, request and write.
func hotPath(m *Metrics) map[string]func() {
	attempt := call.Attempt{Role: call.Emergency, Outcome: call.OutcomeCleared, Urgency: call.High, Took: time.Second}
	return map[string]func(){
		"Verdict":   func() { m.Verdict("unknown", time.Millisecond) },
		"Entered":   func() { m.Entered("screening", flow.Purpose); m.Left("screening", flow.Purpose) },
		"Waited":    func() { m.Waited(time.Millisecond) },
		"Renewed":   func() { m.Renewed(false, nil) },
		"Stored":    func() { m.Stored(time.Millisecond, nil) },
		"Queued":    func() { m.Queued(1) },
		"Asked":     func() { m.Asked("variable", "done", time.Millisecond) },
		"Heard":     func() { m.Heard("read") },
		"Ended":     func() { m.Ended(call.Completed) },
		"Attempted": func() { m.Attempted(attempt) },
	}
}

func BenchmarkCounting(b *testing.B) {
	m := NewMetrics()
	for name, count := range hotPath(m) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				count()
			}
		})
	}
}

// TestTheAlertsAreAboutMetricsThereAre holds the rules in docs to the names, and to the
// values of labels that are there from the start.
func TestTheAlertsAreAboutMetricsThereAre(t *testing.T) {
	rules, err := os.ReadFile("../../docs/clearline-alerts.yml")
	if err != nil {
		t.Fatal(err)
	}
	text := exposition(t, used())
	found := regexp.MustCompile(`(clearline_[a-z_]+)(\{[^}]*\})?`).FindAllStringSubmatch(string(rules), -1)
	if len(found) < 15 {
		t.Errorf("only %d metrics in the rules: the test proves little", len(found))
	}
	for _, each := range found {
		name, selector := each[1], each[2]
		if !strings.Contains(text, "\n"+name+"{") && !strings.Contains(text, "\n"+name+" ") && !strings.Contains(text, "\n"+name+"_count") {
			t.Errorf("there is no metric %s", name)
		}
		for _, label := range regexp.MustCompile(`([a-z]+)=~?"([^"]*)"`).FindAllStringSubmatch(selector, -1) {
			for value := range strings.SplitSeq(label[2], "|") {
				series := regexp.MustCompile(`(?m)^` + name + `(_count)?\{[^}]*` + label[1] + `="` + value + `"`)
				if !series.MatchString(text) {
					t.Errorf("no series of %s has %s=%q", name, label[1], value)
				}
			}
		}
	}
}
