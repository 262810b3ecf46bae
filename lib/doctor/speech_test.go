package doctor_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"clearline/lib/config"
	"clearline/lib/doctor"
)

func TestTheServerThatListensIsNamed(t *testing.T) {
	for name, c := range map[string]struct {
		speech *doctor.Speech
		state  doctor.State
		says   string
	}{
		"none":              {nil, doctor.OK, "nobody asked for that"},
		"one with a name":   {&doctor.Speech{Server: "whisper.cpp\x1b", Took: 80 * time.Millisecond}, doctor.OK, `the whisper.cpp server at http://127.0.0.1:8080, which calls itself "whisper.cpp\x1b": 80ms`},
		"one without":       {&doctor.Speech{Took: time.Millisecond}, doctor.OK, "does not say its name"},
		"a slow one":        {&doctor.Speech{Took: 3 * time.Second}, doctor.Warn, "takes 3s for a second of silence"},
		"one that is silly": {&doctor.Speech{Err: errors.New("the answer is no JSON object")}, doctor.Warn, "turns nothing into text: the answer is no JSON object"},
	} {
		f := right(t)
		f.Config.Transcribe = config.Transcribe{Kind: config.TranscribeWhisperCPP, URL: "http://127.0.0.1:8080", Timeout: 4 * time.Second}
		f.Speech = c.speech
		if state, said := of(doctor.Examine(f), "transcribe"); state != c.state || !strings.Contains(said, c.says) {
			t.Errorf("%s: %s\n%s", name, state, said)
		}
	}
}
