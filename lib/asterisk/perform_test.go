package asterisk

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"clearline/lib/call"
	"clearline/lib/flow"
	"clearline/lib/prompt"
)

// orders are one effect of every kind that concerns Asterisk.
func orders() []flow.Effect {
	return []flow.Effect{
		flow.Answer{Leg: "leg"},
		flow.HangUp{Leg: "leg", Q850: 21},
		flow.Play{Leg: "leg", Playback: "x-play-1", Language: "en_GB", Script: prompt.Say(prompt.Greeting)},
		flow.StopPlayback{Leg: "leg", Playback: "x-play-1"},
		flow.Record{Leg: "leg", Recording: "x-purpose-1", Max: 12 * time.Second, Silence: 3 * time.Second},
		flow.DropRecording{Recording: "x-purpose-1"},
		flow.DetectSpeech{Leg: "leg"},
		flow.IgnoreSpeech{Leg: "leg"},
		flow.Louder{Leg: "leg", Times: 2},
		flow.StartRinging{Leg: "leg"},
		flow.StopRinging{Leg: "leg"},
		flow.RingResident{Leg: "x-consult-0", Call: "x", Endpoint: "PJSIP/101", Patience: 30 * time.Second},
		flow.Bridge{Bridge: "x-bridge", Caller: "leg", Resident: "x-consult-0"},
		flow.Unbridge{Bridge: "x-bridge"},
		flow.Pair{Caller: "leg", Resident: "x-consult-0"},
		flow.Unpair{Caller: "leg"},
		flow.Redial{Leg: "leg", Dialled: "159"},
		flow.GoOn{Leg: "leg"},
		flow.Refuse{Leg: "leg"},
		flow.Deadman{Leg: "leg", After: 10 * time.Second},
	}
}

