package asterisk

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"clearline/lib/call"
	"clearline/lib/callerid"
	"clearline/lib/flow"
)

// hostile are texts a stranger may send as name or number.
var hostile = map[string]string{
	"10 kB":            strings.Repeat("A1", 5000),
	"10 kB of ends":    strings.Repeat(`">`, 5000),
	"line breaks":      "Bob\r\nX-Evil: 1\n\n",
	"quotes":           `Bob" <999>,"Eve\" <1>`,
	"backslashes":      `\\\"\`,
	"dialplan":         "${SHELL(id)}$[1+1]&PJSIP/999,60,g|x",
	"markup":           "</script><b>Bob",
	"invalid UTF-8":    "Bob\xff\xfe\xc3(\x80",
	"NUL":              "Bob\x00Eve",
	"turned around":    "\u202eboB\u2066\u200f",
	"line separator":   "Bob\u2028\u2029Eve",
	"escape sequences": "\x1b[2J\x1b]0;x\x07Bob",
	"a formula":        "=1+1|cmd",
	"only plus":        "+",
	"pluses":           "++44+1632+960999",
	"other digits":     "٠١٢٣４５",
	"combining marks":  strings.Repeat("é\u0301", 500),
	"empty":            "",
}

func checkName(t *testing.T, name string) {
	t.Helper()
	if !utf8.ValidString(name) || strings.ContainsRune(name, utf8.RuneError) {
		t.Errorf("name %q is not UTF-8", name)
	}
	if n := utf8.RuneCountInString(name); n > callerid.MaxText {
		t.Errorf("name has %d runes", n)
	}
	for _, r := range name {
		if !unicode.IsGraphic(r) {
			t.Errorf("name %q holds %U", name, r)
		}
	}
}

func checkNumber(t *testing.T, number string) {
	t.Helper()
	if len(number) > callerid.MaxNumber || strings.Trim(strings.TrimPrefix(number, "+"), "0123456789") != "" || number == "+" {
		t.Errorf("number %q", number)
	}
}

func checkArrival(t *testing.T, a Arrival) {
	t.Helper()
	checkName(t, a.From.Name)
	checkName(t, a.From.Trunk)
	checkName(t, string(a.Line))
	checkNumber(t, a.From.Number)
	checkNumber(t, a.Dialled)
	switch a.From.Presentation {
	case call.Allowed, call.Withheld, call.Unavailable:
	default:
		t.Errorf("presentation %q", a.From.Presentation)
	}
	switch a.From.Attested {
	case call.NotAttested, call.AttestationPassed, call.AttestationFailed:
	default:
		t.Errorf("attestation %q", a.From.Attested)
	}
}

// quoted writes s as a JSON string that keeps bytes which are not UTF-8.
func quoted(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := range len(s) {
		switch ch := s[i]; {
		case ch == '"' || ch == '\\':
			b.WriteByte('\\')
			b.WriteByte(ch)
		case ch < 0x20:
			const hex = "0123456789abcdef"
			b.WriteString(`\u00`)
			b.WriteByte(hex[ch>>4])
			b.WriteByte(hex[ch&15])
		default:
			b.WriteByte(ch)
		}
	}
	b.WriteByte('"')
	return b.String()
}

func TestAHostileCallerArrivesClean(t *testing.T) {
	c := mustNew(t, options("http://127.0.0.1:1/ari"))
	over, cancel := context.WithCancel(context.Background())
	cancel() // nothing is to be watched
	for name, text := range hostile {
		t.Run(name, func(t *testing.T) {
			w := newWatched(t)
			q := quoted(text)
			c.tellFrame(over, w, []byte(`{"type":"StasisStart","args":["inbound",`+q+`,`+q+`,`+q+`],`+
				`"channel":{"id":"`+name+`","name":`+quoted("PJSIP/"+text+"-00000001")+`,"caller":{"name":`+q+`,"number":`+q+`}}}`))
			checkArrival(t, wait[Arrival](w))
		})
	}
}

func TestWhatTheNetworkFoundOutIsTheLastArgument(t *testing.T) {
	c := mustNew(t, options("http://127.0.0.1:1/ari"))
	over, cancel := context.WithCancel(context.Background())
	cancel() // nothing is to be watched
	for args, want := range map[string]call.Caller{
		`["inbound","flat-1","01632960101","allowed","attested:passed"]`:                     {Presentation: call.Allowed, Attested: call.AttestationPassed},
		`["inbound","flat-1","01632960101","prohib","attested:failed"]`:                      {Presentation: call.Withheld, Attested: call.AttestationFailed},
		`["inbound","flat-1","01632960101","allowed","attested:passed","category:payphone"]`: {Presentation: call.Allowed, Attested: call.AttestationPassed, Category: "payphone"},
		`["inbound","flat-1","01632960101","prohib","attested:","category:operator"]`:        {Presentation: call.Withheld, Category: "operator"},
		`["inbound","flat-1","01632960101","allowed","attested:"]`:                           {Presentation: call.Allowed},
		`["inbound","flat-1","01632960101","allowed","attested:sure"]`:                       {Presentation: call.Allowed},
		`["inbound","flat-1","01632960101","allowed"]`:                                       {Presentation: call.Allowed},
		`["inbound","flat-1","01632960101","attested:passed","allowed"]`:                     {Presentation: call.Allowed},
		`["inbound","flat-1","01632960101","attested:passed","allowed","attested:"]`:         {Presentation: call.Allowed},
		`["inbound","flat-1","attested:passed"]`:                                             {Presentation: call.Unavailable},
	} {
		t.Run(args, func(t *testing.T) {
			w := newWatched(t)
			c.tellFrame(over, w, []byte(start(t.Name(), args)))
			got := wait[Arrival](w).From
			if got.Presentation != want.Presentation || got.Attested != want.Attested {
				t.Errorf("got %q, %q; want %q, %q", got.Presentation, got.Attested, want.Presentation, want.Attested)
			}
		})
	}
}

func TestCallersShownToTheResident(t *testing.T) {
	for _, tc := range []struct {
		name string
		from call.Caller
		want string
	}{
		{"name and number", call.Caller{Name: "Siân O'Brien-2nd.", Number: "+441632960999", Presentation: call.Allowed}, `"Siân O'Brien-2nd." <+441632960999>`},
		{"number only", call.Caller{Number: "01632960999", Presentation: call.Allowed}, `<01632960999>`},
		{"name only", call.Caller{Name: "Bob"}, `"Bob" <>`},
		{"nothing", call.Caller{Presentation: call.Unavailable}, `"Anonymous" <anonymous>`},
		{"withheld", call.Caller{Name: "Bob", Number: "01632960999", Presentation: call.Withheld}, `"Anonymous" <anonymous>`},
		{"quotes and brackets", call.Caller{Name: `B"ob" <999>\`, Number: "0"}, `"B ob 999" <0>`},
		{"dialplan", call.Caller{Name: "${SHELL(id)},60&x|y", Number: "0"}, `"SHELL id 60 x y" <0>`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := shown(tc.from); got != tc.want {
				t.Errorf("got %s, want %s", got, tc.want)
			}
		})
	}
}

func TestAHostileCallerDoesNotBreakOutOfTheCallerID(t *testing.T) {
	f := newFakeARI(t)
	c := f.client(nil)
	for name, text := range hostile {
		t.Run(name, func(t *testing.T) {
			err := c.Perform(context.Background(), flow.RingResident{
				Leg: "leg", Endpoint: "PJSIP/101",
				From: call.Caller{Name: text, Number: text, Presentation: call.Allowed},
			})
			if err != nil {
				t.Fatal(err)
			}
			var body struct {
				CallerID string `json:"callerId"`
			}
			for _, a := range f.requests() {
				if a.uri != "/channels" {
					continue
				}
				if err := json.Unmarshal([]byte(a.body), &body); err != nil {
					t.Fatal(err)
				}
			}
			checkCallerID(t, body.CallerID)
		})
	}
}

// checkCallerID takes `"Name" <number>` apart as Asterisk would.
func checkCallerID(t *testing.T, id string) {
	t.Helper()
	if id == `"Anonymous" <anonymous>` {
		return
	}
	rest := id
	if strings.HasPrefix(rest, `"`) {
		name, after, ok := strings.Cut(rest[1:], `" `)
		if !ok {
			t.Fatalf("caller id %q: the name has no end", id)
		}
		checkName(t, name)
		if strings.ContainsAny(name, "\"\\<>{}$()[],&|;=/@:\r\n\x00") {
			t.Errorf("caller id %q: the name has a meaning", id)
		}
		rest = after
	}
	number, ok := strings.CutPrefix(rest, "<")
	number, end := strings.CutSuffix(number, ">")
	if !ok || !end {
		t.Fatalf("caller id %q: no number in brackets", id)
	}
	checkNumber(t, number)
}

