// Package telemetry says how Clearline is: in numbers that Prometheus reads, as parts
// that work or do not, and to systemd. It knows what is measured, and nothing of those
// who measure it: lib/app hands on what they observe.
//
// No label holds anything a stranger has sent. Each is a constant of the program.
package telemetry

import (
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"clearline/lib/call"
	"clearline/lib/flow"
)

// Metrics are all that is counted and timed. The methods may be called from many
// goroutines, and cost less than a microsecond.
type Metrics struct {
	registry *prometheus.Registry

	verdicts    *prometheus.CounterVec
	verdictTook prometheus.Histogram

	under    census
	stages   *prometheus.CounterVec
	ended    *prometheus.CounterVec
	limited  *prometheus.CounterVec
	recorded *prometheus.CounterVec
	renewed  *prometheus.CounterVec
	waited   prometheus.Histogram

	attempts  *prometheus.CounterVec
	incidents *prometheus.CounterVec
	clearing  *prometheus.HistogramVec

	writeTook   prometheus.Histogram
	writeErrors prometheus.Counter
	queued      prometheus.Gauge
	outwaited   prometheus.Counter

	asked      *prometheus.HistogramVec
	heard      *prometheus.CounterVec
	reconnects prometheus.Counter

	parts *prometheus.GaugeVec

	messages *prometheus.CounterVec
	waiting  prometheus.Gauge
}

