package history

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"time"
)

// snapshotMax bounds how long a snapshot may take.
const snapshotMax = 2 * time.Minute

// Snapshots makes copies of all that is kept.
type Snapshots interface {
	// Snapshot writes everything there is at this moment into a new file on this machine,
	// while calls go on, and returns its path.
	Snapshot(ctx context.Context) (path string, err error)
}

// snapshotMade is the answer to who asked for a snapshot.
type snapshotMade struct {
	Path string `json:"path"`
}

// snapshot makes a snapshot. Others may read meanwhile.
func (s *server) snapshot(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), snapshotMax)
	defer cancel()
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(snapshotMax + writeMax)) // otherwise the usual one holds
	var path string
	err := inTurn(ctx, s.making, func() (err error) {
		path, err = s.kept.Snapshot(ctx)
		return err
	})
	if err != nil {
		s.log.Warn("snapshot not made", "err", err)
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(snapshotMade{path}) // who asked has gone
}

// Snapshot implements Snapshots. The error wraps ErrNobody when nobody listens.
func (c Client) Snapshot(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, snapshotMax+askMax)
	defer cancel()
	answer, err := c.request(ctx, http.MethodPost, "snapshots", nil)
	if err != nil {
		return "", err
	}
	defer func() { _ = answer.Close() }()
	var made snapshotMade
	if err := json.NewDecoder(io.LimitReader(answer, 64<<10)).Decode(&made); err != nil {
		return "", misunderstood(err)
	}
	return made.Path, nil
}
