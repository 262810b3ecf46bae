// Package transcribe has what a caller said turned into text by a server of the operator's:
// one that speaks OpenAI's protocol, whisper.cpp's, or Vosk's. The text advises. A server
// that hangs, lies, or sends anything at all costs no more than the time it is given.
package transcribe

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode"
)

// Kind says which protocol a server speaks.
type Kind string

// The kinds.
const (
	OpenAI     Kind = "openai"      // POST /v1/audio/transcriptions; many servers have it
	WhisperCPP Kind = "whisper.cpp" // POST /inference, of its whisper-server
	Vosk       Kind = "vosk"        // a WebSocket, of vosk-server
)

// TextMost is how many runes of a text are kept.
const TextMost = 500

// answerMost is how many bytes of an answer are read. Whoever sends more is not believed.
const answerMost = 64 << 10

// errMuch says that a server sends more than anybody can have said.
var errMuch = fmt.Errorf("the answer is longer than %d KiB", answerMost>>10)

// Options say where the server is and how to ask it.
type Options struct {
	Kind    Kind
	URL     string        // http or https, ws or wss for Vosk
	Key     string        // sent as a bearer token; empty for none
	Model   string        // for OpenAI's protocol; others have one
	Timeout time.Duration // for everything that is asked once
}

// Transcriber asks a server. It may be used by many goroutines at once.
type Transcriber struct {
	options Options
	dialect dialect
}

// dialect speaks one protocol.
type dialect interface {
	// transcribe returns what the server says is said. language is as in Speech.
	transcribe(ctx context.Context, s sound, language string) (answer, error)
}

// answer is what a server said, and what it calls itself.
type answer struct {
	text   string
	server string // its Server header, hostile; empty when it has none
}

// New makes a Transcriber. Nothing is asked yet.
func New(o Options) (*Transcriber, error) {
	client := &http.Client{
		// No proxy of the environment, and nowhere the operator has not named: what is sent
		// is the voice of a person.
		Transport:     &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return errors.New("it sends us elsewhere") },
	}
	t := &Transcriber{options: o}
	base := strings.TrimRight(o.URL, "/")
	switch o.Kind {
	case OpenAI:
		t.dialect = openAI{client, strings.TrimSuffix(base, "/v1") + "/v1/audio/transcriptions", o.Key, o.Model}
	case WhisperCPP:
		t.dialect = whisperCPP{client, strings.TrimSuffix(base, "/inference") + "/inference", o.Key}
	case Vosk:
		t.dialect = vosk{client, base, o.Key}
	default:
		return nil, fmt.Errorf("there is no kind of transcription %q", o.Kind)
	}
	return t, nil
}

// Transcribe returns what is said in a recording: clean, and at most TextMost runes; empty
// when nothing was understood. wav is a file as Asterisk records it. language is that of the
// line ("en_GB").
func (t *Transcriber) Transcribe(ctx context.Context, wav []byte, language string) (string, error) {
	s, err := readWAV(wav)
	if err != nil {
		return "", err
	}
	answer, err := t.ask(ctx, s, language)
	return Clean(answer.text), err
}

func (t *Transcriber) ask(ctx context.Context, s sound, language string) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, t.options.Timeout)
	defer cancel()
	code, _, _ := strings.Cut(language, "_") // ISO 639-1
	got, err := t.dialect.transcribe(ctx, s, code)
	if ctx.Err() != nil {
		return answer{}, fmt.Errorf("no text within %v: %w", t.options.Timeout, ctx.Err())
	}
	return got, err
}

// Reached is what a Probe has found.
type Reached struct {
	Kind   Kind
	Server string        // what it calls itself; empty when it does not
	Took   time.Duration // for a second of silence
}

// Probe asks the server for the text of a second of silence.
func (t *Transcriber) Probe(ctx context.Context) (Reached, error) {
	began := time.Now()
	got, err := t.ask(ctx, silence(time.Second), "en")
	return Reached{t.options.Kind, Clean(got.server), time.Since(began)}, err
}

// Clean makes text of what a stranger said and a server wrote: one line of letters, digits,
// punctuation and single blanks, and at most TextMost runes. It is hostile all the same
// until it is encoded for where it goes.
func Clean(text string) string {
	var b strings.Builder
	n, blank := 0, false
	for _, r := range strings.ToValidUTF8(text, "") {
		if unicode.IsSpace(r) || unicode.IsControl(r) {
			blank = b.Len() > 0
			continue
		}
		if !unicode.In(r, unicode.L, unicode.M, unicode.N, unicode.P, unicode.S) { // marks that turn text around, and the like
			continue
		}
		if blank {
			b.WriteByte(' ')
			n, blank = n+1, false
		}
		if n >= TextMost {
			break
		}
		b.WriteRune(r)
		n++
	}
	return strings.TrimSpace(b.String())
}