func TestEffectsBecomeRequests(t *testing.T) {
	odd := call.LegID("a/b ?#%é")
	const oddPath = "a%2Fb%20%3F%23%25%C3%A9"
	cases := []struct {
		name   string
		effect flow.Effect
		want   []asked
	}{
		{"answer", flow.Answer{Leg: odd}, []asked{{"POST", "/channels/" + oddPath + "/answer", ""}}},
		{
			"hang up with a cause",
			flow.HangUp{Leg: odd, Q850: 21},
			[]asked{{"DELETE", "/channels/" + oddPath + "?reason_code=21", ""}},
		},
		{"hang up without one", flow.HangUp{Leg: "leg"}, []asked{{"DELETE", "/channels/leg", ""}}},
		{"dots are no steps", flow.HangUp{Leg: ".."}, []asked{{"DELETE", "/channels/%2E%2E", ""}}},
		{
			"play a script as one playback",
			flow.Play{Leg: odd, Playback: "p/1", Language: "cy_GB", Script: prompt.Say(prompt.TheySaid).Then(prompt.Recorded("x-purpose-1"))},
			[]asked{
				{"GET", "/playbacks/p%2F1", ""},
				{
					"POST", "/channels/" + oddPath + "/play/p%2F1",
					`{"media":["sound:/sounds/cy_GB/consult/they-said","recording:x-purpose-1"]}`,
				},
			},
		},
		{"stop a playback", flow.StopPlayback{Leg: "leg", Playback: "p/1"}, []asked{{"DELETE", "/playbacks/p%2F1", ""}}},
		{"record", flow.Record{Leg: odd, Recording: "r/1", Max: 12 * time.Second, Silence: 3 * time.Second}, []asked{{
			"POST", "/channels/" + oddPath + "/record",
			`{"name":"r/1","format":"wav","maxDurationSeconds":12,"maxSilenceSeconds":3,"ifExists":"overwrite","beep":true,"terminateOn":"#"}`,
		}}},
		{"drop a recording", flow.DropRecording{Recording: "r/1"}, []asked{
			{"DELETE", "/recordings/live/r%2F1", ""}, {"DELETE", "/recordings/stored/r%2F1", ""},
		}},
		{"refuse a caller", flow.Refuse{Leg: odd}, []asked{{
			"POST", "/channels/" + oddPath + "/variable", `{"variable":"CLEARLINE_VERDICT","value":"refused"}`,
		}}},
		{"detect speech", flow.DetectSpeech{Leg: odd}, []asked{{
			"POST", "/channels/" + oddPath + "/variable", `{"variable":"TALK_DETECT(set)","value":"1000,128"}`,
		}}},
		{"ignore speech", flow.IgnoreSpeech{Leg: odd}, []asked{{
			"POST", "/channels/" + oddPath + "/variable", `{"variable":"TALK_DETECT(remove)","value":"yes"}`,
		}}},
		{"let hear louder", flow.Louder{Leg: odd, Times: 3}, []asked{{
			"POST", "/channels/" + oddPath + "/variable", `{"variable":"VOLUME(TX)","value":"3"}`,
		}}},
		{"show messages at the telephones", flow.ShowMessages{Line: "flat 1", Fresh: 2, Kept: 3}, []asked{{
			"PUT", "/mailboxes/flat%201?oldMessages=3&newMessages=2", "",
		}}},
		{"start ringing", flow.StartRinging{Leg: odd}, []asked{{"POST", "/channels/" + oddPath + "/ring", ""}}},
		{"stop ringing", flow.StopRinging{Leg: odd}, []asked{{"DELETE", "/channels/" + oddPath + "/ring", ""}}},
		{
			"ring the resident, then watch the leg",
			flow.RingResident{
				Leg: odd, Call: "x", Endpoint: "PJSIP/101", Patience: 30 * time.Second,
				From: call.Caller{Number: "+441632960999", Name: "Bob", Presentation: call.Allowed},
			},
			[]asked{
				{"POST", "/applications/clearline/subscription", `{"eventSource":"endpoint:PJSIP/101"}`},
				{"POST", "/channels", `{"endpoint":"PJSIP/101","timeout":30,"callerId":"\"Bob\" \u003c+441632960999\u003e",` +
					`"context":"clearline-consult","extension":"s","priority":1,"channelId":"a/b ?#%é",` +
					`"variables":{"CLEARLINE_CALL":"x","CLEARLINE_LINE":""}}`},
				{"POST", "/applications/clearline/subscription", `{"eventSource":"channel:a/b ?#%é"}`},
				{"DELETE", "/applications/clearline/subscription?eventSource=endpoint%3APJSIP%2F101", ""},
			},
		},
		{"take a bridge apart", flow.Unbridge{Bridge: "b/1"}, []asked{{"DELETE", "/bridges/b%2F1", ""}}},
		{"renew the dead-man's time", flow.Deadman{Leg: "leg", After: 10500 * time.Millisecond}, []asked{{
			"POST", "/channels/leg/variable", `{"variable":"TIMEOUT(absolute)","value":"10.5"}`,
		}}},
		{"switch it off", flow.Deadman{Leg: "leg"}, []asked{{
			"POST", "/channels/leg/variable", `{"variable":"TIMEOUT(absolute)","value":"0"}`,
		}}},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			f := newFakeARI(t)
			if err := f.client(nil).Perform(context.Background(), tc.effect); err != nil {
				t.Fatal(err)
			}
			wantAsked(t, f.requests(), tc.want)
		})
	}
}

func wantAsked(t *testing.T, got, want []asked) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("asked %q, want %q", got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("asked %q, want %q", got[i], want[i])
		}
	}
}

func TestPairedLegsKnowEachOthersName(t *testing.T) {
	f := newFakeARI(t)
	f.on("GET /channels/a", answer{status: 200, body: `{"id":"a","name":"PJSIP/trunk-01"}`})
	f.on("GET /channels/b", answer{status: 200, body: `{"id":"b","name":"PJSIP/101-02"}`})
	if err := f.client(nil).Perform(context.Background(), flow.Pair{Caller: "a", Resident: "b"}); err != nil {
		t.Fatal(err)
	}
	wantAsked(t, f.requests()[2:], []asked{
		{"POST", "/channels/a/variable", `{"variable":"CLEARLINE_PEER","value":"PJSIP/101-02"}`},
		{"POST", "/channels/b/variable", `{"variable":"CLEARLINE_PEER","value":"PJSIP/trunk-01"}`},
	})
}

func TestEffectsThatAreNotAsterisksAreErrors(t *testing.T) {
	f := newFakeARI(t)
	c := f.client(nil)
	for _, e := range []flow.Effect{
		nil,
		flow.SeizeLine{},
		flow.SetTimer{},
		flow.CancelTimer{},
		flow.BlockCaller{},
		flow.Ended{},
		flow.Play{Leg: "leg", Playback: "p"},
	} {
		if err := c.Perform(context.Background(), e); err == nil {
			t.Errorf("%#v was performed", e)
		}
	}
	if asked := f.requests(); len(asked) > 0 {
		t.Errorf("asked %q", asked)
	}
}

