package asterisk

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"clearline/lib/call"
	"clearline/lib/flow"
)

func TestEventsBecomeFacts(t *testing.T) {
	dir := t.TempDir()
	outside := filepath.Join(t.TempDir(), "outside.wav")
	for path, size := range map[string]int{
		filepath.Join(dir, "said.wav"): wavHeader + 1600, filepath.Join(dir, "header.wav"): wavHeader,
		filepath.Join(dir, "full-disk.wav"): 0, outside: 5000,
	} {
		if err := os.WriteFile(path, make([]byte, size), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(outside, filepath.Join(dir, "link.wav")); err != nil {
		t.Fatal(err)
	}
	recording := func(kind, name string) string {
		return event(kind, fmt.Sprintf(`"recording":{"name":%q,"target_uri":"channel:leg","duration":4,"talking_duration":1}`, name))
	}
	playback := func(target, state string) string {
		return event("PlaybackFinished", fmt.Sprintf(`"playback":{"id":"p","target_uri":%q,"state":%q}`, target, state))
	}
	done := flow.RecordingDone{Leg: "leg", Recording: "said", Length: 4 * time.Second, Bytes: 1600}
	changed := func(change func(*flow.RecordingDone)) flow.RecordingDone {
		d := done
		change(&d)
		return d
	}
	cases := []struct {
		name, frame string
		want        []any
	}{
		{"a key", event("ChannelDtmfReceived", `"digit":"#","channel":{"id":"leg"}`), []any{flow.DTMF{Leg: "leg", Key: '#'}}},
		{"no key of a keypad", event("ChannelDtmfReceived", `"digit":"12","channel":{"id":"leg"}`), nil},
		{"speech begins", event("ChannelTalkingStarted", `"channel":{"id":"leg"}`), []any{flow.SpeechStarted{Leg: "leg"}}},
		{"speech ends", event("ChannelTalkingFinished", `"channel":{"id":"leg"}`), []any{flow.SpeechEnded{Leg: "leg"}}},
		{"played to the end", playback("channel:leg", "done"), []any{flow.PlaybackDone{Leg: "leg", Playback: "p"}}},
		{"not played", playback("channel:leg", "failed"), []any{flow.PlaybackDone{Leg: "leg", Playback: "p", Failed: true}}},
		{"played to a bridge", playback("bridge:b", "done"), nil},
		{"recorded", recording("RecordingFinished", "said"), []any{done}},
		{"not recorded", recording("RecordingFailed", "said"), []any{changed(func(d *flow.RecordingDone) { d.Failed = true })}},
		{
			"recorded on a full disk", recording("RecordingFinished", "full-disk"),
			[]any{changed(func(d *flow.RecordingDone) { d.Recording, d.Bytes = "full-disk", 0 })},
		},
		{
			"nothing but a header on disk", recording("RecordingFinished", "header"),
			[]any{changed(func(d *flow.RecordingDone) { d.Recording, d.Bytes = "header", 0 })},
		},
		{
			"a recording outside the folder", recording("RecordingFinished", "../outside"),
			[]any{changed(func(d *flow.RecordingDone) { d.Recording, d.Bytes = "../outside", 0 })},
		},
		{
			"a link out of the folder", recording("RecordingFinished", "link"),
			[]any{changed(func(d *flow.RecordingDone) { d.Recording, d.Bytes = "link", 0 })},
		},
		{"joined", entered("b", "leg", "simple_bridge"), []any{flow.LegJoined{Leg: "leg", Bridge: "b"}}},
		{
			"joined past the core", entered("b", "leg", "native_rtp"),
			[]any{flow.LegJoined{Leg: "leg", Bridge: "b"}, flow.BridgeUnguarded{Bridge: "b"}},
		},
		{"left", event("ChannelLeftBridge", `"bridge":{"id":"b"},"channel":{"id":"leg"}`), []any{flow.LegLeft{Leg: "leg", Bridge: "b"}}},
		{"answered", start("leg", `["consult","x"]`), []any{flow.LegAnswered{Leg: "leg"}}},
		{"the end of Stasis is nobody's end", event("StasisEnd", `"channel":{"id":"leg"}`), nil},
		{"a leg unknown here is gone", destroyed("nobody", 16), nil},
	}
	f := newFakeARI(t)
	_, w, s := f.connect(func(o *Options) { o.RecordingsDir = dir })
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			w.t = t
			s.send(tc.frame, event("ChannelDtmfReceived", `"digit":"D","channel":{"id":"end"}`))
			w.want(append(tc.want, flow.DTMF{Leg: "end", Key: 'D'})...)
		})
	}
	w.t = t
}