// NewMetrics makes metrics in a registry of their own. Those with few labels are there from
// the start, at 0, so that an alert on a first one can see it rise.
func NewMetrics() *Metrics {
	m := &Metrics{registry: prometheus.NewRegistry()}
	m.registry.MustRegister(
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	m.ofCalls()
	m.ofAttempts()
	m.ofStore()
	m.ofAsterisk()
	m.ofMessages()
	m.parts = m.gauges("clearline_part_ok", "Whether a part that Clearline needs is well (1) or not (0): see /readyz.", "part")
	return m
}

func (m *Metrics) ofCalls() {
	m.verdicts = m.counters("clearline_verdicts_total",
		"Callers the dialplan asked about, by what it was told. none: it was not answered, and delivered the caller marked UNSCREENED.", "verdict")
	seed(m.verdicts, append(verdicts, noVerdict)...)
	m.verdictTook = m.histogram("clearline_verdict_duration_seconds",
		"Time from the dialplan's question about a caller to the answer. The dialplan waits for 1.5 seconds.",
		.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1)
	m.under.register(m.registry)
	m.stages = m.counters("clearline_stages_entered_total",
		"Calls that have come to a stage, by flow: a screening of a caller, or the clearing of a line.", "flow", "stage")
	m.ended = m.counters("clearline_calls_ended_total",
		"Callers' calls that are over, by cause: those of \"clearline calls\".", "cause")
	seed(m.ended, causes...)
	m.limited = m.counters("clearline_callers_crowded_out_total",
		"Unknown callers turned away because there were too many, by the limit that was reached.", "limit")
	seed(m.limited, limits...)
	m.recorded = m.counters("clearline_recordings_total",
		"Recordings of what callers said. failed: nothing is on the disk, and the resident was told so.", "result")
	seed(m.recorded, "kept", "failed")
	m.renewed = m.counters("clearline_deadman_renewals_total",
		"Renewals of the time after which Asterisk takes a leg from Clearline. late: more than half of that time after it was due.", "result")
	seed(m.renewed, "in-time", "late", "failed")
	m.waited = m.histogram("clearline_step_wait_seconds",
		"Time an event waited until its call took it. More than a few milliseconds: the machine is too busy.",
		.0001, .0005, .001, .005, .01, .05, .1, .25, .5, 1, 2.5, 5)
}

func (m *Metrics) ofAttempts() {
	m.attempts = m.counters("clearline_attempts_total",
		"Numbers for help that residents dialled, by kind of number and by what came of it.", "role", "outcome")
	for _, role := range roles {
		for _, outcome := range outcomes {
			m.attempts.WithLabelValues(role, outcome)
		}
	}
	m.incidents = m.counters("clearline_incidents_total",
		"Numbers for help dialled while an unknown caller was on the line, or had just been: somebody may be under attack.", "urgency")
	seed(m.incidents, string(call.Raised), string(call.High))
	m.clearing = m.histograms("clearline_clearing_duration_seconds",
		"Time from the last digit of a number for help until Asterisk had the leg to dial it, by kind of number. What is said before a number that is no emergency counts.",
		[]string{"role"}, .025, .05, .1, .15, .2, .3, .45, .6, 1, 1.5, 3, 6, 15)
	for _, role := range []call.Role{call.Emergency, call.Verification} {
		m.clearing.WithLabelValues(string(role))
	}
}

func (m *Metrics) ofStore() {
	m.writeTook = m.histogram("clearline_store_write_duration_seconds",
		"Time a write to the store took, also when it failed. A call waits for one for 0.15 seconds at most.",
		.0005, .001, .0025, .005, .01, .025, .05, .1, .15, .25, .5, 1, 2.5, 5)
	m.writeErrors = m.counter("clearline_store_errors_total", "Writes to the store that failed. Each is tried again until it succeeds.")
	m.queued = m.gauge("clearline_store_queue_length", "Calls, records and entries that are not in the store yet. They are lost when Clearline ends before they are.")
	m.outwaited = m.counter("clearline_store_waits_given_up_total", "Times a call went on without waiting for the store any longer.")
}

func (m *Metrics) ofAsterisk() {
	m.asked = m.histograms("clearline_ari_request_duration_seconds",
		"Time Asterisk took to answer a request, by what was asked and what came of it.",
		[]string{"order", "outcome"}, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2)
	m.heard = m.counters("clearline_ari_events_total",
		"Events read from Asterisk. unknown: of a type this version does not know, and passed over. unreadable: no event.", "result")
	seed(m.heard, frames...)
	m.reconnects = m.counter("clearline_ari_reconnects_total", "Times the connection for events was made again after it was lost.")
}

// noVerdict is the verdict of a question that was not answered.
const noVerdict = "none"

// Verdict counts what the dialplan was told about a caller, empty for nothing, and how long
// that took.
func (m *Metrics) Verdict(verdict string, took time.Duration) {
	if verdict == "" {
		m.verdicts.WithLabelValues(noVerdict).Inc()
		return
	}
	m.verdicts.WithLabelValues(verdict).Inc()
	m.verdictTook.Observe(took.Seconds())
}

// Entered counts a call that has come to a stage of a flow, "screening" or "clearing".
func (m *Metrics) Entered(kind string, stage flow.Stage) {
	m.under.of(kind, stage).Add(1)
	if stage != flow.Beginning {
		m.stages.WithLabelValues(kind, string(stage)).Inc()
	}
}

// Left undoes what Entered says about calls under way.
func (m *Metrics) Left(kind string, stage flow.Stage) { m.under.of(kind, stage).Add(-1) }

// Ended counts a caller's call that is over.
func (m *Metrics) Ended(cause call.Cause) { m.ended.WithLabelValues(string(cause)).Inc() }

// Limited counts a caller who was one too many for a limit.
func (m *Metrics) Limited(limit string) { m.limited.WithLabelValues(limit).Inc() }

// Recorded counts a recording, which was kept unless err says why not.
func (m *Metrics) Recorded(err error) {
	m.recorded.WithLabelValues(either(err == nil, "kept", "failed")).Inc()
}

// Waited times how long an event waited for its call.
func (m *Metrics) Waited(d time.Duration) { m.waited.Observe(d.Seconds()) }

// Renewed counts a renewal of a dead-man's time.
func (m *Metrics) Renewed(late bool, err error) {
	result := either(late, "late", "in-time")
	if err != nil {
		result = "failed"
	}
	m.renewed.WithLabelValues(result).Inc()
}

// Attempted counts an attempt that is over.
func (m *Metrics) Attempted(a call.Attempt) {
	m.attempts.WithLabelValues(string(a.Role), string(a.Outcome)).Inc()
	if a.Urgency != call.Calm {
		m.incidents.WithLabelValues(string(a.Urgency)).Inc()
	}
	if a.Outcome == call.OutcomeCleared || a.Outcome == call.OutcomeUnproved {
		m.clearing.WithLabelValues(string(a.Role)).Observe(a.Took.Seconds())
	}
}

// Stored times a write to the store.
func (m *Metrics) Stored(took time.Duration, err error) {
	m.writeTook.Observe(took.Seconds())
	if err != nil {
		m.writeErrors.Inc()
	}
}

// Queued says how much is not in the store yet.
func (m *Metrics) Queued(n int) { m.queued.Set(float64(n)) }

// Outwaited counts a call that went on without the store.
func (m *Metrics) Outwaited() { m.outwaited.Inc() }

// Asked times a request to Asterisk.
func (m *Metrics) Asked(order, outcome string, took time.Duration) {
	m.asked.WithLabelValues(order, outcome).Observe(took.Seconds())
}

// Heard counts an event of Asterisk's.
func (m *Metrics) Heard(result string) { m.heard.WithLabelValues(result).Inc() }

// Reconnected counts a connection for events that was made again.
func (m *Metrics) Reconnected() { m.reconnects.Inc() }

// Part says whether a part is well.
func (m *Metrics) Part(name string, ok bool) {
	value := 0.0
	if ok {
		value = 1
	}
	m.parts.WithLabelValues(name).Set(value)
}

// UnderWay is how many calls there are, by kind.
func (m *Metrics) UnderWay() Calls {
	return Calls{
		Screening: int(m.under.screening.Load()), Guarded: int(m.under.guarded.Load()),
		Ending: int(m.under.ending.Load()), Clearing: int(m.under.clearing.Load()),
	}
}

// Calls are the calls under way.
type Calls struct {
	Screening int // callers who are screened
	Guarded   int // callers who talk to the resident, under guard
	Ending    int // callers whose call is being ended
	Clearing  int // lines that are cleared for a number for help
}

// census counts the calls under way without asking the engine, which may be stuck.
type census struct{ screening, guarded, ending, clearing, session atomic.Int64 }

func (c *census) register(registry *prometheus.Registry) {
	for kind, n := range map[string]*atomic.Int64{
		"screening": &c.screening, "guarded": &c.guarded, "ending": &c.ending, "clearing": &c.clearing, "session": &c.session,
	} {
		registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name:        "clearline_calls",
			Help:        "Calls under way: callers who are screened, who talk under guard, whose call is being ended, lines that are cleared for a number for help, and residents who hear messages or have dialled a code.",
			ConstLabels: prometheus.Labels{"kind": kind},
		}, func() float64 { return float64(n.Load()) }))
	}
}

// of is the number that a call at a stage counts for.
func (c *census) of(kind string, stage flow.Stage) *atomic.Int64 {
	switch {
	case kind == "clearing":
		return &c.clearing
	case kind == "session":
		return &c.session
	case stage == flow.Guarded:
		return &c.guarded
	case stage == flow.Closing || stage == flow.Over:
		return &c.ending
	}
	return &c.screening
}

func either(first bool, one, other string) string {
	if first {
		return one
	}
	return other
}
