package app_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"clearline/lib/testbed"
	"clearline/lib/testbed/house"
	"clearline/lib/testbed/redisserver"
)

// helpInTheCall is a whole call with a stranger, in which help is dialled.
const helpInTheCall = `phone caller is 01632 960200
phone resident is line flat-1
phone exchange is the exchange
caller rings 01632 960101
caller hears screening/ask-purpose
wait 900ms
caller says tone 620 for 2s
caller presses #
resident rings
resident answers
resident hears consult/call-from
resident presses 5
caller and resident hear each other
resident presses 999
exchange rings as 999 within 1500ms
caller is hung up
exchange answers
exchange hangs up
resident is hung up
`

// unkept is a call whose recording cannot be found.
const unkept = `phone caller is 01632 960201
phone resident is line flat-3
caller rings 01632 960103
caller hears screening/ask-purpose
wait 900ms
caller says tone 620 for 2s
caller presses #
resident rings
caller hangs up
`

// TestHowClearlineIsShowsOverHTTP plays calls on a real Asterisk with a real Redis and
// reads the pages, also when the recordings, Redis and Asterisk are gone.
func TestHowClearlineIsShowsOverHTTP(t *testing.T) {
	redis := redisserver.For(t, redisserver.Options{})
	recordings := filepath.Join(t.TempDir(), "recording")
	h := moveIn(t, house.Options{
		Bed: testbed.Options{Lines: []testbed.Line{flats[0], flats[2]}},
		Settings: map[string]string{
			"store.url": fmt.Sprintf("%q", redis.URL()), "screening.human_check": "false",
			"recordings.dir": fmt.Sprintf("%q", recordings), "screening.consult_ring": `"8s"`,
		},
	}, func(h *house.House) { must(t, os.Symlink(h.Bed.Asterisk.RecordingDir(), recordings)) })
	w := web{t, "http://" + h.Config.Console.Listen}

	w.ready("everything is well", http.StatusOK, "ready\n", "ari         ok", "store       ok", "agi         ok", "prompts     ok", "recordings  ok", "calls       ok")
	if err := perform(t, h, helpInTheCall); err != nil {
		t.Fatal(err)
	}
	for metric, least := range map[string]float64{
		`clearline_verdicts_total{verdict="unknown"}`:                               1,
		`clearline_verdict_duration_seconds_count`:                                  1,
		`clearline_stages_entered_total{flow="screening",stage="guarded"}`:          1,
		`clearline_stages_entered_total{flow="clearing",stage="searching"}`:         1,
		`clearline_calls_ended_total{cause="cleared"}`:                              1,
		`clearline_incidents_total{urgency="high"}`:                                 1,
		`clearline_clearing_duration_seconds_count{role="emergency"}`:               1,
		`clearline_recordings_total{result="kept"}`:                                 1,
		`clearline_ari_request_duration_seconds_count{order="play",outcome="done"}`: 1,
		`clearline_ari_events_total{result="read"}`:                                 10,
		`clearline_step_wait_seconds_count`:                                         10,
		`clearline_store_write_duration_seconds_count`:                              1,
	} {
		w.reaches(metric, least)
	}
	for _, kind := range []string{"screening", "guarded", "ending", "clearing"} {
		w.reaches(`clearline_calls{kind="`+kind+`"}`, 0)
	}
	w.closedSets("01632", "960200", "flat-1", "101")

	empty := t.TempDir()
	must(t, errors.Join(os.Remove(recordings), os.Symlink(empty, recordings)))
	if err := perform(t, h, unkept); err != nil {
		t.Fatal(err)
	}
	w.reaches(`clearline_recordings_total{result="failed"}`, 1)
	w.ready("a recording failed", http.StatusOK, "ready\n", "recordings  failed", "what the caller said is not on the disk")
	must(t, os.Remove(recordings))

	must(t, redis.Stop())
	w.ready("Redis is stopped", http.StatusServiceUnavailable, "not ready: store\n", "store       failed")
	must(t, redis.Restart(t.Context()))
	w.ready("Redis is back", http.StatusOK, "ready\n", "store       ok")
	h.Bed.Asterisk.Kill()
	w.ready("Asterisk is gone", http.StatusServiceUnavailable, "not ready: ari\n", "ari         failed", "asterisk")
	if status, text := w.get("/healthz"); status != http.StatusOK {
		t.Errorf("without Asterisk Clearline is not alive: %s", text)
	}
	alarms := 0
	for _, m := range h.Bed.Timeline.Moments(time.Time{}) {
		if m.Who == "clearline" && strings.Contains(m.What, `level=ERROR msg="a part has failed"`) {
			alarms++
		}
	}
	if alarms != 3 {
		t.Errorf("%d alarms, want one each for the recordings, Redis and Asterisk", alarms)
	}
}

// web reads the pages of a Clearline.
type web struct {
	t    *testing.T
	base string
}

func (w web) get(path string) (status int, text string) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, w.base+path, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	req.Close = true // a connection that is kept would look like a leak
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

// ready waits until /readyz answers so.
func (w web) ready(when string, status int, begins string, says ...string) {
	w.t.Helper()
	for deadline := time.Now().Add(15 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		got, text := w.get("/readyz")
		right := got == status && strings.HasPrefix(text, begins)
		for _, each := range says {
			right = right && strings.Contains(text, each)
		}
		if right {
			return
		}
		if time.Now().After(deadline) {
			w.t.Fatalf("%s: readyz answers %d\n%s\nwant %d, %q and %q", when, got, text, status, begins, says)
		}
	}
}

// reaches waits until a metric is at least so much; 0 means exactly that.
func (w web) reaches(metric string, least float64) {
	w.t.Helper()
	pattern := regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(metric) + ` (\S+)$`)
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		_, text := w.get("/metrics")
		found := pattern.FindStringSubmatch(text)
		if found != nil {
			if value, err := strconv.ParseFloat(found[1], 64); err == nil && (value == least || least > 0 && value > least) {
				return
			}
		}
		if time.Now().After(deadline) {
			w.t.Errorf("%s is %q, want %v", metric, found, least)
			return
		}
	}
}

// closedSets checks that no label holds anything of a call.
func (w web) closedSets(hints ...string) {
	w.t.Helper()
	_, text := w.get("/metrics")
	for _, label := range regexp.MustCompile(`[a-z_]+="[^"]*"`).FindAllString(text, -1) {
		name, value, _ := strings.Cut(label, "=")
		for _, hint := range hints {
			if name != "le" && name != "quantile" && strings.Contains(value, hint) {
				w.t.Errorf("a label holds %s", label)
			}
		}
	}
}
