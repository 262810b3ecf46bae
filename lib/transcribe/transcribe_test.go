package transcribe_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/coder/websocket"
	"go.uber.org/goleak"

	"clearline/lib/transcribe"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const patience = 30 * time.Second

func TestEachKindIsAskedAsItsProtocolSays(t *testing.T) {
	wav := recording(9000)
	want := map[transcribe.Kind]map[string]string{
		transcribe.OpenAI:     {"model": "whisper-1", "language": "cy", "response_format": "json", "temperature": "0"},
		transcribe.WhisperCPP: {"language": "cy", "response_format": "json", "temperature": "0"},
		transcribe.Vosk:       {"sample_rate": "8000", "words": "false", "max_alternatives": "0"},
	}
	for _, kind := range kinds {
		t.Run(string(kind), func(t *testing.T) {
			s := speaks(t, kind, "this is your bank")
			text, err := made(t, kind, url(kind, s.Server), patience).Transcribe(t.Context(), wav, "cy_GB")
			if err != nil || text != "this is your bank" {
				t.Fatalf("it says %q, error %v", text, err)
			}
			s.mu.Lock()
			defer s.mu.Unlock()
			if len(s.fields) != len(want[kind]) {
				t.Errorf("it was asked with %v", s.fields)
			}
			for name, value := range want[kind] {
				if s.fields[name] != value {
					t.Errorf("%s is %q, want %q", name, s.fields[name], value)
				}
			}
			if len(s.keys) != 1 || s.keys[0] != "Bearer sesame" {
				t.Errorf("the keys were %q", s.keys)
			}
			switch kind {
			case transcribe.OpenAI:
				if !bytes.Equal(s.wav[44:], wav[44:]) || binary.LittleEndian.Uint32(s.wav[4:]) != uint32(len(wav)-8) {
					t.Error("it got another file")
				}
			case transcribe.WhisperCPP:
				if len(s.wav) != 44+2*len(wav[44:]) || binary.LittleEndian.Uint16(s.wav[44+4*7:]) != 7 {
					t.Error("it got other sound")
				}
			case transcribe.Vosk:
				if !bytes.Equal(s.wav, wav[44:]) {
					t.Error("it got other sound")
				}
			}
		})
	}
}

func TestAProbeNamesWhatItReached(t *testing.T) {
	for kind, name := range map[transcribe.Kind]string{transcribe.OpenAI: "openai-like/1.0", transcribe.WhisperCPP: "whisper.cpp", transcribe.Vosk: ""} {
		s := speaks(t, kind, "")
		got, err := made(t, kind, url(kind, s.Server)+"/", patience).Probe(t.Context())
		if err != nil || got.Kind != kind || got.Server != name || got.Took <= 0 {
			t.Errorf("%s: %+v, error %v", kind, got, err)
		}
	}
	if _, err := made(t, transcribe.OpenAI, "http://127.0.0.1:1", patience).Probe(t.Context()); err == nil {
		t.Error("nobody was reached")
	}
}

func TestWherePathsStandAlreadyTheyAreNotAddedAgain(t *testing.T) {
	for kind, path := range map[transcribe.Kind]string{transcribe.OpenAI: "/v1/", transcribe.WhisperCPP: "/inference"} {
		s := speaks(t, kind, "yes")
		if text, err := made(t, kind, s.URL+path, patience).Transcribe(t.Context(), recording(10), "en_GB"); err != nil || text != "yes" {
			t.Errorf("%s: %q, error %v", kind, text, err)
		}
	}
}

