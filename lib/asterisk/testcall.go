package asterisk

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/coder/websocket"

	"clearline/lib/call"
	"clearline/lib/prompt"
)

// TestCallOptions say whose Asterisk rings whom.
type TestCallOptions struct {
	URL, Username, Password string   // of ARI
	Endpoint                string   // "PJSIP/101"
	Line                    []string // every endpoint of its line: none of them may be in a call
	Ring                    time.Duration
	Language                string
	Sound                   func(language string, name prompt.Name) string // the file of a prompt, without its ending
}

// TestCall is a call to one telephone that belongs to nobody but its maker. It has an
// application of its own, so a running Clearline neither sees its events nor loses any. A
// clearing of the line ends it as it ends any other call of the line.
//
// The channel runs no dialplan at all: what is keyed is told and dials nothing. If its maker
// dies, Asterisk ends the call when it is picked up, or after testCallMax.
type TestCall struct {
	*looker
	opt       TestCallOptions
	conn      *websocket.Conn
	read      chan struct{} // closed when no event will follow
	channel   string
	recording call.RecordingID // which is removed at the end
	rung      bool             // the channel may be there
	picked    chan struct{}    // closed when somebody picked up
	gone      chan struct{}    // closed when the channel is gone, or nothing more is heard of it
	keys      chan rune

	mu    sync.Mutex
	ends  map[string]chan struct{} // by playback or recording: closed when it has ended
	cause int                      // Q.850, of the end
}

// testCallApp is the application of test calls.
const testCallApp = "clearline-trial"

const (
	testCallMax   = 5 * time.Minute  // of the whole call
	sentenceMax   = 40 * time.Second // more than any prompt and a recording take
	testRecording = 4 * time.Second
	testClosing   = 5 * time.Second // for all that is tidied up
)

// ErrTested says that another test call is under way.
var ErrTested = errors.New("another test call is under way")

// OpenTestCall connects to Asterisk. Nobody is rung yet. The caller closes it.
func OpenTestCall(ctx context.Context, opt TestCallOptions) (*TestCall, error) {
	t := &TestCall{
		looker: &looker{base: strings.TrimRight(opt.URL, "/"), user: opt.Username, password: opt.Password, http: &http.Client{
			Timeout: surveyMax, Transport: &http.Transport{},
		}},
		opt: opt, read: make(chan struct{}),
		picked: make(chan struct{}), gone: make(chan struct{}), keys: make(chan rune, 64), ends: map[string]chan struct{}{},
	}
	t.channel = "clearline-trial-" + strings.ToLower(rand.Text())
	t.recording = call.RecordingID(t.channel)
	var other struct {
		Channels []string `json:"channel_ids"`
	}
	if _, err := t.ask(ctx, http.MethodGet, "/applications/"+testCallApp, &other); status(err) != http.StatusNotFound && err != nil {
		return nil, err
	}
	if len(other.Channels) > 0 {
		return nil, ErrTested
	}
	conn, err := t.dial(ctx, testCallApp)
	if err != nil {
		return nil, fmt.Errorf("open asterisk's websocket: %w", err)
	}
	t.conn = conn
	conn.SetReadLimit(maxFrame)
	go t.listen()
	return t, nil
}

// Keys are the keys that are pressed. It is closed when the call is over.
func (t *TestCall) Keys() <-chan rune { return t.keys }

// Ring rings until somebody picks up. The cause says why nobody did: the line is in use or
// the telephone busy, refused, no answer, unreachable. It is empty when somebody did.
func (t *TestCall) Ring(ctx context.Context) (call.Cause, error) {
	if busy, err := t.inUse(ctx); err != nil || busy {
		return call.LineInUse, err
	}
	source := url.Values{"eventSource": {"endpoint:" + t.opt.Endpoint}}
	subscription := "/applications/" + testCallApp + "/subscription?" + source.Encode()
	if _, err := t.ask(ctx, http.MethodPost, subscription, nil); err != nil {
		return "", fmt.Errorf("watch %s: %w", t.opt.Endpoint, err)
	}
	defer func() {
		_, _ = t.ask(context.WithoutCancel(ctx), http.MethodDelete, subscription, nil) // it ends with the application at the latest
	}()
	query := url.Values{
		"endpoint": {t.opt.Endpoint}, "app": {testCallApp}, "callerId": {`"Clearline test" <>`},
		"timeout": {strconv.Itoa(int(t.opt.Ring.Seconds()))},
	}
	t.rung = true
	// Not given up half-way: an order whose answer is not awaited would ring behind the end.
	_, err := t.ask(context.WithoutCancel(ctx), http.MethodPost, "/channels/"+t.channel+"?"+query.Encode(), nil)
	switch code := status(err); {
	case code == http.StatusInternalServerError, code == http.StatusBadRequest, code == http.StatusNotFound:
		t.rung = false // no channel came of it
		return call.Unreachable, nil
	case err != nil:
		return "", fmt.Errorf("ring %s: %w", t.opt.Endpoint, err)
	}
	select {
	case <-t.picked:
	case <-t.gone:
		return t.whyGone()
	case <-ctx.Done():
		return "", ctx.Err()
	}
	limit := url.Values{"variable": {"TIMEOUT(absolute)"}, "value": {strconv.Itoa(int(testCallMax.Seconds()))}}
	_, err = t.ask(ctx, http.MethodPost, "/channels/"+t.channel+"/variable?"+limit.Encode(), nil)
	return "", t.orGone(err)
}

