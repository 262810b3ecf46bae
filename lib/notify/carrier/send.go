package carrier

import (
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"github.com/nicholas-fedor/shoutrrr"
	"github.com/nicholas-fedor/shoutrrr/pkg/types"
)

// Check says whether a service is known and can read its URL. It shows nothing of the URL,
// and asks nobody: a service that asks as soon as it is made is only known by name.
func Check(address string) error {
	u, err := url.Parse(address)
	if err != nil {
		return errors.New("no address to send to")
	}
	scheme, _, _ := strings.Cut(strings.ToLower(u.Scheme), "+")
	router, _ := shoutrrr.CreateSender() // without addresses nothing can go wrong
	if _, err := router.NewService(scheme); err != nil || scheme == "logger" {
		return fmt.Errorf("%q is no service that is known", scheme)
	}
	if scheme == "matrix" {
		return nil
	}
	if _, err := router.Locate(shaped(u)); err != nil {
		return errors.New(Redact(address, err.Error()))
	}
	return nil
}

// send sends a message in this process, which does nothing else.
func send(m Message) error {
	u, err := url.Parse(m.URL)
	if err != nil {
		return errors.New("no address to send to")
	}
	watched := &witness{next: http.DefaultTransport}
	http.DefaultTransport = watched
	router, err := shoutrrr.CreateSender()
	if err != nil {
		return err
	}
	service, err := router.Locate(shaped(u))
	if err != nil {
		return err
	}
	text, params := written(u, m)
	if err := service.Send(text, &params); err != nil {
		return err
	}
	return watched.last()
}

// plainly are the parameters that make a service take text as text: what strangers say of
// themselves is in it.
var plainly = map[string][2]string{"smtp": {"usehtml", "No"}, "telegram": {"parsemode", "None"}}

// scheme is the service of a URL.
func scheme(u *url.URL) string {
	name, _, _ := strings.Cut(strings.ToLower(u.Scheme), "+")
	return name
}

// shaped is the URL that the service is made of.
func shaped(u *url.URL) string {
	force, ok := plainly[scheme(u)]
	if !ok {
		return u.String()
	}
	plain := *u
	values := plain.Query()
	for key := range values {
		if strings.EqualFold(key, force[0]) {
			values.Del(key)
		}
	}
	values.Set(force[0], force[1])
	plain.RawQuery = values.Encode()
	return plain.String()
}

// titled are the services that show a title as text, apart from the message.
var titled = map[string]bool{"ntfy": true, "smtp": true, "gotify": true, "pushover": true, "bark": true, "pushbullet": true, "generic": true}

// headed are those of them whose title is a header: it is ASCII, and one line.
var headed = map[string]bool{"ntfy": true, "smtp": true}

// alarming is how a service is told that somebody is to be woken.
var alarming = map[string]string{"ntfy": "5", "gotify": "8", "pushover": "1"}

// written is a message as its service takes it.
func written(u *url.URL, m Message) (string, types.Params) {
	service, params := scheme(u), types.Params{}
	if priority, ok := alarming[service]; ok && m.Urgent && !u.Query().Has("priority") {
		params["priority"] = priority
	}
	if service == "generic" { // a program may read it
		params["id"], params["event"] = m.ID, m.Event
	}
	title := m.Title
	if headed[service] {
		title = mime.QEncoding.Encode("utf-8", title)
	}
	if !titled[service] {
		return m.Title + "\n" + m.Text, params
	}
	params.SetTitle(title)
	return m.Text, params
}

// witness watches what is asked over HTTP: not every service says what it was answered.
type witness struct {
	next http.RoundTripper

	mu    sync.Mutex
	fault error // of the latest request
}

// RoundTrip implements http.RoundTripper.
func (w *witness) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := w.next.RoundTrip(r)
	fault := err
	if err == nil && response.StatusCode >= http.StatusBadRequest {
		fault = fmt.Errorf("the service answers %s", response.Status)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.fault = fault
	return response, err
}

func (w *witness) last() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.fault
}
