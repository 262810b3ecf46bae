package asterisk

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/coder/websocket"

	"clearline/lib/callerid"
)

// Survey is what an Asterisk says about itself to somebody who looks at it. It is made of
// requests that change nothing.
type Survey struct {
	Version   string
	Date      time.Time       // its clock, in whole seconds; zero when it does not tell
	MayWrite  bool            // the user may do more than look
	Websocket error           // why events cannot be asked for; nil when they can
	Modules   map[string]bool // those that run, as "res_agi"
	Endpoints []Endpoint      // of PJSIP
}

// Endpoint is a telephone or a trunk as Asterisk has it configured.
type Endpoint struct {
	Name     string            // "PJSIP/101"
	Online   bool              // it can be reached, as far as Asterisk knows
	Settings map[string]string // as in pjsip.conf, in Asterisk's own spelling: "direct_media" is "false"
}

// surveyApp is the application that opens a websocket to see whether one may. Under the name
// of a running Clearline it would take its events away.
const surveyApp = "clearline-doctor"

const surveyMax = 5 * time.Second // for one request

// Look makes a Survey of the Asterisk at the URL of an ARI, as the user. The error says that
// it could not be reached, or that it does not know the user.
func Look(ctx context.Context, base, user, password string) (Survey, error) {
	l := &looker{base: strings.TrimRight(base, "/"), user: user, password: password, http: &http.Client{
		Timeout: surveyMax, Transport: &http.Transport{},
	}}
	defer l.http.CloseIdleConnections()
	var s Survey
	for _, part := range []func(context.Context, *Survey) error{l.info, l.modules, l.endpoints, l.rights} {
		if err := part(ctx, &s); err != nil {
			return Survey{}, err
		}
	}
	s.Websocket = l.websocket(ctx)
	return s, nil
}

// looker asks an Asterisk that it does not serve.
type looker struct {
	base, user, password string
	http                 *http.Client
}

func (l *looker) info(ctx context.Context, s *Survey) error {
	var answer struct {
		System struct{ Version string }
	}
	header, err := l.ask(ctx, http.MethodGet, "/asterisk/info", &answer)
	if err != nil {
		return err
	}
	s.Version = answer.System.Version
	s.Date, _ = http.ParseTime(header.Get("Date")) // zero when there is none
	return nil
}

func (l *looker) modules(ctx context.Context, s *Survey) error {
	var all []struct{ Name, Status string }
	if _, err := l.ask(ctx, http.MethodGet, "/asterisk/modules", &all); err != nil {
		return err
	}
	s.Modules = map[string]bool{}
	for _, m := range all {
		if m.Status == "Running" {
			s.Modules[strings.TrimSuffix(m.Name, ".so")] = true
		}
	}
	return nil
}

func (l *looker) endpoints(ctx context.Context, s *Survey) error {
	var all []struct{ Technology, Resource, State string }
	if _, err := l.ask(ctx, http.MethodGet, "/endpoints", &all); err != nil {
		return err
	}
	for _, e := range all {
		if e.Technology != "PJSIP" {
			continue
		}
		var pairs []struct{ Attribute, Value string }
		_, err := l.ask(ctx, http.MethodGet, "/asterisk/config/dynamic/res_pjsip/endpoint/"+escaped(e.Resource), &pairs)
		if status(err) == http.StatusNotFound {
			continue // it was removed, and its name goes on being listed
		}
		if err != nil {
			return err
		}
		settings := map[string]string{}
		for _, p := range pairs {
			settings[p.Attribute] = p.Value
		}
		s.Endpoints = append(s.Endpoints, Endpoint{"PJSIP/" + e.Resource, e.State == "online", settings})
	}
	return nil
}

// rights asks for something that is not there to be hung up: who may only look is told that
// first.
func (l *looker) rights(ctx context.Context, s *Survey) error {
	_, err := l.ask(ctx, http.MethodDelete, "/channels/clearline-doctor-nobody", nil)
	switch status(err) {
	case http.StatusNotFound:
		s.MayWrite = true
	case http.StatusForbidden:
	default:
		return fmt.Errorf("see what the ARI user may do: %w", err)
	}
	return nil
}

func (l *looker) websocket(ctx context.Context) error {
	conn, err := l.dial(ctx, surveyApp)
	if err == nil {
		_ = conn.Close(websocket.StatusNormalClosure, "") // it was only tried
	}
	return err
}

// dial opens the websocket of an application.
func (l *looker) dial(ctx context.Context, app string) (*websocket.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, surveyMax)
	defer cancel()
	auth := base64.StdEncoding.EncodeToString([]byte(l.user + ":" + l.password))
	query := url.Values{"app": {app}}
	conn, resp, err := websocket.Dial(ctx, l.base+"/events?"+query.Encode(), &websocket.DialOptions{ //nolint:bodyclose // the library closes it
		HTTPHeader: http.Header{"Authorization": {"Basic " + auth}},
	})
	if err != nil && resp != nil && resp.StatusCode != http.StatusSwitchingProtocols {
		return nil, refused(resp.StatusCode, nil)
	}
	return conn, err
}

// ask makes one request, and reads the answer as JSON. An answer other than success is a
// refusal.
func (l *looker) ask(ctx context.Context, method, path string, into any) (http.Header, error) {
	header, body, err := l.fetch(ctx, method, path)
	if err != nil || into == nil {
		return header, err
	}
	if err := json.NewDecoder(bytes.NewReader(body)).Decode(into); err != nil {
		return nil, fmt.Errorf("read asterisk's answer to %s: %s", path, callerid.Text(err.Error()))
	}
	return header, nil
}

// fetch makes one request. An answer other than success is a refusal.
func (l *looker) fetch(ctx context.Context, method, path string) (http.Header, []byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, l.base+path, nil)
	if err != nil {
		return nil, nil, fmt.Errorf("make request: %w", err)
	}
	req.SetBasicAuth(l.user, l.password)
	resp, err := l.http.Do(req)
	if err != nil {
		var about *url.Error
		if errors.As(err, &about) {
			err = about.Err
		}
		return nil, nil, fmt.Errorf("reach asterisk: %w", err)
	}
	defer func() { _ = resp.Body.Close() }() // it is read to the end, or given up
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody))
	switch {
	case err != nil:
		return nil, nil, fmt.Errorf("read asterisk's answer: %w", err)
	case resp.StatusCode < 200 || resp.StatusCode > 299:
		return nil, nil, refused(resp.StatusCode, body)
	}
	return resp.Header, body, nil
}
