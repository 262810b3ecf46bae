package transcribe_test

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"clearline/lib/transcribe"
)

// server is a small server that speaks one of the protocols as published, and notes what
// it was asked. What it says is in text.
type server struct {
	*httptest.Server
	text string

	mu     sync.Mutex
	fields map[string]string // of the form, or of the configuration
	wav    []byte            // or the sound
	keys   []string
}

func (s *server) asked(key string, fields map[string]string, wav []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keys, s.fields, s.wav = append(s.keys, key), fields, wav
}

// form reads a form as multipart/form-data (RFC 7578).
func (s *server) form(w http.ResponseWriter, r *http.Request) bool {
	file, _, err := r.FormFile("file")
	if r.Method != http.MethodPost || err != nil {
		http.Error(w, "no file", http.StatusBadRequest)
		return false
	}
	wav, _ := io.ReadAll(file)
	fields := map[string]string{}
	for name, values := range r.MultipartForm.Value {
		fields[name] = strings.Join(values, "|")
	}
	s.asked(r.Header.Get("Authorization"), fields, wav)
	return true
}

func (s *server) openAI(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/v1/audio/transcriptions" {
		http.NotFound(w, r)
		return
	}
	if s.form(w, r) {
		if s.fields["model"] == "" {
			http.Error(w, `{"error":{"message":"you must provide a model parameter"}}`, http.StatusBadRequest)
			return
		}
		w.Header().Set("Server", "openai-like/1.0")
		_ = json.NewEncoder(w).Encode(map[string]any{"text": s.text, "usage": map[string]any{"seconds": 1}})
	}
}

// whisper refuses what is not 16,000 samples a second, as whisper-server does without --convert.
func (s *server) whisper(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/inference" {
		http.NotFound(w, r)
		return
	}
	if s.form(w, r) {
		w.Header().Set("Server", "whisper.cpp")
		if binary.LittleEndian.Uint32(s.wav[24:]) != 16000 {
			fmt.Fprint(w, `{"error":"failed to read WAV file"}`)
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]string{"text": " " + s.text + "\n"})
	}
}

// vosk answers every message, and in the middle of the sound says what came before a pause.
func (s *server) vosk(w http.ResponseWriter, r *http.Request) {
	conn, err := websocket.Accept(w, r, nil)
	if err != nil {
		return
	}
	defer conn.CloseNow()
	fields, sound := map[string]string{}, []byte(nil)
	before, after, _ := strings.Cut(s.text, " ")
	for {
		kind, message, err := conn.Read(r.Context())
		if err != nil {
			return
		}
		said := map[string]string{"partial": "yes and n"}
		switch {
		case kind == websocket.MessageText && strings.Contains(string(message), "config"):
			var c struct{ Config map[string]any }
			_ = json.Unmarshal(message, &c)
			for name, value := range c.Config {
				fields[name] = fmt.Sprint(value)
			}
			continue
		case kind == websocket.MessageText && string(message) == `{"eof" : 1}`:
			said = map[string]string{"text": after}
			s.asked(r.Header.Get("Authorization"), fields, sound)
		case kind == websocket.MessageBinary:
			if sound == nil {
				said = map[string]string{"text": before}
			}
			sound = append(sound, message...)
		}
		answer, _ := json.Marshal(said)
		if conn.Write(r.Context(), websocket.MessageText, answer) != nil {
			return
		}
		if _, last := said["text"]; last && string(message) == `{"eof" : 1}` {
			_ = conn.Close(websocket.StatusNormalClosure, "")
			return
		}
	}
}

// speaks starts a server of a kind.
func speaks(t *testing.T, kind transcribe.Kind, text string) *server {
	t.Helper()
	s := &server{text: text}
	s.Server = httptest.NewServer(map[transcribe.Kind]http.HandlerFunc{
		transcribe.OpenAI: s.openAI, transcribe.WhisperCPP: s.whisper, transcribe.Vosk: s.vosk,
	}[kind])
	t.Cleanup(s.Close)
	return s
}

// url is where a server of a kind is asked.
func url(kind transcribe.Kind, s *httptest.Server) string {
	if kind == transcribe.Vosk {
		return "ws" + strings.TrimPrefix(s.URL, "http")
	}
	return s.URL
}

var kinds = []transcribe.Kind{transcribe.OpenAI, transcribe.WhisperCPP, transcribe.Vosk}

// made is a Transcriber of a kind.
func made(t *testing.T, kind transcribe.Kind, url string, timeout time.Duration) *transcribe.Transcriber {
	t.Helper()
	one, err := transcribe.New(transcribe.Options{Kind: kind, URL: url, Key: "sesame", Timeout: timeout})
	if err != nil {
		t.Fatal(err)
	}
	return one
}

// recording is a file as Asterisk makes it, of so many samples that rise by one.
func recording(samples int) []byte {
	file := append([]byte("RIFF\x00\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x40\x1f\x00\x00\x80\x3e\x00\x00\x02\x00\x10\x00data"),
		binary.LittleEndian.AppendUint32(nil, uint32(2*samples))...)
	for n := range samples {
		file = binary.LittleEndian.AppendUint16(file, uint16(n))
	}
	return file
}