func TestALegArrivesOnceAndIsGoneOnce(t *testing.T) {
	f := newFakeARI(t)
	c, w, s := f.connect(nil)
	inbound := start("leg", `["inbound","flat-1","+441632960101","allowed"]`)
	s.send(inbound, inbound)
	if got := wait[Arrival](w).Leg; got != "leg" {
		t.Errorf("%s arrived", got)
	}
	f.waitAsked("POST", "/applications/clearline/subscription")
	f.on("GET /applications/clearline", answer{status: 200, body: `{"channel_ids":["leg"]}`})
	_ = s.conn.CloseNow()
	wait[Holdings](w)
	s = f.socket()
	s.send(inbound, destroyed("leg", 17), destroyed("leg", 17), event("ChannelDtmfReceived", `"digit":"1","channel":{"id":"end"}`))
	w.want(flow.LegGone{Leg: "leg", Q850: 17}, flow.DTMF{Leg: "end", Key: '1'})
	if known := c.legs.all(); len(known) > 0 {
		t.Errorf("%v are remembered for ever", known)
	}
}

func TestALegPutDownAsItIsPickedUpEndedNormally(t *testing.T) {
	f := newFakeARI(t)
	c, w, s := f.connect(nil)
	up := event("ChannelStateChange", `"channel":{"id":"x-consult-0","state":"Up"}`)
	for _, e := range []struct {
		frames []string
		cause  int
	}{
		{[]string{up, destroyed("x-consult-0", 0)}, 16},
		{[]string{up, destroyed("x-consult-0", 17)}, 17},
		{[]string{event("ChannelStateChange", `"channel":{"id":"x-consult-0","state":"Ringing"}`), destroyed("x-consult-0", 0)}, 0},
	} {
		c.legs.add("x-consult-0")
		s.send(e.frames...)
		w.want(flow.LegGone{Leg: "x-consult-0", Q850: e.cause})
	}
}

// gone lets the fake know a leg no longer.
func (f *fakeARI) gone(leg string) {
	f.on("POST /applications/clearline/subscription", answer{status: 422, body: `{"message":"Event source does not exist"}`})
	f.on("GET /channels/"+leg, answer{status: 404, body: `{"message":"Channel not found"}`})
}

func TestALegThatEndsBeforeItIsWatchedIsGone(t *testing.T) {
	t.Run("a caller's", func(t *testing.T) {
		f := newFakeARI(t)
		c, w, s := f.connect(nil)
		f.gone("leg")
		s.send(start("leg", `["inbound","flat-1","+441632960101","allowed"]`))
		wait[Arrival](w)
		w.want(flow.LegGone{Leg: "leg"})
		if known := c.legs.all(); len(known) > 0 {
			t.Errorf("%v are remembered for ever", known)
		}
	})
	t.Run("a resident's", func(t *testing.T) {
		f := newFakeARI(t)
		c, w, _ := f.connect(nil)
		f.gone("x-consult-0")
		ring := flow.RingResident{Leg: "x-consult-0", Call: "x", Endpoint: "PJSIP/101", Patience: time.Second}
		if err := c.Perform(t.Context(), ring); err != nil {
			t.Fatal(err)
		}
		w.want(flow.LegGone{Leg: "x-consult-0"})
	})
	t.Run("a resident's, which is shown for a moment longer", func(t *testing.T) {
		f := newFakeARI(t)
		c, w, _ := f.connect(nil)
		f.gone("x-consult-0")
		f.on("GET /channels/x-consult-0", answer{status: 200, body: `{"id":"x-consult-0"}`})
		go func() {
			f.waitAsked("GET", "/channels/x-consult-0")
			f.gone("x-consult-0")
		}()
		ring := flow.RingResident{Leg: "x-consult-0", Call: "x", Endpoint: "PJSIP/101", Patience: time.Second}
		if err := c.Perform(t.Context(), ring); err != nil {
			t.Fatal(err)
		}
		w.want(flow.LegGone{Leg: "x-consult-0"})
	})
	t.Run("a resident's, and the endpoint tells why", func(t *testing.T) {
		f := newFakeARI(t)
		c, w, s := f.connect(func(o *Options) { o.RequestTimeout = patience })
		f.gone("x-consult-0")
		ring := flow.RingResident{Leg: "x-consult-0", Call: "x", Endpoint: "PJSIP/101", Patience: time.Second}
		if err := c.Perform(t.Context(), ring); err != nil {
			t.Fatal(err)
		}
		s.send(destroyed("x-consult-0", 17))
		w.want(flow.LegGone{Leg: "x-consult-0", Q850: 17})
		if known := c.legs.all(); len(known) > 0 {
			t.Errorf("%v are remembered for ever", known)
		}
	})
	t.Run("while nobody was connected", func(t *testing.T) {
		f := newFakeARI(t)
		_, w, s := f.connect(nil)
		s.send(start("leg", `["inbound","flat-1","+441632960101","allowed"]`))
		wait[Arrival](w)
		f.waitAsked("POST", "/applications/clearline/subscription")
		f.gone("leg")
		_ = s.conn.CloseNow()
		wait[lost](w)
		wait[Holdings](w)
		w.want(flow.LegGone{Leg: "leg"})
	})
}

