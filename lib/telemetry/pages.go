package telemetry

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// scrapes is how many may read the metrics at once.
const scrapes = 4

// Mount adds /healthz, /readyz and /metrics, for GET and HEAD.
func Mount(mux *http.ServeMux, heart *Heart, health *Health, metrics *Metrics, log *slog.Logger) {
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, r *http.Request) { alive(w, r, heart) })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) { ready(w, r, health) })
	mux.Handle("GET /metrics", promhttp.HandlerFor(metrics.registry, promhttp.HandlerOpts{
		ErrorLog:            slog.NewLogLogger(log.Handler(), slog.LevelWarn),
		ErrorHandling:       promhttp.ContinueOnError,
		MaxRequestsInFlight: scrapes,
		Timeout:             readWithin,
	}))
}

// alive says whether the heart beats.
func alive(w http.ResponseWriter, r *http.Request, heart *Heart) {
	answer := struct {
		Alive bool     `json:"alive"`
		Stuck []string `json:"stuck,omitempty"`
	}{Alive: true}
	if err := heart.Beat(); err != nil {
		answer.Alive, answer.Stuck = false, strings.Split(err.Error(), "\n")
	}
	status, text := http.StatusOK, "alive\n"
	if !answer.Alive {
		status, text = http.StatusServiceUnavailable, "stuck\n"+strings.Join(answer.Stuck, "\n")+"\n"
	}
	say(w, r, status, answer, text)
}

// ready says how every part is.
func ready(w http.ResponseWriter, r *http.Request, health *Health) {
	parts := health.Check()
	unready := Unready(parts)
	status := http.StatusOK
	if len(unready) > 0 {
		status = http.StatusServiceUnavailable
	}
	say(w, r, status, struct {
		Ready bool   `json:"ready"`
		Parts []Part `json:"parts"`
	}{len(unready) == 0, parts}, table(parts, unready))
}

// table is how every part is, for people.
func table(parts, unready []Part) string {
	var b strings.Builder
	switch names := names(unready); {
	case len(names) > 0:
		fmt.Fprintf(&b, "not ready: %s\n", strings.Join(names, ", "))
	default:
		b.WriteString("ready\n")
	}
	for _, p := range parts {
		fmt.Fprintf(&b, "%-10s  %-8s  since %s", p.Name, p.State, p.Since.Format(time.RFC3339))
		switch {
		case p.LastError == "":
		case p.State == Well:
			fmt.Fprintf(&b, "  (at %s: %s)", p.LastErrorAt.Format(time.RFC3339), oneLine(p.LastError))
		default:
			b.WriteString("  " + oneLine(p.LastError))
		}
		b.WriteString("\n")
	}
	return b.String()
}

func names(parts []Part) []string {
	var names []string
	for _, p := range parts {
		names = append(names, p.Name)
	}
	return names
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// say answers with JSON to those who ask for it, and with text to others.
func say(w http.ResponseWriter, r *http.Request, status int, answer any, text string) {
	w.Header().Set("Vary", "Accept")
	if !wantsJSON(r.Header.Get("Accept")) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(text)) // whoever asked may be gone
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(answer) // the same
}

// wantsJSON reads an Accept header (RFC 9110, section 12.5.1). Weights are not compared:
// what stands first of the two counts.
func wantsJSON(accept string) bool {
	for each := range strings.SplitSeq(accept, ",") {
		switch kind, _, _ := mime.ParseMediaType(each); kind {
		case "application/json":
			return true
		case "text/plain", "text/*", "text/html":
			return false
		}
	}
	return false
}