// hostile is what servers of forms may do instead.
var hostile = map[string]http.HandlerFunc{
	"5 MB": func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"text":"` + strings.Repeat("bank ", 1<<20) + `"}`))
	},
	"markup": func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("<html><script>alert(1)</script>"))
	},
	"no text":       func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{"error":"model not loaded"}`)) },
	"a list":        func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`["text"]`)) },
	"text as a sum": func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{"text":7}`)) },
	"nothing":       func(http.ResponseWriter, *http.Request) {},
	"a refusal":     func(w http.ResponseWriter, _ *http.Request) { http.Error(w, `{"text":"bank"}`, http.StatusTeapot) },
	"elsewhere": func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://127.0.0.1:1/elsewhere", http.StatusTemporaryRedirect)
	},
	"half an answer": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = w.Write([]byte(`{"text":`))
	},
}

func TestAServerThatLiesIsAnErrorThatRepeatsNothing(t *testing.T) {
	for name, handler := range hostile {
		for _, kind := range kinds[:2] {
			t.Run(string(kind)+" sends "+name, func(t *testing.T) {
				s := httptest.NewServer(handler)
				defer s.Close()
				text, err := made(t, kind, s.URL, patience).Transcribe(t.Context(), recording(100), "en_GB")
				if err == nil || text != "" || strings.Contains(err.Error(), "bank") || strings.Contains(err.Error(), "script") {
					t.Errorf("%q, error %v", text, err)
				}
			})
		}
	}
}

func TestAVoskThatLiesIsAnError(t *testing.T) {
	for name, message := range map[string]string{
		"5 MB": `{"text":"` + strings.Repeat("bank ", 1<<20) + `"}`, "markup": "<b>bank</b>", "a list": `["bank"]`, "much": `{"text":"` + strings.Repeat("bank ", 9000) + `"}`,
	} {
		t.Run(name, func(t *testing.T) {
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				conn, err := websocket.Accept(w, r, nil)
				if err != nil {
					return
				}
				defer conn.CloseNow()
				for {
					if kind, _, err := conn.Read(r.Context()); err != nil || kind == websocket.MessageBinary && conn.Write(r.Context(), websocket.MessageText, []byte(message)) != nil {
						return
					}
				}
			}))
			defer s.Close()
			text, err := made(t, transcribe.Vosk, url(transcribe.Vosk, s), patience).Transcribe(t.Context(), recording(16000), "en_GB")
			if err == nil || text != "" || strings.Contains(err.Error(), "bank") {
				t.Errorf("%q, error %v", text, err)
			}
		})
	}
	s := httptest.NewServer(hostile["markup"])
	defer s.Close()
	if _, err := made(t, transcribe.Vosk, url(transcribe.Vosk, s), patience).Transcribe(t.Context(), recording(10), "en_GB"); err == nil {
		t.Error("a server that speaks no WebSocket is believed")
	}
}

func TestAServerThatHangsCostsNoMoreThanItsTime(t *testing.T) {
	for _, kind := range kinds {
		t.Run(string(kind), func(t *testing.T) {
			over := make(chan struct{})
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if kind == transcribe.Vosk {
					if conn, err := websocket.Accept(w, r, nil); err == nil {
						defer conn.CloseNow()
					}
				}
				<-over
			}))
			defer s.Close()
			defer close(over)
			_, err := made(t, kind, url(kind, s), 50*time.Millisecond).Transcribe(t.Context(), recording(10), "en_GB")
			if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "no text within 50ms") {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestOnlySoundIsSent(t *testing.T) {
	one := made(t, transcribe.OpenAI, "http://127.0.0.1:1", patience)
	stereo, loud := recording(1), recording(1)
	stereo[22], loud[34] = 2, 8
	for name, file := range map[string][]byte{
		"nothing": nil, "a letter": []byte("dear Sir"), "a header": recording(0)[:40], "two channels": stereo, "8 bits": loud,
		"no data": recording(0)[:36],
	} {
		if _, err := one.Transcribe(t.Context(), file, "en_GB"); err == nil || !strings.Contains(err.Error(), "WAV") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAnUnknownKindIsRefused(t *testing.T) {
	if _, err := transcribe.New(transcribe.Options{Kind: "parrot"}); err == nil {
		t.Error("it is known")
	}
}

func TestWhatWasSaidBecomesOneCleanLine(t *testing.T) {
	for text, want := range map[string]string{
		"":                                "",
		" \n\t ":                          "",
		" This is\nyour   bank. ":         "This is your bank.",
		"a\x00b\x1b[31mc\u202ed\ufeff":    "a b [31mcd",
		"\xff\xfeMae'n \u2028 ddrwg £5 é": "Mae'n ddrwg £5 é",
		"<b>=cmd|'/c calc'!A1</b>":        "<b>=cmd|'/c calc'!A1</b>", // hostile until encoded
		strings.Repeat("wo ", 300):        strings.TrimSpace(strings.Repeat("wo ", 167)),
	} {
		if got := transcribe.Clean(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}

func FuzzClean(f *testing.F) {
	f.Add("This is\nyour bank \u202e \xff")
	f.Fuzz(func(t *testing.T, text string) {
		got := transcribe.Clean(text)
		if !utf8.ValidString(got) || utf8.RuneCountInString(got) > transcribe.TextMost || strings.ContainsAny(got, "\n\r\t\x00\x1b\u202e") || transcribe.Clean(got) != got {
			t.Errorf("%q becomes %q", text, got)
		}
	})
}

func FuzzTranscribeWAV(f *testing.F) {
	f.Add(recording(100))
	f.Add([]byte("RIFF\x00\x00\x00\x00WAVEdata\xff\xff\xff\xff"))
	one, err := transcribe.New(transcribe.Options{Kind: transcribe.WhisperCPP, URL: "http://127.0.0.1:1", Timeout: time.Second})
	if err != nil {
		f.Fatal(err)
	}
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	f.Fuzz(func(_ *testing.T, file []byte) { _, _ = one.Transcribe(gone, file, "en_GB") })
}