// FuzzEvent holds for any frame: nothing panics, and what arrives is clean.
func FuzzEvent(f *testing.F) {
	for _, frame := range []string{
		start("leg", `["inbound","flat-1","+441632960101","allowed"]`), start("leg", `["consult","x"]`), start("leg", "null"),
		start("leg", `["inbound","flat-1","+441632960101","allowed","attested:passed"]`), start("leg", `["inbound","attested:passed"]`),
		start("leg", `["outbound","flat-1","159"]`), start("leg", `["outbound","flat-1","1","5","9"]`), start("leg", `["outbound"]`),
		destroyed("leg", 17), entered("b", "leg", "native_rtp"), event("ApplicationReplaced", `"x":1`),
		event("ChannelDtmfReceived", `"digit":"5","channel":{"id":"leg"}`), event("ChannelLeftBridge", `"bridge":{},"channel":null`),
		event("PlaybackFinished", `"playback":{"id":"p","target_uri":"channel:leg","state":"failed"}`),
		event("RecordingFinished", `"recording":{"name":"../x","target_uri":"channel:leg","duration":4}`),
		event("RecordingFailed", `"recording":null`), event("ChannelTransfer", `"x":1`), event("BridgeBlindTransfer", `"bridge":null`),
		`{"type":"StasisStart","args":["inbound","a","b","c"],"channel":{"id":"leg","caller":null}}`,
		`{"type":"StasisStart","channel":null}`, "null", "{", "",
	} {
		f.Add([]byte(frame))
	}
	for _, text := range hostile {
		q := quoted(text)
		f.Add([]byte(`{"type":"StasisStart","args":["outbound",` + q + `,` + q + `],"channel":{"id":` + q + `}}`))
		f.Add([]byte(`{"type":"StasisStart","args":["inbound",` + q + `,` + q + `],"channel":{"id":` + q + `,"name":` + q + `,"caller":{"name":` + q + `}}}`))
	}
	c, err := New(options("http://127.0.0.1:1/ari"))
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(c.Close)
	over, cancel := context.WithCancel(context.Background())
	cancel() // nothing is to be watched
	f.Fuzz(func(t *testing.T, frame []byte) {
		w := &watched{t, make(chan any, 2)} // no frame says more than two things
		c.tellFrame(over, w, frame)
		for len(w.told) > 0 {
			switch told := w.next().(type) {
			case Arrival:
				checkArrival(t, told)
				c.legs.drop(told.Leg)
			case Dialled:
				checkDialled(t, told)
				c.legs.drop(told.Leg)
			}
		}
	})
}
