package app_test

import (
	"bytes"
	"errors"
	"net"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"clearline/lib/testbed"
	"clearline/lib/testbed/house"
)

// tampering sits between Clearline and Asterisk and replaces bytes on their way,
// each by as many others.
type tampering struct {
	listener net.Listener
	to       string
	replace  map[string]string
	work     sync.WaitGroup
}

func tamper(t *testing.T, ari string, replace map[string]string) (address string) {
	t.Helper()
	target, err := url.Parse(ari)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &tampering{listener: listener, to: target.Host, replace: replace}
	p.work.Go(p.serve)
	t.Cleanup(func() {
		_ = listener.Close() // ends serve
		p.work.Wait()
	})
	target.Host = listener.Addr().String()
	return target.String()
}

func (p *tampering) serve() {
	for {
		near, err := p.listener.Accept()
		if err != nil {
			return
		}
		far, err := net.Dial("tcp", p.to)
		if err != nil {
			_ = near.Close()
			continue
		}
		p.work.Add(2)
		go p.carry(near, far)
		go p.carry(far, near)
	}
}

func (p *tampering) carry(to, from net.Conn) {
	defer p.work.Done()
	buffer := make([]byte, 1<<20) // more than any message here: none is cut in two
	for {
		n, err := from.Read(buffer)
		message := buffer[:n]
		for old, other := range p.replace {
			message = bytes.ReplaceAll(message, []byte(old), []byte(other))
		}
		if n > 0 {
			if _, err := to.Write(message); err != nil {
				break
			}
		}
		if err != nil {
			break
		}
	}
	_ = errors.Join(to.Close(), from.Close()) // ends the other direction, which may have been first
}

// plainBridge asks Asterisk for a bridge that lets the RTP of both legs by.
var plainBridge = map[string]string{`"mixing,dtmf_events"`: `"mixing"            `}

const twoTalk = `
phone caller is withheld
phone resident is line flat-1
caller rings 01632 960101
caller presses the digit asked for
caller hears screening/ask-purpose
wait 900ms
caller says tone 620 for 2500ms
caller presses #
resident rings
resident answers
resident hears consult/hidden-number
resident presses 5
`

// TestThePacketProofOfTheKeypadCanFail plays the keypad scenario on a bridge that
// passes keys by, with Clearline kept from noticing: the caller's telephone must
// count the packets, or the scenario proves nothing.
func TestThePacketProofOfTheKeypadCanFail(t *testing.T) {
	h := tampered(t, map[string]string{
		`"mixing,dtmf_events"`: plainBridge[`"mixing,dtmf_events"`],
		"native_rtp":           "simple_bri",
	})
	err := perform(t, h, twoTalk+`
caller and resident hear each other
resident presses 0123456789*#
wait 500ms
caller got no key
`)
	if err == nil || !strings.Contains(err.Error(), `caller got keys "0123456789*#"`) {
		t.Fatalf("keys that passed by went unnoticed: %v", err)
	}
}

// TestABridgeThatPassesKeysByIsTakenApart asks for the same wrong bridge, but lets
// Clearline see what Asterisk made of it.
func TestABridgeThatPassesKeysByIsTakenApart(t *testing.T) {
	h := tampered(t, plainBridge)
	if err := perform(t, h, twoTalk+`
caller hears screening/sorry
resident hears screening/sorry
caller is hung up
resident is hung up
caller got no key
nothing is left
`); err != nil {
		t.Fatal(err)
	}
}

// tampered builds a house in which Clearline reaches Asterisk through a tampering
// connection.
func tampered(t *testing.T, replace map[string]string) *house.House {
	t.Helper()
	return moveIn(t, house.Options{
		Bed: testbed.Options{Lines: flats}, Missing: missing, Settings: impatient,
		ARI: func(direct string) string { return tamper(t, direct, replace) },
	})
}

func perform(t *testing.T, h *house.House, text string) error {
	t.Helper()
	scenario, err := testbed.NewVerbs().Parse(t.Name(), text)
	if err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	err = h.Bed.Perform(t.Context(), scenario, nil)
	if err != nil {
		var timeline strings.Builder
		h.Bed.Timeline.Print(&timeline, begun)
		t.Logf("timeline:\n%s", timeline.String())
	}
	return err
}
