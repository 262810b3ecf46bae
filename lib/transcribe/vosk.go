package transcribe

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/coder/websocket"
)

// vosk speaks the protocol of vosk-server's websocket/asr_server.py: a configuration, sound
// piece by piece, each of which is answered, and a word that there is no more. What was said
// before a pause is told at once, and not again.
type vosk struct {
	client *http.Client
	url    string
	key    string
}

// piece is how many bytes of sound are sent at once: half a second of a telephone's.
const piece = 8000

// noMore must be written exactly so.
const noMore = `{"eof" : 1}`

func (v vosk) transcribe(ctx context.Context, s sound, _ string) (got answer, err error) {
	header := http.Header{}
	authorize(header, v.key)
	conn, response, err := websocket.Dial(ctx, v.url, &websocket.DialOptions{HTTPClient: v.client, HTTPHeader: header}) //nolint:bodyclose // the library does
	if err != nil {
		return got, err
	}
	defer func() { _ = conn.CloseNow() }()
	conn.SetReadLimit(answerMost)
	got.server = response.Header.Get("Server")
	config := fmt.Sprintf(`{"config" : {"sample_rate" : %d, "words" : false, "max_alternatives" : 0}}`, s.rate)
	if err := conn.Write(ctx, websocket.MessageText, []byte(config)); err != nil {
		return got, fmt.Errorf("configure it: %w", err)
	}
	var said heard
	for rest := s.pcm; len(rest) > 0; {
		n := min(piece, len(rest))
		if err := said.exchange(ctx, conn, websocket.MessageBinary, rest[:n]); err != nil {
			return got, err
		}
		rest = rest[n:]
	}
	if err := said.exchange(ctx, conn, websocket.MessageText, []byte(noMore)); err != nil {
		return got, err
	}
	got.text = strings.Join(said.parts, " ")
	return got, conn.Close(websocket.StatusNormalClosure, "")
}

// heard is what was understood so far.
type heard struct {
	parts []string
	size  int
}

// exchange sends a message and reads its answer.
func (h *heard) exchange(ctx context.Context, conn *websocket.Conn, kind websocket.MessageType, message []byte) error {
	if err := conn.Write(ctx, kind, message); err != nil {
		return fmt.Errorf("send it what was said: %w", err)
	}
	_, text, err := conn.Read(ctx)
	switch {
	case errors.Is(err, websocket.ErrMessageTooBig):
		return errMuch
	case err != nil:
		return fmt.Errorf("read the answer: %w", err)
	}
	var result struct{ Text string } // one that is not final has only "partial"
	if err := json.Unmarshal(text, &result); err != nil {
		return errors.New("the answer is no JSON object")
	}
	if h.size += len(result.Text); h.size > answerMost {
		return errMuch
	}
	if result.Text != "" {
		h.parts = append(h.parts, result.Text)
	}
	return nil
}
