package telemetry

import (
	"github.com/prometheus/client_golang/prometheus"

	"clearline/lib/call"
)

// What labels can say. A test holds the lists to the constants of those who say it.
var (
	causes = []string{
		string(call.Completed), string(call.CallerHungUp), string(call.Refused), string(call.RefusedBlocked),
		string(call.EndedBlocked), string(call.NoAnswer), string(call.LineInUse), string(call.Unreachable), string(call.CheckFailed),
		string(call.NothingSaid), string(call.MessageLeft), string(call.Blocked), string(call.Cleared),
		string(call.TurnedAway), string(call.Crowded), string(call.NoLine), string(call.Taken),
		string(call.Fault), string(call.Lost),
	}
	roles    = []string{string(call.Emergency), string(call.Verification), string(call.Trap)}
	outcomes = []string{
		string(call.OutcomeCleared), string(call.OutcomeUnproved), string(call.OutcomeNotMade),
		string(call.OutcomeExplained), string(call.OutcomeAbandoned), string(call.OutcomeTaken),
	}
	verdicts = []string{"trusted", "blocked", "unknown"}
	limits   = []string{"line", "house", "number", "trunk"}
	frames   = []string{"read", "unknown", "unreadable"}
	tidings  = []string{"incident", "pin", "approval", "message", "health", "digest"}
)

// seed makes the series of a metric with one label, at 0.
func seed(of *prometheus.CounterVec, values ...string) {
	for _, value := range values {
		of.WithLabelValues(value)
	}
}

func (m *Metrics) counter(name, help string) prometheus.Counter {
	c := prometheus.NewCounter(prometheus.CounterOpts{Name: name, Help: help})
	m.registry.MustRegister(c)
	return c
}

func (m *Metrics) counters(name, help string, labels ...string) *prometheus.CounterVec {
	c := prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	m.registry.MustRegister(c)
	return c
}

func (m *Metrics) gauge(name, help string) prometheus.Gauge {
	g := prometheus.NewGauge(prometheus.GaugeOpts{Name: name, Help: help})
	m.registry.MustRegister(g)
	return g
}

func (m *Metrics) gauges(name, help string, labels ...string) *prometheus.GaugeVec {
	g := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, labels)
	m.registry.MustRegister(g)
	return g
}

func (m *Metrics) histogram(name, help string, buckets ...float64) prometheus.Histogram {
	h := prometheus.NewHistogram(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets})
	m.registry.MustRegister(h)
	return h
}

func (m *Metrics) histograms(name, help string, labels []string, buckets ...float64) *prometheus.HistogramVec {
	h := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets}, labels)
	m.registry.MustRegister(h)
	return h
}