func TestAWatchThatFailsIsTriedAgain(t *testing.T) {
	f := newFakeARI(t)
	f.on("POST /applications/clearline/subscription", answer{status: 503})
	_, w, s := f.connect(nil)
	s.send(start("leg", `["consult","x"]`))
	w.want(flow.LegAnswered{Leg: "leg"})
	waitFor(t, "a third attempt", func() bool { return len(f.requests()) >= 4 })
	f.gone("leg")
	w.want(flow.LegGone{Leg: "leg"})
}

func TestAFailedRingingIsUndone(t *testing.T) {
	f := newFakeARI(t)
	c, w, _ := f.connect(nil)
	ring := flow.RingResident{Leg: "x-consult-0", Call: "x", Endpoint: "PJSIP/nope", Patience: time.Second}
	f.on("GET /channels/x-consult-0", answer{status: 404, body: `{"message":"Channel not found"}`})
	f.on("POST /channels", answer{status: 500, body: `{"error":"Allocation failed"}`})
	if err := c.Perform(t.Context(), ring); err == nil {
		t.Error("ringing an endpoint that does not exist is no error")
	}
	f.waitAsked("DELETE", "/channels/x-consult-0")
	w.want(flow.LegGone{Leg: "x-consult-0"})
	f.on("POST /channels", answer{status: 200, body: `{}`})
	f.on("POST /applications/clearline/subscription", answer{status: 503})
	if err := c.Perform(t.Context(), ring); err == nil {
		t.Error("ringing unobserved is no error")
	}
	w.want(flow.LegGone{Leg: "x-consult-0"})
	if known := c.legs.all(); len(known) > 0 {
		t.Errorf("%v are remembered for ever", known)
	}
}

func TestALegOfUnknownPurposeIsNotLeftInSilence(t *testing.T) {
	f := newFakeARI(t)
	_, _, s := f.connect(nil)
	s.send(start("one", `["verify"]`), start("two", `[]`), start("three", `null`))
	for _, leg := range []string{"one", "two", "three"} {
		f.waitAsked("POST", "/channels/"+leg+"/continue")
	}
}

func TestAnArrivalSurvivesCommasInTheNumberDialled(t *testing.T) {
	f := newFakeARI(t)
	_, w, s := f.connect(nil)
	for args, want := range map[string]Arrival{
		`["inbound","flat-1","0","prohib","allowed","prohib_not_screened"]`: {
			Line: "flat-1", Dialled: "0", From: call.Caller{Presentation: call.Withheld},
		},
		`["inbound","flat-1","101"]`: {Line: "flat-1", Dialled: "101", From: call.Caller{Presentation: call.Unavailable}},
		`["inbound","flat-1"]`:       {Line: "flat-1", From: call.Caller{Presentation: call.Unavailable}},
		`["inbound"]`:                {From: call.Caller{Presentation: call.Unavailable}},
	} {
		want.Leg, want.From.Trunk = call.LegID(args), "trunk-a"
		s.send(start(args, args))
		got := wait[Arrival](w)
		got.At = time.Time{}
		if got != want {
			t.Errorf("%s: got %+v, want %+v", args, got, want)
		}
	}
}