// refuseAll answers 404 to everything, as an exchange without any leg.
func refuseAll(f *fakeARI, status int) {
	for _, e := range []string{
		"POST /channels/leg/answer", "DELETE /channels/leg?reason_code=21", "POST /channels/leg/play/x-play-1",
		"DELETE /playbacks/x-play-1", "POST /channels/leg/record", "DELETE /recordings/stored/x-purpose-1",
		"POST /channels/leg/variable", "POST /channels/leg/ring", "DELETE /channels/leg/ring",
		"DELETE /bridges/x-bridge", "POST /channels/leg/continue", "POST /bridges/x-bridge/addChannel",
	} {
		f.on(e, answer{status: status, body: `{"message":"Channel not found"}`})
	}
	f.on("GET /channels/leg", answer{status: http.StatusNotFound, body: `{"message":"Channel not found"}`})
	f.on("GET /bridges/x-bridge", answer{status: http.StatusOK, body: `{}`})
}

func TestALegThatIsGone(t *testing.T) {
	for _, status := range []int{http.StatusNotFound, http.StatusConflict, http.StatusUnprocessableEntity} {
		f := newFakeARI(t)
		refuseAll(f, status)
		c := f.client(nil)
		for _, e := range orders() {
			err := c.Perform(context.Background(), e)
			switch e.(type) {
			case flow.HangUp, flow.StopPlayback, flow.DropRecording, flow.Unbridge:
				if status == http.StatusNotFound && err != nil {
					t.Errorf("%d: %T: %v, want no error: there is nothing left to end", status, e, err)
				}
			case flow.RingResident:
				if err != nil {
					t.Errorf("%d: %T: %v", status, e, err)
				}
			default:
				if !errors.Is(err, ErrGone) {
					t.Errorf("%d: %T: %v, want %v", status, e, err, ErrGone)
				}
			}
		}
		if gone, err := c.Gone(context.Background(), "leg"); !gone || err != nil {
			t.Errorf("Gone says %t, %v", gone, err)
		}
		if err := c.Failsafe(context.Background(), "leg"); !errors.Is(err, ErrGone) {
			t.Errorf("Failsafe says %v, want %v", err, ErrGone)
		}
	}
}

func TestARefusalKeepsAsterisksWords(t *testing.T) {
	f := newFakeARI(t)
	f.on("POST /channels/leg/answer", answer{status: 500, body: `{"error":"Allocation\r\nfailed"}`})
	err := f.client(nil).Perform(context.Background(), flow.Answer{Leg: "leg"})
	if err == nil || !strings.Contains(err.Error(), "answer leg leg: asterisk answered 500: Allocationfailed") {
		t.Errorf("got %v", err)
	}
	if errors.Is(err, ErrGone) {
		t.Error("a fault is taken for a leg that is gone")
	}
}

func TestAnswersThatAreNoJSON(t *testing.T) {
	for name, body := range map[string]string{"empty": "", "truncated": `{"id":`, "huge": strings.Repeat(" ", maxBody+2)} {
		t.Run(name, func(t *testing.T) {
			f := newFakeARI(t)
			f.on("GET /channels/leg", answer{status: 200, body: body})
			if gone, err := f.client(nil).Gone(context.Background(), "leg"); gone || err == nil {
				t.Errorf("Gone says %t, %v, want an error", gone, err)
			}
			f.on("GET /channels/leg", answer{status: 404, body: body})
			if gone, err := f.client(nil).Gone(context.Background(), "leg"); name != "huge" && (!gone || err != nil) {
				t.Errorf("Gone says %t, %v, want gone", gone, err)
			}
		})
	}
}

func TestInUse(t *testing.T) {
	const missing = `{"message":"Endpoint not found"}`
	f := newFakeARI(t)
	f.on("GET /endpoints/PJSIP/101", answer{status: 200, body: `{"channel_ids":[]}`})
	f.on("GET /endpoints/PJSIP/1%2F2", answer{status: 200, body: `{"channel_ids":["x"]}`})
	f.on("GET /endpoints/PJSIP/404", answer{status: 404, body: missing})
	f.on("GET /endpoints/PJSIP/500", answer{status: 500, body: missing})
	c := f.client(nil)
	for _, tc := range []struct {
		name      string
		endpoints []string
		inUse, ok bool
	}{
		{"none of none", nil, false, true},
		{"none of one", []string{"PJSIP/101"}, false, true},
		{"the second", []string{"PJSIP/101", "PJSIP/1/2"}, true, true},
		{"one in use decides, whatever failed before", []string{"PJSIP/500", "PJSIP/1/2"}, true, true},
		{"one that does not exist", []string{"PJSIP/101", "PJSIP/404"}, false, true},
		{"one nothing is known of", []string{"PJSIP/101", "PJSIP/500"}, false, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			inUse, err := c.InUse(context.Background(), tc.endpoints)
			if inUse != tc.inUse || (err == nil) != tc.ok {
				t.Errorf("got %t, %v", inUse, err)
			}
		})
	}
}

