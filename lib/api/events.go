package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"clearline/lib/call"
	"clearline/lib/desk"
	"clearline/lib/feed"
)

const (
	beatEvery = 10 * time.Second // a sign of life, and a look whether the token still holds
	takeMax   = 10 * time.Second // for an event to be taken
)

// stream is events on their way to a program (Server-Sent Events, HTML section 9.2).
type stream struct {
	w       http.ResponseWriter
	control *http.ResponseController
	lines   []call.LineID // only these; nil for all of the token's
}

// events answers with what happens on the token's lines, as it happens. What has happened
// since the event that Last-Event-ID names comes first.
func (a *API) events(w http.ResponseWriter, r *http.Request, p desk.Person) error {
	q, err := asked(r, "line", "after")
	if err != nil {
		return err
	}
	for _, id := range q.lines() {
		if _, err := a.opts.Desk.Line(p, id); err != nil {
			return err
		}
	}
	after, err := lastEvent(r, q)
	if err != nil {
		return err
	}
	if !a.streams.enter(p.Name) {
		return problemPace
	}
	defer a.streams.leave(p.Name)
	s := &stream{w: w, control: http.NewResponseController(w), lines: q.lines()}
	follower, whole := a.opts.Desk.Follow(p, after)
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no") // a proxy hands on at once
	if r.Method == http.MethodHead {
		return nil
	}
	_ = s.control.SetReadDeadline(time.Time{}) // that of the request would end the stream
	if s.write("retry: 2000\n\n") != nil || !whole && s.reset() != nil {
		return nil // who follows has gone
	}
	holds := func() bool { // the token was not removed meanwhile
		_, err := a.check(r)
		return err == nil
	}
	for told(r.Context(), s, follower, holds) {
	}
	return nil
}

// lastEvent is the event to begin behind: what a browser says when it comes back, or ?after.
func lastEvent(r *http.Request, q *query) (feed.ID, error) {
	text := r.Header.Get("Last-Event-ID")
	if text == "" {
		text = q.values.Get("after")
	}
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n <= 0 {
		return 0, &desk.WrongError{Field: "Last-Event-ID", Why: "it is no id of an event"}
	}
	return feed.ID(n), nil
}

// told waits for events and tells of them, or gives a sign of life when there are none for a
// while, and reports whether to go on.
func told(ctx context.Context, s *stream, f *feed.Follower, holds func() bool) bool {
	beat, cancel := context.WithTimeout(ctx, beatEvery)
	defer cancel()
	events, err := f.Next(beat)
	switch {
	case !holds():
		return false
	case errors.Is(err, feed.ErrBehind):
		_ = s.reset() // who is cut off is told so, and comes back
		return false
	case err != nil && ctx.Err() == nil && beat.Err() != nil:
		return s.write(": still here\n\n") == nil
	case err != nil:
		return false
	}
	for _, e := range events {
		if s.event(e) != nil {
			return false
		}
	}
	return true
}

// event writes one event, if it is asked for.
func (s *stream) event(e feed.Event) error {
	if len(s.lines) > 0 && e.News.Line != "" && !slices.Contains(s.lines, e.News.Line) {
		return nil
	}
	text, err := json.Marshal(eventOf(e))
	if err != nil {
		return err
	}
	return s.write(fmt.Sprintf("id: %d\nevent: %s\ndata: %s\n\n", e.ID, e.News.Kind, text))
}

// reset tells that events are missing: everything has to be asked for anew.
func (s *stream) reset() error { return s.write("event: reset\ndata: {}\n\n") }

// write writes what whoever follows has to take within takeMax.
func (s *stream) write(text string) error {
	if err := s.control.SetWriteDeadline(time.Now().Add(takeMax)); err != nil {
		return err
	}
	if _, err := s.w.Write([]byte(text)); err != nil {
		return err
	}
	return s.control.Flush()
}
