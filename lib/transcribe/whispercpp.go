package transcribe

import (
	"context"
	"net/http"
)

// whisperCPP speaks the protocol of whisper.cpp's examples/server. Without --convert it
// takes 16,000 samples a second only.
type whisperCPP struct {
	client *http.Client
	url    string
	key    string
}

func (w whisperCPP) transcribe(ctx context.Context, s sound, language string) (answer, error) {
	if s.rate == telephoneRate {
		s = s.doubled()
	}
	return send(ctx, w.client, w.url, w.key, s.wav(),
		field{"language", language}, field{"response_format", "json"}, field{"temperature", "0"})
}