func TestFailsafeSendsTheLegToItsContext(t *testing.T) {
	f := newFakeARI(t)
	if err := f.client(nil).Failsafe(context.Background(), "a/b"); err != nil {
		t.Fatal(err)
	}
	wantAsked(t, f.requests(), []asked{
		{"POST", "/channels/a%2Fb/continue", `{"context":"clearline-failsafe","extension":"s","priority":1}`},
	})
}

func TestRepeatedOrdersAreSeenAsOne(t *testing.T) {
	f := newFakeARI(t)
	c := f.client(nil)
	f.on("GET /playbacks/p", answer{status: 200, body: `{"id":"p"}`})
	if err := c.Perform(context.Background(), flow.Play{Leg: "leg", Playback: "p", Script: "a/b"}); err != nil {
		t.Error(err)
	}
	f.on("POST /channels/leg/record", answer{status: 409, body: `{}`})
	f.on("GET /channels/leg", answer{status: 200, body: `{}`})
	f.on("GET /recordings/live/r", answer{status: 200, body: `{"name":"r"}`})
	if err := c.Perform(context.Background(), flow.Record{Leg: "leg", Recording: "r"}); err != nil {
		t.Error(err)
	}
	f.on("GET /recordings/live/r", answer{status: 404, body: `{}`})
	if err := c.Perform(context.Background(), flow.Record{Leg: "leg", Recording: "r"}); err == nil {
		t.Error("a recording that was refused is taken for one under way")
	}
	f.on("POST /channels", answer{status: 409, body: `{}`})
	if err := c.Perform(context.Background(), flow.RingResident{Leg: "x", Endpoint: "PJSIP/101"}); err != nil {
		t.Error(err)
	}
	for _, a := range f.requests() {
		if strings.HasSuffix(a.uri, "/play/p") {
			t.Error("a playback under way was started again")
		}
	}
}

func TestOptionsAreChecked(t *testing.T) {
	good := options("http://127.0.0.1:8088/ari/")
	if _, err := New(good); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*Options){
		"no scheme":       func(o *Options) { o.URL = "127.0.0.1:8088/ari" },
		"wrong scheme":    func(o *Options) { o.URL = "ftp://127.0.0.1/ari" },
		"no host":         func(o *Options) { o.URL = "http:///ari" },
		"no application":  func(o *Options) { o.Application = "" },
		"no user":         func(o *Options) { o.Username = "" },
		"no password":     func(o *Options) { o.Password = "" },
		"no consult":      func(o *Options) { o.ConsultContext = "" },
		"no dial context": func(o *Options) { o.DialContext = "" },
		"no cleared":      func(o *Options) { o.ClearedContext = "" },
		"no fail-safe":    func(o *Options) { o.FailsafeContext = "" },
		"no sounds":       func(o *Options) { o.Sound = nil },
		"control in host": func(o *Options) { o.URL = "http://a\nb/ari" },
	} {
		bad := good
		spoil(&bad)
		if _, err := New(bad); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestADeadMansTimeIsNotSetOnACallerTheDialplanTookBack(t *testing.T) {
	f := newFakeARI(t)
	c, w, s := f.connect(nil)
	s.send(start("leg", `["inbound","flat-1","+441632960101","allowed"]`))
	wait[Arrival](w)
	f.on("DELETE /channels/leg/silence", answer{status: 409, body: `{"message":"Channel not in Stasis application"}`})
	f.on("GET /channels/leg", answer{status: 200, body: `{"id":"leg"}`})
	err := c.Perform(t.Context(), flow.Deadman{Leg: "leg", After: time.Second})
	if !errors.Is(err, call.ErrLegTaken) {
		t.Errorf("got %v", err)
	}
	for _, a := range f.requests() {
		if strings.HasSuffix(a.uri, "/variable") {
			t.Errorf("asked %v", a)
		}
	}
}
