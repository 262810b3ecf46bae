package transcribe

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
)

// field is one of a form.
type field struct{ name, value string }

// send posts a form with a recording, and reads the text from the answer: {"text": "..."}.
func send(ctx context.Context, client *http.Client, url, key string, wav []byte, fields ...field) (answer, error) {
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	file, err := form.CreateFormFile("file", "said.wav")
	if err == nil {
		_, err = file.Write(wav)
	}
	for _, f := range fields {
		if err == nil && f.value != "" {
			err = form.WriteField(f.name, f.value)
		}
	}
	if err = errors.Join(err, form.Close()); err != nil {
		return answer{}, fmt.Errorf("write the form: %w", err)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, &body)
	if err != nil {
		return answer{}, err
	}
	request.Header.Set("Content-Type", form.FormDataContentType())
	request.Header.Set("Accept", "application/json")
	authorize(request.Header, key)
	response, err := client.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = response.Body.Close() }()
	return readText(response)
}

func authorize(header http.Header, key string) {
	if key != "" {
		header.Set("Authorization", "Bearer "+key)
	}
}

// readText reads an answer. Errors do not repeat what the server says: it has heard a
// stranger.
func readText(response *http.Response) (answer, error) {
	got := answer{server: response.Header.Get("Server")}
	text, err := io.ReadAll(io.LimitReader(response.Body, answerMost+1))
	switch {
	case err != nil:
		return got, fmt.Errorf("read the answer: %w", err)
	case response.StatusCode != http.StatusOK:
		return got, fmt.Errorf("it answers %d (%s)", response.StatusCode, http.StatusText(response.StatusCode))
	case len(text) > answerMost:
		return got, errMuch
	}
	var said struct {
		Text  *string
		Error json.RawMessage
	}
	if err := json.Unmarshal(text, &said); err != nil {
		return got, errors.New("the answer is no JSON object")
	}
	if said.Text == nil {
		return got, errors.New("there is no text in the answer")
	}
	got.text = *said.Text
	return got, nil
}
