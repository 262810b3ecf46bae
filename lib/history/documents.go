package history

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"time"

	"clearline/lib/store"
)

// documentMost bounds a document, in bytes.
const documentMost = 1 << 20

// documentChange puts a document, or removes the one of a folder and name.
type documentChange struct {
	Put    *store.Document `json:"put,omitempty"`
	Folder string          `json:"folder,omitempty"`
	Remove string          `json:"remove,omitempty"`
}

// check refuses what would change no document.
func (c documentChange) check() error {
	switch {
	case c.Put != nil && c.Put.Folder != "" && c.Put.Name != "" && c.Remove == "":
	case c.Put == nil && c.Folder != "" && c.Remove != "":
	default:
		return errors.New("one document is to be put or removed, with its folder and name")
	}
	return nil
}

// documents lists a folder, as JSON with the names of the Go fields.
func (s *server) documents(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), readMax)
	defer cancel()
	var found []store.Document
	err := inTurn(ctx, s.turn, func() (err error) {
		found, err = s.kept.Documents(ctx, r.URL.Query().Get("folder"))
		return err
	})
	if err != nil {
		s.log.Warn("documents not read", "err", err)
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(found) // who asked has gone
}

// changeDocument puts or removes one document, in turn.
func (s *server) changeDocument(w http.ResponseWriter, r *http.Request) {
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(changeMax)) // otherwise the usual one holds
	var c documentChange
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, documentMost)).Decode(&c); err != nil {
		http.Error(w, "the change cannot be understood: "+err.Error(), http.StatusBadRequest)
		return
	}
	if err := c.check(); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), readMax)
	defer cancel()
	err := inTurn(ctx, s.turn, func() error {
		if c.Put != nil {
			return s.kept.PutDocument(ctx, *c.Put)
		}
		return s.kept.RemoveDocument(ctx, c.Folder, c.Remove)
	})
	if err != nil {
		s.log.Warn("document not changed", "err", err)
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// Documents implements store.Documents. The error wraps ErrNobody when nobody listens.
func (c Client) Documents(ctx context.Context, folder string) ([]store.Document, error) {
	return askList[store.Document](ctx, c, "documents?folder="+url.QueryEscape(folder))
}

// PutDocument implements store.Documents. The error wraps ErrNobody when nobody listens.
func (c Client) PutDocument(ctx context.Context, d store.Document) error {
	return c.changeDocument(ctx, documentChange{Put: &d})
}

// RemoveDocument implements store.Documents. The error wraps ErrNobody when nobody listens.
func (c Client) RemoveDocument(ctx context.Context, folder, name string) error {
	return c.changeDocument(ctx, documentChange{Folder: folder, Remove: name})
}

func (c Client) changeDocument(ctx context.Context, change documentChange) error {
	body, err := json.Marshal(change)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, askMax)
	defer cancel()
	answer, err := c.request(ctx, http.MethodPost, "documents", body)
	if err != nil {
		return err
	}
	return answer.Close()
}
