package asterisk

import (
	"context"
	"errors"
	"strings"
	"testing"

	"clearline/lib/call"
	"clearline/lib/flow"
	"clearline/lib/prompt"
)

const whisperID = call.PlaybackID("01k-whisper-7")

var aWhisper = flow.Whisper{Leg: "leg", Playback: whisperID, Language: "en_GB", Script: prompt.Say(prompt.Reminder)}

// beginsToWhisper lets a client begin to whisper, and returns how that went.
func beginsToWhisper(ctx context.Context, c *Client) <-chan error {
	done := make(chan error, 1)
	go func() { done <- c.Perform(ctx, aWhisper) }()
	return done
}

const (
	snoops = "/channels/leg/snoop/01k-whisper-7"
	speaks = "/channels/01k-whisper-7/play/01k-whisper-7"
	spoken = `"playback":{"id":"01k-whisper-7","target_uri":"channel:01k-whisper-7","state":"done"}`
)

func TestAWhisperIsAChannelOfItsOwn(t *testing.T) {
	f := newFakeARI(t)
	f.on("POST "+snoops, answer{status: 200, body: `{}`})
	c, w, s := f.connect(nil)
	done := beginsToWhisper(t.Context(), c)
	want := `{"app":"clearline","appArgs":"whisper","spy":"none","whisper":"out"}`
	if got := f.waitAsked("POST", snoops); got.body != want {
		t.Errorf("asked for %s, want %s", got.body, want)
	}
	s.send(start(string(whisperID), `["whisper"]`))
	if got := f.waitAsked("POST", speaks); got.body != `{"media":["sound:/sounds/en_GB/guard/reminder"]}` {
		t.Errorf("it says %s", got.body)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	s.send(event("PlaybackFinished", spoken))
	w.want(flow.PlaybackDone{Leg: "leg", Playback: whisperID})
	if err := c.Perform(t.Context(), flow.StopWhisper{Playback: whisperID}); err != nil {
		t.Error(err)
	}
	f.waitAsked("DELETE", "/channels/01k-whisper-7")
}

func TestAWhisperDoesNotCountAsALeg(t *testing.T) {
	f := newFakeARI(t)
	f.on("POST "+snoops, answer{status: 200, body: `{}`})
	f.on("GET /bridges", answer{status: 200, body: `[]`})
	f.on("GET /channels", answer{status: 200, body: `[
		{"id":"own","name":"PJSIP/101-00000001","dialplan":{"app_name":"Stasis"}},
		{"id":"01k-whisper-7","name":"Snoop/own-00000002","dialplan":{"app_name":"Stasis"}},
		{"id":"spy","name":"Snoop/own-00000003","dialplan":{"app_name":"Stasis"}}]`})
	c, _, s := f.connect(nil)
	done := beginsToWhisper(t.Context(), c)
	f.waitAsked("POST", snoops)
	s.send(start(string(whisperID), `["whisper"]`))
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	legs, err := c.LegsOf(t.Context(), call.Search{Line: "flat-1", Own: "own", Endpoints: []string{"PJSIP/101"}})
	if err != nil || len(legs) != 1 || legs[0] != "spy" {
		t.Errorf("legs %v, %v; want the spy alone", legs, err)
	}
}

func TestAWhisperThatComesTooLateIsTakenAway(t *testing.T) {
	f := newFakeARI(t)
	c, _, s := f.connect(nil)
	ctx, cancel := context.WithCancel(t.Context())
	done := beginsToWhisper(ctx, c)
	f.waitAsked("POST", snoops)
	cancel()
	if err := <-done; err == nil {
		t.Error("a whisper that was given up is no error")
	}
	if err := c.Perform(t.Context(), flow.StopWhisper{Playback: whisperID}); err != nil {
		t.Fatal(err)
	}
	s.send(start(string(whisperID), `["whisper"]`))
	waitFor(t, "the channel to be hung up again", func() bool {
		n := 0
		for _, a := range f.requests() {
			if a.method == "DELETE" && a.uri == "/channels/01k-whisper-7" {
				n++
			}
		}
		return n == 2
	})
}

func TestAWhisperOfAnEarlierRunIsTakenAwayAndNoLeg(t *testing.T) {
	f := newFakeARI(t)
	f.on("GET /applications/clearline", answer{status: 200, body: `{"name":"clearline","channel_ids":["01k-whisper-7","leg"],"bridge_ids":[]}`})
	c, w := f.client(nil), newWatched(t)
	run(t, c, w)
	f.socket()
	if held := wait[Holdings](w); len(held.Legs) != 1 || held.Legs[0] != "leg" {
		t.Errorf("held are %v", held.Legs)
	}
	f.waitAsked("DELETE", "/channels/01k-whisper-7")
}

func TestAWhisperThatFailsNeverMeansThatTheLegIsGone(t *testing.T) {
	f := newFakeARI(t)
	f.on("POST "+snoops, answer{status: 404, body: `{"message":"Channel not found"}`})
	c, _, _ := f.connect(nil)
	err := c.Perform(t.Context(), aWhisper)
	if err == nil || errors.Is(err, ErrGone) || errors.Is(err, call.ErrLegTaken) || !strings.Contains(err.Error(), "leg") {
		t.Errorf("error %v", err)
	}
}
