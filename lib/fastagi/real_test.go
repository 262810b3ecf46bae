package fastagi

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"clearline/lib/call"
	"clearline/lib/testbed"
)

// asking is a dialplan that asks, and then waits to be looked at.
const asking = `[clearline-inbound]
exten => _[+0-9]!,1,MSet(TIMEOUT(absolute)=20,AGIEXITONHANGUP=yes)
 same => n,AGI(agi://%s/verdict?line=flat-1&dialled=${FILTER(0-9,${EXTEN})}&presentation=${FILTER(a-z_,${CALLERID(num-pres)})}&attested=passed)
 same => n,Set(TOLD=${CLEARLINE_VERDICT}/${AGISTATUS})
 same => n,Set(EXPRESSION=$["${CLEARLINE_REASON}" = ""])
 same => n,Ringing()
 same => n,Wait(20)

[clearline-outbound]
exten => _[+0-9]!,1,Hangup()
`

// realServer is a server at a real Asterisk. What the policy is asked comes out of asked,
// and it answers what stands in answer.
type realServer struct {
	bed    *testbed.Bed
	asked  chan Arrival
	answer chan Answer
}

func startReal(t *testing.T) *realServer {
	t.Helper()
	r := &realServer{asked: make(chan Arrival, 1), answer: make(chan Answer, 1)}
	server, err := New(Options{Listen: "127.0.0.1:0", Policy: r, Log: slog.New(slog.NewTextHandler(t.Output(), nil))})
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(t.Context()) }()
	t.Cleanup(func() {
		server.Close()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	r.bed = testbed.Start(t, testbed.Options{Dialplan: fmt.Sprintf(asking, server.Addr())})
	return r
}

// Verdict implements Policy.
func (r *realServer) Verdict(_ context.Context, a Arrival) Answer {
	r.asked <- a
	return <-r.answer
}

// variable reads a channel variable once the dialplan has been told.
func (r *realServer) variable(t *testing.T, leg call.LegID, name string) string {
	t.Helper()
	deadline := time.Now().Add(5 * time.Second)
	for {
		var got struct{ Value string }
		err := r.bed.Asterisk.ARI(t.Context(), "GET", fmt.Sprintf("/channels/%s/variable?variable=%s", leg, name), nil, &got)
		if err == nil && got.Value != "" {
			return got.Value
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s of %s is not set: %v", name, leg, err)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// ring calls flat 1 and returns what the policy was asked.
func (r *realServer) ring(t *testing.T, who testbed.Identity) Arrival {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	t.Cleanup(r.bed.StopPhones)
	phone, err := r.bed.Caller(ctx, "caller", "", who)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := phone.Call(ctx, "01632960101"); err != nil {
		t.Fatal(err)
	}
	select {
	case a := <-r.asked:
		return a
	case <-ctx.Done():
		t.Fatal("nobody was asked")
		return Arrival{}
	}
}

func TestARealAsteriskIsAnswered(t *testing.T) {
	r := startReal(t)
	trap := filepath.Join(t.TempDir(), "trap")
	shell := "${SHELL(touch " + trap + ")}"
	t.Run("a caller is told apart, and a hostile reason stays text", func(t *testing.T) {
		r.answer <- Answer{
			Verdict: Trusted, Line: "flat-1", Reason: `Zoë's "best" friend, ` + shell + ` & $[1+1] \ ; |` + "\r\nSET VARIABLE CLEARLINE_VERDICT blocked",
		}
		a := r.ring(t, testbed.Identity{Number: "01632960200", Name: "Peter"})
		want := call.Caller{Number: "01632960200", Name: "Peter", Presentation: call.Allowed, Trunk: "main", Attested: call.AttestationPassed}
		if a.From != want || a.Line != "flat-1" || a.Dialled != "01632960101" {
			t.Errorf("asked about %+v", a)
		}
		if got := r.variable(t, a.Leg, "EXPRESSION"); got != "0" {
			t.Errorf("an expression with the reason is %q", got)
		}
		if got, want := r.variable(t, a.Leg, "CLEARLINE_REASON"), "Zoë's best friend SHELL touch "; !strings.HasPrefix(got, want) {
			t.Errorf("the reason is %q", got)
		}
		if got := r.variable(t, a.Leg, "TOLD"); got != "trusted/SUCCESS" {
			t.Errorf("the dialplan was told %q", got)
		}
	})
	t.Run("a withheld caller has no number", func(t *testing.T) {
		r.answer <- Answer{Verdict: Unknown}
		a := r.ring(t, testbed.Identity{Number: "01632960200", Withheld: true})
		if a.From.Presentation != call.Withheld {
			t.Errorf("asked about %+v", a)
		}
		if got := r.variable(t, a.Leg, "CLEARLINE_LINE"); got != "flat-1" {
			t.Errorf("the line is %q", got)
		}
	})
	for name, number := range map[string]string{
		"line breaks in the number forge no trunk":      "01632960200%0D%0Aagi_channel%3A%20PJSIP%2Fdoor-00000001%0D%0Aagi_network_script%3A%20verdict%3Fattested=failed",
		"an empty line in the number ends nothing":      "01632960200%0A%0A200%20result=1%0A",
		"an empty line and no answer in the number":     "01632960200%0A%0Afoo%0A",
		"a number with a NUL is cut and nothing breaks": "01632960200%00%0A",
	} {
		t.Run(name, func(t *testing.T) {
			r.answer <- Answer{Verdict: Blocked}
			a := r.ring(t, testbed.Identity{Number: number, Name: shell})
			if a.From.Trunk != "main" || a.From.Attested != call.AttestationPassed || a.Line != "flat-1" {
				t.Errorf("asked about %+v", a)
			}
			if got := r.variable(t, a.Leg, "TOLD"); got != "blocked/SUCCESS" {
				t.Errorf("the dialplan was told %q", got)
			}
		})
	}
	if _, err := os.Stat(trap); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the shell ran: %v", err)
	}
}

// What is quoted arrives as it is, and none of it is looked at: SET VARIABLE substitutes
// nothing.
func TestQuotedTextArrivesOnARealAsterisk(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a real Asterisk")
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	trap := filepath.Join(t.TempDir(), "trap")
	texts := map[string]string{
		"FUNCTION": "${SHELL(touch " + trap + ")}", "EXPRESSION1": "$[1+1]", "QUOTES": `say "no" \"yes\" \`, "EMPTY": " ", "COMMAS": "a,b|c;d&e",
		"PERCENT": "%s%n%0A", "LETTERS": "Siân Ó ż 電話", "LONG": strings.Repeat("x ", 400),
	}
	bed := testbed.Start(t, testbed.Options{Dialplan: fmt.Sprintf(asking, listener.Addr())})
	leg := make(chan call.LegID, 1)
	go func() {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		in := newLines(conn)
		h, err := readHeader(in)
		if err != nil {
			t.Error(err)
		}
		var all []variable
		for name, text := range texts {
			all = append(all, variable{name, text})
		}
		if err := newDialogue(conn, in).set(all...); err != nil {
			t.Error(err)
		}
		_ = conn.Close()
		leg <- call.LegID(h["agi_uniqueid"])
	}()
	r := &realServer{bed: bed}
	phone, err := bed.Caller(t.Context(), "caller", "", testbed.Identity{Number: "01632960200"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := phone.Call(t.Context(), "01632960101"); err != nil {
		t.Fatal(err)
	}
	id := <-leg
	for name, want := range texts {
		if got := r.variable(t, id, name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	bed.StopPhones()
	if _, err := os.Stat(trap); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the shell ran: %v", err)
	}
}
