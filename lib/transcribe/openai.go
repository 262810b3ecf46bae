package transcribe

import (
	"cmp"
	"context"
	"net/http"
)

// openAI speaks the protocol of OpenAI's "Create transcription":
// https://platform.openai.com/docs/api-reference/audio/createTranscription. faster-whisper
// and LocalAI among others have it.
type openAI struct {
	client     *http.Client
	url        string
	key, model string
}

// usualModel is the name that servers with one model know.
const usualModel = "whisper-1"

func (o openAI) transcribe(ctx context.Context, s sound, language string) (answer, error) {
	return send(ctx, o.client, o.url, o.key, s.wav(),
		field{"model", cmp.Or(o.model, usualModel)}, field{"language", language}, field{"response_format", "json"}, field{"temperature", "0"})
}
