package visit

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"clearline/lib/asterisk"
	"clearline/lib/config"
	"clearline/lib/doctor"
	"clearline/lib/doctor/trial"
)

// ErrNoTelephone is wrapped by the error of [Call] for an endpoint that belongs to no line.
var ErrNoTelephone = errors.New("no telephone of a line")

// forACall are the checks without which no test call can be made.
var forACall = []string{"ari", "ari-user", "websocket"}

// Call makes a test call to a telephone of a line, and tells what is found when it is found;
// then it rehearses emergency calls from it, of which nothing is run. An endpoint is named as
// "PJSIP/101" or "101". Only telephones of lines are rung: a trunk would ring a stranger.
func Call(ctx context.Context, c *config.Config, o Options, endpoint string, wait time.Duration, tell func(doctor.Finding)) error {
	line, endpoint, err := lineOf(c, endpoint)
	if err != nil {
		return err
	}
	facts, err := Gather(ctx, c, o)
	if err != nil {
		return err
	}
	hindered := false
	for _, f := range doctor.Examine(facts) {
		about := slices.Contains(forACall, f.Check) || f.Check == "endpoints" && strings.HasPrefix(f.What, endpoint+" ")
		if about && f.State == doctor.Fail {
			tell(f)
			hindered = true
		}
	}
	if hindered {
		return nil
	}
	if err := try(ctx, c, line, endpoint, trial.Options{
		Endpoint: endpoint, DTMFMode: settingOf(facts, endpoint, "dtmf_mode"), Ring: c.Screening.ConsultRing, Wait: wait,
	}, tell); err != nil {
		return err
	}
	for _, f := range doctor.Rehearse(facts, endpoint) {
		tell(f)
	}
	return nil
}

// lineOf finds the line that has an endpoint, and the endpoint's whole name.
func lineOf(c *config.Config, endpoint string) (config.Line, string, error) {
	var all []string
	for _, l := range c.Lines {
		for _, name := range l.Endpoints {
			if name == endpoint || name == "PJSIP/"+endpoint {
				return l, name, nil
			}
			all = append(all, name)
		}
	}
	return config.Line{}, "", fmt.Errorf("%s is %w: they are %s", endpoint, ErrNoTelephone, strings.Join(all, ", "))
}

func settingOf(f *doctor.Facts, endpoint, name string) string {
	for _, e := range f.Exchange.Value.Endpoints {
		if e.Name == endpoint {
			return e.Settings[name]
		}
	}
	return ""
}

// try makes the test call, and leaves nothing behind, whatever ends it.
func try(ctx context.Context, c *config.Config, line config.Line, endpoint string, o trial.Options, tell func(doctor.Finding)) (err error) {
	folder := c.Prompts.Folder(c.Language)
	t, err := asterisk.OpenTestCall(ctx, asterisk.TestCallOptions{
		URL: c.ARI.URL, Username: c.ARI.Username, Password: c.ARI.Password.Reveal(),
		Endpoint: endpoint, Line: line.Endpoints, Ring: o.Ring, Language: line.Language, Sound: folder.Path,
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.Close(ctx)) }()
	return trial.Run(ctx, telephone{t}, o, tell)
}

// telephone is a test call as a trial wants it.
type telephone struct{ *asterisk.TestCall }

func (t telephone) Listen(ctx context.Context) (trial.Heard, error) {
	id, sound, err := t.TestCall.Listen(ctx)
	return trial.Heard{Recording: id, Sound: sound}, err
}