// inUse says whether a telephone of the line is in a call.
func (t *TestCall) inUse(ctx context.Context) (bool, error) {
	for _, name := range t.opt.Line {
		var e struct {
			Channels []string `json:"channel_ids"`
		}
		tech, resource, _ := strings.Cut(name, "/")
		_, err := t.ask(ctx, http.MethodGet, "/endpoints/"+escaped(tech)+"/"+escaped(resource), &e)
		if status(err) == http.StatusNotFound {
			continue // such a telephone is in no call
		}
		if err != nil || len(e.Channels) > 0 {
			return err == nil, err
		}
	}
	return false, nil
}

// whyGone is the cause of an end before anybody picked up.
func (t *TestCall) whyGone() (call.Cause, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch t.cause { // ITU-T Q.850
	case 17: // user busy
		return call.LineInUse, nil
	case 21: // call rejected
		return call.Refused, nil
	case 1, 3, 20, 27, 34, 38: // no number, no route, absent, out of order, no circuit, network out of order
		return call.Unreachable, nil
	case unheard:
		return "", errLost
	}
	return call.NoAnswer, nil
}

// Say plays a script to its end, or stops it when ctx is over.
func (t *TestCall) Say(ctx context.Context, script prompt.Script) error {
	id := strings.ToLower(rand.Text())
	var media []string
	for _, item := range script.Items() {
		if item.Recording != "" {
			media = append(media, "recording:"+string(item.Recording))
		} else {
			media = append(media, "sound:"+t.opt.Sound(t.opt.Language, item.Prompt))
		}
	}
	ended := t.expect(id)
	query := url.Values{"media": {strings.Join(media, ",")}}
	// Not given up half-way: what is being said could not be stopped.
	_, err := t.ask(context.WithoutCancel(ctx), http.MethodPost, "/channels/"+t.channel+"/play/"+id+"?"+query.Encode(), nil)
	if err != nil {
		return t.orGone(fmt.Errorf("say to %s: %w", t.opt.Endpoint, err))
	}
	err = t.await(ctx, ended, sentenceMax)
	if ctx.Err() != nil {
		_, _ = t.ask(context.WithoutCancel(ctx), http.MethodDelete, "/playbacks/"+id, nil) // it may have ended
	}
	return err
}

// Listen beeps, records for some seconds, and returns the recording and its samples.
func (t *TestCall) Listen(ctx context.Context) (call.RecordingID, []byte, error) {
	name := string(t.recording)
	ended := t.expect(name)
	query := url.Values{
		"name": {name}, "format": {"wav"}, "ifExists": {"overwrite"}, "beep": {"true"}, "terminateOn": {"none"},
		"maxDurationSeconds": {strconv.Itoa(int(testRecording.Seconds()))},
	}
	_, err := t.ask(ctx, http.MethodPost, "/channels/"+t.channel+"/record?"+query.Encode(), nil)
	if err == nil {
		err = t.await(ctx, ended, sentenceMax)
	}
	if err != nil {
		return "", nil, t.orGone(fmt.Errorf("record what is said into %s: %w", t.opt.Endpoint, err))
	}
	_, file, err := t.fetch(ctx, http.MethodGet, "/recordings/stored/"+name+"/file")
	if err != nil {
		return "", nil, fmt.Errorf("read what was said into %s: %w", t.opt.Endpoint, err)
	}
	return t.recording, file[min(len(file), wavHeader):], nil
}

// orGone tells an error that comes from the end of the call as that.
func (t *TestCall) orGone(err error) error {
	if code := status(err); code == http.StatusNotFound || code == http.StatusConflict {
		return call.ErrLegGone
	}
	return err
}

// Close ends the call, removes what was recorded, and disconnects. The error says what may be
// left.
func (t *TestCall) Close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), testClosing)
	defer cancel()
	defer t.http.CloseIdleConnections()
	var failed []error
	if t.rung {
		failed = append(failed, t.remove(ctx, "/recordings/live/"+string(t.recording)))
		failed = append(failed, t.remove(ctx, "/channels/"+t.channel))
		select { // a recording is kept when its channel goes
		case <-t.gone:
		case <-ctx.Done():
		}
		failed = append(failed, t.remove(ctx, "/recordings/stored/"+string(t.recording)))
	}
	_ = t.conn.Close(websocket.StatusNormalClosure, "") // its end is waited for
	<-t.read
	return errors.Join(failed...)
}

// remove removes something that may not be there.
func (t *TestCall) remove(ctx context.Context, path string) error {
	_, err := t.ask(ctx, http.MethodDelete, path, nil)
	if err = orMissing(err); err != nil {
		return fmt.Errorf("remove %s from asterisk: %w", path, err)
	}
	return nil
}
